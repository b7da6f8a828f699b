# Aura. `make run` is all that a first look needs.

VENV := .venv
PY := $(VENV)/bin/python
PYTHON ?=
ARGS ?=
# The settings as they would ship: a public https address and keys of its own.
SHIPPED = PUBLIC_BASE_URL=https://aura.example $$($(PY) -c 'import base64, os, secrets; \
	print("env SECRET_KEY=" + secrets.token_urlsafe(64), \
	"TOKEN_KEYRING=k1:" + base64.b64encode(os.urandom(32)).decode(), "EVIDENCE_KEY=" + base64.b64encode(os.urandom(32)).decode())')

.DEFAULT_GOAL := help
.PHONY: help setup run test check smoke bench bench-ledger fix chromium

help:  ## this list
	@sed -n 's/^\([a-z-]*\):.*## /  make \1\t/p' Makefile | expand -t 18

setup:  ## install what is pinned into .venv (does nothing when that is done)
	@wanted=$$(cat requirements.txt requirements-dev.txt | cksum); \
	if [ "$$(cat $(VENV)/.installed 2>/dev/null)" = "$$wanted" ] && $(PY) -c '' 2>/dev/null; then exit 0; fi; \
	fits='import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))'; \
	if ! $(PY) -c "$$fits" 2>/dev/null; then \
		python=; \
		for found in $(PYTHON) python3 python3.13 python3.12 python3.11; do \
			if "$$found" -c "$$fits" 2>/dev/null; then python=$$found; break; fi; \
		done; \
		if [ -z "$$python" ]; then \
			echo "aura: Python 3.11, 3.12 or 3.13 is needed and was not found. Install one, or name it: make $(MAKECMDGOALS) PYTHON=/path/to/python3.12" >&2; exit 1; \
		fi; \
		if ! "$$python" -c 'import venv, ensurepip' 2>/dev/null; then \
			echo "aura: $$python cannot make virtual environments. On Debian and Ubuntu: apt install python3-venv" >&2; exit 1; \
		fi; \
		echo "Making $(VENV) with $$("$$python" --version)."; \
		"$$python" -m venv --clear $(VENV) || exit 1; \
	fi; \
	echo "Installing the pinned packages into $(VENV) (once; it takes some minutes)."; \
	if [ "$(AURA_UV)" = 1 ] && command -v uv >/dev/null; then \
		uv pip install --quiet --python $(PY) -r requirements.txt -r requirements-dev.txt || exit 1; \
	else \
		$(PY) -m pip install -qq --disable-pip-version-check -r requirements.txt -r requirements-dev.txt || exit 1; \
	fi; \
	echo "$$wanted" > $(VENV)/.installed

run: setup  ## start everything; PORT=8001 for another port, ARGS=--no-demo without the demo
	@exec $(PY) -m creator_ai.up $(ARGS)

test: setup  ## the whole suite; ARGS="-k words" for a part of it
	@$(PY) -m pytest -n 2 --dist loadfile --no-loadscope-reorder $(ARGS)

check: setup  ## everything that is checked without running: style, types, imports, settings
	@$(PY) -m ruff format --check --output-format=concise . || { echo "aura: make fix puts the format right" >&2; exit 1; }
	@$(PY) -m ruff check --quiet .
	@$(PY) -m mypy
	@$(PY) -m djlint templates --lint --quiet
	@$(VENV)/bin/lint-imports --no-logo
	@$(SHIPPED) $(PY) -W ignore manage.py makemigrations --check --dry-run
	@$(SHIPPED) $(PY) manage.py check --deploy --fail-level WARNING

smoke: setup  ## the main journey with real processes; prints one JSON line
	@$(PY) -m tests.smoke $(ARGS)

bench: setup  ## how fast the parts are; prints JSON lines
	@$(PY) -m tests.bench $(ARGS)

bench-ledger: setup  ## webhooks under kill -9, then the books; ARGS="--webhooks 50000 --minutes 60"
	@$(PY) -m tests.bench_ledger $(ARGS)

fix: setup  ## put format and imports right
	@$(PY) -m ruff check --quiet --fix . ; $(PY) -m ruff format --quiet .

chromium:  ## the browser of the browser tests, from Debian's own archive
	@if command -v chromium >/dev/null || command -v chromium-browser >/dev/null || command -v google-chrome >/dev/null; then exit 0; fi; \
	if ! command -v apt-get >/dev/null; then \
		echo "aura: no apt-get here. Install Chromium yourself; until then the browser tests are skipped." >&2; exit 1; \
	fi; \
	if [ "$$(id -u)" = 0 ]; then root=; \
	elif sudo -n true 2>/dev/null; then root="sudo -n"; \
	else \
		echo "aura: Chromium is not installed and this needs root: sudo apt-get install chromium. Until then the browser tests are skipped." >&2; exit 1; \
	fi; \
	echo "Installing Chromium."; \
	{ $$root apt-get update -qq && DEBIAN_FRONTEND=noninteractive $$root apt-get install -y -qq --no-install-recommends chromium; } >/dev/null 2>&1 \
		|| { echo "aura: apt-get could not install chromium. The browser tests are skipped." >&2; exit 1; }
