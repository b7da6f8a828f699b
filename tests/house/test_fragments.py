"""What the shared fragments and tags promise: outside text stays text, masks say nothing."""

from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser

import pytest
from django.template import Context, RequestContext, Template
from django.template.loader import get_template, render_to_string
from django.test import RequestFactory
from django.utils import timezone, translation

from accounts.templatetags import aura

PAYLOADS = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "<svg/onload=alert(1)>",
    "</bdi></span><div hx-get=/evil hx-trigger=load>",
    '" hx-on:click="alert(1)',
    "' autofocus onfocus=alert(1) x='",
    "{{ request.user.email }} {% csrf_token %}",
    "<style>*{display:none}</style>",
    "<meta http-equiv=refresh content=0;url=//evil>",
    "<!--<b>-->",
    "&lt;b&gt; &#x3c;b&#x3e;",
    "\u202e\u2066txet desrever",
    "z\u0300\u0301\u0302" * 200,
    "\u200b\u200d\ufeff" * 50,
    "\x00\x08\x1b[31m",
    "W" * 100_000,
]


class _Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, list[tuple[str, str | None]]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, attrs))


def _tags(html: str) -> list[tuple[str, list[tuple[str, str | None]]]]:
    parser = _Tags()
    parser.feed(html)
    return parser.found


@pytest.mark.parametrize("payload", PAYLOADS, ids=range(len(PAYLOADS)))
def test_it_shows_outside_text_as_text_and_nothing_else(payload: str) -> None:
    html = render_to_string("ui/_hostile.html", {"text": payload, "limit": 280})
    assert [tag for tag, _ in _tags(html)] == ["span", "bdi"]
    names = {name for name, _ in _tags(html)[0][1]}
    assert names == {"class", "hx-disable"}
    assert len(html) < 3000


def test_it_shows_nothing_for_outside_text_that_is_missing() -> None:
    html = render_to_string("ui/_hostile.html", {"text": None})
    assert "None" not in html


def test_it_cuts_outside_text_even_when_no_limit_is_given() -> None:
    assert "W" * 280 not in render_to_string("ui/_hostile.html", {"text": "W" * 5000})


@pytest.mark.parametrize(("short", "long"), [(21, 60), (61, 140), (401, 20_000)])
def test_it_draws_the_same_mask_for_texts_of_roughly_the_same_length(short: int, long: int) -> None:
    one = render_to_string("ui/_bars.html", {"length": short})
    assert one == render_to_string("ui/_bars.html", {"length": long})
    assert one.count("<b>") <= 20


def test_it_masks_a_comment_with_a_form_that_works_without_scripts() -> None:
    request = RequestFactory().get("/")
    template = Template(
        '{% include "ui/_masked.html" with id="c" length=90 summary="Insult"'
        ' reveal_url="/reveal/" target="#c" only %}'
    )
    html = template.render(RequestContext(request))
    assert 'method="post" action="/reveal/"' in html
    assert 'name="csrfmiddlewaretoken" value="' in html
    assert "Insult" in html


@pytest.mark.parametrize("name", ["500.html", "503.html"])
def test_it_renders_its_worst_pages_without_any_context(name: str) -> None:
    html = get_template(name).render()
    assert "<h1>" in html
    assert 'href="/"' in html


@pytest.mark.parametrize(
    ("level", "word", "bars_off"),
    [(0, "Low", 3), (1, "Low", 3), (3, "High", 1), (9, "Critical", 0)],
)
def test_it_says_a_severity_by_shape_and_word(level: int, word: str, bars_off: int) -> None:
    html = Template("{% severity level %}").render(Context({"level": level}))
    assert f">{word}</span>" in html
    assert html.count('class="off"') == bars_off
    assert html.count("<rect") == 4


def test_it_writes_coordinates_that_no_language_changes() -> None:
    with translation.override("fr"):
        drawn = aura.sparkline([0.5, None, 1.25, 3], "Taux")
        bars = Template("{% severity 2 %}").render(Context())
        progress = render_to_string("ui/_progress.html", {"label": "x", "value": 6.5, "max": 10})
    assert 'd="M0.0 29.0L60.0 21.2L120.0 3.0"' in drawn
    assert 'x="4.75"' in bars
    assert 'value="6.5"' in progress


def test_it_draws_no_line_from_a_single_figure() -> None:
    assert aura.sparkline([4], "Followers") == ""
    assert aura.sparkline([None, None], "Followers") == ""


@pytest.mark.parametrize(
    ("passed", "words"),
    [
        (timedelta(seconds=-30), "now"),
        (timedelta(seconds=59), "now"),
        (timedelta(minutes=59), "59 min"),
        (timedelta(hours=5), "5 h"),
        (timedelta(days=1, hours=2), "Yesterday"),
        (timedelta(days=40), "12 Oct"),
        (timedelta(days=800), "09/12/2024"),
    ],
)
def test_it_says_how_long_ago_something_was(
    passed: timedelta, words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = datetime(2026, 11, 21, 11, 0, tzinfo=UTC)
    monkeypatch.setattr(timezone, "now", lambda: now)
    with timezone.override("UTC"), translation.override("en"):
        html = aura.ago(now - passed)
    assert f">{words}</time>" in html
    assert f'datetime="{(now - passed).isoformat()}"' in html


@pytest.mark.parametrize(
    ("name", "letters"),
    [
        ("Theo Lindqvist", "TL"),
        ("@ridgeline_", "RI"),
        ("Ana de la Cruz", "AC"),
        ("é", "É"),
        ("\u202e\u200b", "?"),
        ("", "?"),
        ("<b>", "B"),
    ],
)
def test_it_takes_two_letters_of_a_name(name: str, letters: str) -> None:
    assert aura.initials(name) == letters


def test_it_marks_where_the_reader_is() -> None:
    request = RequestFactory().get("/harassment/cases/1/")
    template = Template('{% here "/" %}|{% here "/harassment/cases/" %}|{% here request.path %}')
    html = template.render(RequestContext(request, {"request": request}))
    assert html == '|aria-current="true"|aria-current="page"'
