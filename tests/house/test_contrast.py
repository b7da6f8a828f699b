"""Every pair of colours that may meet in tokens.css is readable, in all four themes."""

import re
from itertools import product
from pathlib import Path

import pytest

TOKENS = (Path(__file__).parents[2] / "static/css/tokens.css").read_text()
TEXT, EDGE = 4.5, 3.0  # WCAG 2.2: 1.4.3 text, 1.4.11 parts of controls and pictures
SURFACES = ["surface-0", "surface-1", "surface-2", "surface-3", "rail-bg"]
THEMES = [
    pytest.param(is_dark, has_more, id=f"{'dark' if is_dark else 'light'}{'-more' * has_more}")
    for has_more, is_dark in product((False, True), (True, False))
]
PAIRS: list[tuple[str, str, float]] = [
    *((role, surface, TEXT) for role in ("text", "soft", "muted") for surface in SURFACES),
    *(
        (role, surface, TEXT)
        for role in (
            *("link", "accent-text", "pink-text", "ok", "warn", "danger", "info"),
            *("toxic-1", "toxic-2", "toxic-3", "toxic-4"),
        )
        for surface in SURFACES[:3]
    ),
    *((state, f"{state}-bg", TEXT) for state in ("ok", "warn", "danger", "info")),
    *(
        (role, f"{state}-bg", TEXT)
        for role in ("text", "soft", "muted")
        for state in ("ok", "warn", "danger", "info", "accent")
    ),
    ("accent-text", "accent-bg", TEXT),
    ("danger", "accent-bg", TEXT),
    ("danger", "surface-3", TEXT),
    ("accent-text", "surface-3", TEXT),
    ("on-toxic-4", "toxic-4", TEXT),
    *(("on-gradient", stop, TEXT) for stop in ("purple", "pink", "amber")),
    *((role, surface, EDGE) for role in ("control", "focus") for surface in SURFACES[:3]),
    ("focus", "surface-3", EDGE),
    *((role, "surface-1", EDGE) for role in ("c1", "c2", "c3", "c4", "c-quiet", "toxic-3")),
    *((role, "surface-3", EDGE) for role in ("c1", "ok", "warn")),
    ("toxic-4", "accent-bg", EDGE),
    ("surface-0", "c1", EDGE),
]


def _declarations(selector: str) -> dict[str, str]:
    start = TOKENS.index(selector) + len(selector)
    block = TOKENS[start : TOKENS.index("\n  }", start)]
    found = re.findall(r"--([\w-]+):\s*((?:light-dark\([^()]*\)|[^;()]|\([^)]*\))+);", block)
    return {name: value.strip() for name, value in found}


BASE = _declarations(":root {")
MORE = _declarations("[data-contrast=more] {")


def _colour(name: str, is_dark: bool, has_more: bool) -> str:
    value = (MORE if has_more and name in MORE else BASE)[name]
    if both := re.fullmatch(r"light-dark\(([^,]+),\s*([^)]+)\)", value):
        value = both[2 if is_dark else 1].strip()
    if reference := re.fullmatch(r"var\(--([\w-]+)\)", value):
        return _colour(reference[1], is_dark, has_more)
    return value


def _luminance(colour: str) -> float:
    assert re.fullmatch(r"#[0-9A-Fa-f]{6}", colour), f"{colour} is no opaque colour"
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _ratio(one: str, other: str) -> float:
    dark, light = sorted((_luminance(one), _luminance(other)))
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize(("is_dark", "has_more"), THEMES)
def test_it_keeps_every_pair_of_roles_readable(is_dark: bool, has_more: bool) -> None:
    weak = []
    for front, back, least in PAIRS:
        ratio = _ratio(_colour(front, is_dark, has_more), _colour(back, is_dark, has_more))
        if ratio < least:
            weak.append(f"{front} on {back}: {ratio:.2f} < {least}")
    assert not weak


@pytest.mark.parametrize("is_dark", [True, False])
def test_it_gives_high_contrast_to_text_when_asked(is_dark: bool) -> None:
    ratios = {
        role: _ratio(_colour(role, is_dark, True), _colour("surface-1", is_dark, True))
        for role in ("text", "soft", "muted", "link", "ok", "warn", "danger", "info")
    }
    assert {role: ratio for role, ratio in ratios.items() if ratio < 7} == {}  # WCAG 1.4.6


def test_it_gives_the_system_wish_for_contrast_the_same_colours() -> None:
    wished = _declarations("@media (prefers-contrast: more) { :root:not([data-contrast]) {")
    assert wished == MORE
