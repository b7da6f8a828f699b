"""Whatever people write, it arrives on the pages as text and does nothing."""

from html.parser import HTMLParser

import pytest

from harassment.services.scoring import score_comments
from tests.factories import make_comment, make_post
from tests.harassment.conftest import THREAT

HTMX = {"HX-Request": "true"}
PAYLOADS = [
    "<script>window.evil()</script>",
    '<img src=x onerror="evil()">',
    '<div hx-get="/evil" hx-trigger="load"></div>',
    '"><button hx-post="/evil" hx-trigger="load">',
    "</bdi></span></a></li><form action=/evil>",
    "{{ request.user.email }}{% csrf_field %}",
    "\u202etxet desrever\u202c \u2066isolated",
    "z\u0300\u0301\u0302" * 300,
    "\u200b\u200d\ufeff\u2060",
    "W" * 100_000,
    "&lt;script&gt;alert(1)&lt;/script&gt;",
]


class _Inert(HTMLParser):
    """Fails on any element or attribute that came out of a payload."""

    def handle_starttag(self, tag, attrs):
        values = " ".join(value or "" for _, value in attrs)
        assert "evil" not in values, (tag, attrs)
        assert not [name for name, _ in attrs if name.startswith("on")], tag

    def handle_data(self, data):
        assert "window.evil()" not in data or self.get_starttag_text() != "<script>"


@pytest.mark.parametrize("payload", PAYLOADS, ids=range(len(PAYLOADS)))
def test_it_renders_inert_everywhere(account, classifier, client_for, bob, lumen, payload):
    who = {"author_name": payload[:200], "author_handle": payload[:200]}
    post = make_post(account, title=payload[:500])
    comments = [
        make_comment(
            account, text, post=post, author_external_id=f"UC{n}", raw={"x": payload}, **who
        )
        for n, text in enumerate([payload, f"{payload[:15_000]} {THREAT}"])
    ]
    score_comments(comment_ids=[comment.pk for comment in comments])
    account.display_name = payload[:200]
    account.save(update_fields=["display_name"])
    client = client_for(bob, lumen)
    case = comments[1].incident.case
    paths = [
        "/",
        "/harassment/inbox/",
        "/harassment/inbox/?view=all",
        "/harassment/cases/",
        "/harassment/alerts/",
        f"/harassment/cases/{case.code}/",
        *(f"/harassment/cases/{case.code}/{p}/" for p in ("evidence", "timeline", "trajectory")),
        *(f"/harassment/comments/{comment.code}/" for comment in comments),
        f"/harassment/comments/{comments[0].code}/reply/",
    ]
    answers = [client.get(path, headers=headers) for path in paths for headers in ({}, HTMX)]
    reveal = f"/harassment/comments/{comments[1].code}/reveal/"
    answers += [client.post(reveal), client.post(reveal, headers=HTMX)]
    for answer in answers:
        assert answer.status_code == 200
        html = answer.content.decode()
        _Inert().feed(html)
        assert "<script>window.evil" not in html
        assert "bob@example.test" not in html
        assert len(html) < 150_000


def test_a_search_comes_back_as_text(client_for, bob, lumen, account):
    client = client_for(bob, lumen)
    html = client.get('/harassment/inbox/?q="><script>window.evil()</script>').content.decode()
    assert "<script>window" not in html
