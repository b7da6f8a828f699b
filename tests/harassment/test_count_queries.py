"""Pages ask the database a fixed number of questions, however much there is to show."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from harassment.models import Case
from harassment.services.scoring import score_comments
from tests.factories import make_account, make_comment, make_post
from tests.harassment.conftest import HATE, INSULT, ROUGH, THREAT

HTMX = {"HX-Request": "true"}
PAGE, FRAGMENT = 8, 7  # session, user, membership (and the rail's counts) included


@pytest.fixture
def crowd(account, classifier):
    """`crowd(n)`: n more comments of every kind, in one thread of one author and in many."""

    def build(number: int):
        post = make_post(account)
        now = timezone.now()
        ids = [
            make_comment(
                account,
                f"{text} {n}",
                post=post,
                author_external_id="UCx" if n % 2 else f"UC{number}{n}",
                parent_external_id="Uroot" if n % 3 else "",
                published_at=now - timedelta(minutes=n),
            ).pk
            for n in range(number)
            for text in (THREAT, HATE, INSULT, ROUGH, "nice")
        ]
        score_comments(comment_ids=ids)
        make_account()

    return build


def paths() -> dict[str, int]:
    case = Case.objects.get(author_external_id="UCx")
    comment = case.incidents.select_related("comment").order_by("pk")[0].comment
    of, one = f"/harassment/cases/{case.code}/", f"/harassment/comments/{comment.code}/"
    whole = [
        *("/", "/harassment/inbox/", "/harassment/inbox/?view=all&q=nice&language=en"),
        *(f"/harassment/inbox/?view={view}&after={comment.code}" for view in ("needs", "all")),
        *(
            "/harassment/cases/",
            "/harassment/cases/?tab=closed",
            "/harassment/alerts/",
            "/harassment/dogpiles/",
            "/harassment/reports/",
            of,
            one,
            f"{one}why/",
        ),
        *(f"{of}{part}/" for part in ("trajectory", "evidence", "exports", "timeline", "assign")),
        *(f"{of}{part}/" for part in ("author", "related", "merge", "split", "link", "escalate")),
        *(f"{of}{part}/" for part in ("reports", "exhibit", "help")),
        "/harassment/cases/new/",
    ]
    parts = [
        "/harassment/inbox/",
        "/harassment/inbox/new/?since=2020-01-01T00:00:00%2B00:00",
        "/harassment/alerts/",
        "/harassment/inbox/backlog/",
        *(one, f"{one}standing/", f"{one}others/", f"{one}reply/", f"{one}why/", of),
        *(f"{of}{part}/" for part in ("trajectory", "evidence", "exports", "timeline", "assign")),
        *(f"{of}{part}/" for part in ("related", "merge", "severity", "wait", "link", "escalate")),
    ]
    parts += [f"{of}reports/", f"{of}help/"]
    return {**{f"page {p}": PAGE for p in whole}, **{f"part {p}": FRAGMENT for p in parts}}


def measure(client) -> dict[str, int]:
    found = {}
    for name in paths():
        kind, path = name.split(" ", 1)
        headers = HTMX if kind == "part" else {}
        client.get(path, headers=headers)  # warms what is remembered between requests
        with CaptureQueriesContext(connection) as asked:
            assert client.get(path, headers=headers).status_code == 200
        found[name] = len([q for q in asked if not q["sql"].startswith(("SET ", "SAVEPOINT"))])
    return found


def test_it_asks_little_and_no_more_for_more_rows(crowd, client_for, bob, lumen):
    client = client_for(bob, lumen)
    crowd(2)
    few = measure(client)
    assert {name: count for name, count in few.items() if count > paths()[name]} == {}
    crowd(15)
    many = measure(client)
    assert {n: (few[n], c) for n, c in many.items() if c > few[n]} == {}
