"""The rules every template, style sheet and script keeps; see house.md for the reasons."""

import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from _pytest.mark import ParameterSet

ROOT = Path(__file__).parents[2]
TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))
STYLES = sorted((ROOT / "static/css").glob("*.css"))
SCRIPTS = sorted((ROOT / "static/js").glob("*.js"))
CODE = "\n".join(
    path.read_text()
    for room in ("accounts", "creator_ai", "harassment", "integrations")
    for path in sorted((ROOT / room).rglob("*.py"))
)
# Fragments that a view answers with: a page includes them, htmx swaps them by their id.
ANSWERS = [
    path
    for path in TEMPLATES
    if path.name.startswith("_")
    and path.parent.name != "ui"
    and f'"{path.relative_to(ROOT / "templates")}"' in CODE
]
COMMENT = re.compile(r"\{% comment %\}.*?\{% endcomment %\}|\{#.*?#\}", re.DOTALL)
TAG = re.compile(r"\{%-?\s*(\w+)(.*?)%\}", re.DOTALL)
VALUE = re.compile(r"\{\{(.*?)\}\}", re.DOTALL)
COLOUR = re.compile(r"#[0-9a-fA-F]{3,8}\b|\b(?:rgba?|hsla?|oklch|oklab|lab|lch|color)\(")
# Fields that hold text from outside. They reach a page through ui/_hostile.html only; an avatar
# shows two letters of a name.
OUTSIDE = re.compile(
    r"\.(?:text_norm|author_handle|author_name|handle|display_name|filename)\b"
    r"|\b(?:comment|row|parent|revision|line)\.text\b|\bpost\.title\b"
)
DOORS = ("ui/_hostile.html", "ui/_avatar.html")
VOID = {"area", "base", "br", "col", "hr", "img", "input", "link", "meta", "source", "wbr"}
# Elements that already hold their content and only refresh it by htmx.
HOLDERS = {
    *("section", "div", "article", "aside", "header", "nav", "footer", "details", "p", "span"),
    *("ul", "ol", "li", "dl", "table", "tbody", "tr"),
}
EMPTY = "␀"


def _source(path: Path) -> str:
    return COMMENT.sub("", path.read_text())


def _markup(path: Path) -> str:
    """The template as HTML: values and tags become a neutral mark."""
    return VALUE.sub(EMPTY, TAG.sub(EMPTY, _source(path)))


class _Elements(HTMLParser):
    """Collects start tags with their attributes and whether they stand inside a form."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str], bool]] = []
        self.roots: list[tuple[str, dict[str, str]]] = []
        self.bare_scripts = 0
        self._open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        self.found.append((tag, values, "form" in self._open))
        if not self._open:
            self.roots.append((tag, values))
        if tag == "script" and "src" not in values:
            self.bare_scripts += 1
        if tag not in VOID:
            self._open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        self.found.append((tag, values, "form" in self._open))

    def handle_endtag(self, tag: str) -> None:
        if tag in self._open:
            while self._open.pop() != tag:
                pass


def _elements(path: Path) -> _Elements:
    parser = _Elements()
    parser.feed(_markup(path))
    return parser


def _name(path: Path) -> str:
    return str(path.relative_to(ROOT))


def _each(paths: list[Path]) -> list[ParameterSet]:
    return [pytest.param(path, id=_name(path)) for path in paths]


@pytest.mark.parametrize("path", _each(TEMPLATES))
def test_it_keeps_code_and_style_out_of_templates(path: Path) -> None:
    source, page = _source(path), _elements(path)
    assert "|safe" not in source
    assert "autoescape" not in source
    assert "hx-on" not in source
    assert "js:" not in source
    assert "<style" not in source
    assert page.bare_scripts == 0
    for tag, attributes, _ in page.found:
        assert "style" not in attributes, tag
        assert not [name for name in attributes if name.startswith("on")], tag


@pytest.mark.parametrize("path", _each(TEMPLATES))
def test_it_puts_every_htmx_attribute_on_an_element_that_works_without_it(path: Path) -> None:
    for tag, attributes, is_in_form in _elements(path).found:
        if "hx-get" in attributes:
            works = (
                (tag == "a" and "href" in attributes)
                or (tag == "form" and "action" in attributes)
                or (tag in {"input", "select"} and is_in_form)
                or tag in HOLDERS
            )
            assert works, f"<{tag} hx-get>"
        for verb in ("hx-post", "hx-put", "hx-patch", "hx-delete"):
            if verb in attributes:
                is_form = tag == "form" and attributes.get("method", "").lower() == "post"
                assert verb == "hx-post", f"<{tag} {verb}>"
                assert is_form or "formaction" in attributes, f"<{tag} {verb}>"
        if {"hx-get", "hx-post"} & attributes.keys():
            assert {"hx-target", "hx-swap"} <= attributes.keys(), f"<{tag}>: target and swap"


@pytest.mark.parametrize("path", _each(TEMPLATES))
def test_it_sends_a_csrf_token_with_every_post(path: Path) -> None:
    source = _source(path)
    for form in re.findall(r"<form\b.*?</form>", source, re.DOTALL):
        head = form[: form.index(">")]
        if re.search(r'method="post"', head, re.IGNORECASE):
            assert "{% csrf_field %}" in form or "{% csrf_token %}" in form, head


@pytest.mark.parametrize("path", _each(TEMPLATES))
def test_it_lets_outside_text_in_through_one_door(path: Path) -> None:
    if _name(path).endswith(DOORS):
        return
    source = _source(path)
    printed = [value for value in VALUE.findall(source) if OUTSIDE.search(value)]
    assert not printed, "print it through ui/_hostile.html"
    for tag, rest in TAG.findall(source):
        if tag in {"if", "elif"} or not OUTSIDE.search(rest):
            continue
        is_door = tag == "include" and any(door in rest for door in DOORS)
        assert is_door, f"{{% {tag}{rest}%}}"


@pytest.mark.parametrize("path", _each(ANSWERS))
def test_it_gives_every_fragment_one_root_with_an_id(path: Path) -> None:
    source = _source(path)
    if "{% extends" in source:
        return  # the root is its parent's
    roots = _elements(path).roots
    branches = len(re.findall(r"\{% (?:elif|else)\b", source))
    assert 1 <= len(roots) <= 1 + branches, [tag for tag, _ in roots]
    assert all(attributes.get("id") for _, attributes in roots), roots


@pytest.mark.parametrize("path", _each(TEMPLATES))
def test_it_draws_only_icons_that_exist(path: Path) -> None:
    sprite = (ROOT / "static/img/icons.svg").read_text()
    known = set(re.findall(r'<symbol id="i-([\w-]+)"', sprite))
    source = _source(path)
    used = re.findall(r'\{% icon "([\w-]+)"', source)
    used += re.findall(r'\bicon="([\w-]+)"', source)
    assert set(used) <= known


@pytest.mark.parametrize("path", _each([*STYLES, *TEMPLATES]))
def test_it_keeps_colours_in_the_tokens(path: Path) -> None:
    if path.name == "tokens.css":
        return
    if path.suffix == ".css":
        text = re.sub(r"/\*.*?\*/", "", path.read_text(), flags=re.DOTALL)
        places = re.findall(r":([^;{}]*)[;}]", text)
    else:
        places = [
            value
            for _, attributes, _ in _elements(path).found
            for name, value in attributes.items()
            if name in {"fill", "stroke", "color", "bgcolor", "stop-color", "content"}
        ]
    assert not [place for place in places if COLOUR.search(place)]


def test_it_stays_within_the_budget_of_a_page() -> None:
    styles = sum(path.stat().st_size for path in STYLES)
    scripts = sum(path.stat().st_size for path in SCRIPTS)
    assert styles < 48 * 1024
    assert scripts < 11 * 1024


def test_it_uses_no_colour_that_the_tokens_do_not_define() -> None:
    text = "\n".join(path.read_text() for path in STYLES)
    defined = set(re.findall(r"--([\w-]+)\s*:", text))
    assert set(re.findall(r"var\(--([\w-]+)", text)) <= defined


@pytest.mark.parametrize("path", _each(SCRIPTS))
def test_it_needs_no_eval(path: Path) -> None:
    assert not re.search(r"\beval\(|new Function|innerHTML|document\.write", path.read_text())
