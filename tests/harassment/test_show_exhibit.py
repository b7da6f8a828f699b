"""What each author could already read: equal to counting by hand, masked, with its limits."""

import base64
import json
import random
import zipfile
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from harassment.exhibit import Before, Heard, PostHistory, Sight, Turn
from harassment.exports import making, verify
from harassment.models import Case, ExportedEvidence, Incident
from harassment.queries.exhibit import PAGE_SIZE, ExhibitRow, SeenLine, exhibit, seen_before
from integrations.models import Comment, ModerationAction
from tests.factories import make_comment, make_post
from tests.harassment.conftest import INSULT

START = datetime(2026, 11, 20, 6, 0, tzinfo=UTC)


def minute(number: float) -> datetime:
    return START + timedelta(minutes=number)


def before(row: ExhibitRow) -> Before:
    assert row.before is not None
    return row.before


def counted_by_hand(heard: list[Heard], moment: datetime) -> dict[str, int]:
    """The oracle: every comment asked by itself, in plain words."""
    counts = dict.fromkeys(("total", "open", "unsure", "flagged", "edited", "captured"), 0)
    for one in heard:
        if not one.published_at < moment:
            continue
        counts["total"] += 1
        is_open = one.was_open if one.turns else True
        last = None
        for turn in one.turns:
            if turn.at <= moment:
                is_open, last = turn.is_open, turn
        if not one.turns or last is one.turns[-1]:
            sight = ("open" if is_open else "hidden") if is_open == one.is_public else "unsure"
        elif last is None:
            sight = "open" if one.was_open else "unsure"
        else:
            sight = "open" if is_open else "hidden"
        if sight == "unsure":
            counts["unsure"] += 1
        if sight == "open":
            counts["open"] += 1
            counts["flagged"] += one.is_flagged
            counts["edited"] += one.is_edited
            counts["captured"] += one.seen_at <= moment
    return counts


# Named alike in every process of a run; a failure shows it.
ANY = random.SystemRandom().randrange(1 << 32)


@pytest.mark.parametrize("seed", [*range(20), pytest.param(ANY, id="any")])
def test_it_counts_as_one_would_by_hand(seed):
    chance = random.Random(seed)
    heard = []
    for key in range(chance.randrange(60)):
        published = minute(chance.randrange(40))
        turns = sorted(
            (Turn(published + timedelta(minutes=chance.randrange(30)), chance.random() < 0.4)
             for _ in range(chance.choice((0, 0, 1, 2)))),
            key=lambda turn: turn.at,
        )  # fmt: skip
        heard.append(
            Heard(
                key=key, post=1, published_at=published,
                seen_at=published + timedelta(minutes=chance.randrange(-2, 30)),
                is_public=chance.random() < 0.7, is_flagged=chance.random() < 0.5,
                is_edited=chance.random() < 0.2, was_open=chance.random() < 0.8,
                turns=tuple(turns),
            )
        )  # fmt: skip
    history = PostHistory(heard)
    for moment in (*(one.published_at for one in heard), minute(-1), minute(90)):
        found = history.before(moment)
        by_hand = counted_by_hand(heard, moment)
        assert {name: getattr(found, name) for name in by_hand} == by_hand, (seed, moment)


def test_a_comment_that_went_at_an_unknown_moment_is_unsure():
    gone = Heard(1, 1, minute(0), minute(0), is_public=False, is_flagged=True, is_edited=False)
    assert gone.sight_at(minute(5)) is Sight.UNSURE
    hidden = Heard(
        2, 1, minute(0), minute(0), is_public=False, is_flagged=True, is_edited=False,
        turns=(Turn(minute(3), is_open=False),),
    )  # fmt: skip
    assert [hidden.sight_at(minute(n)) for n in (2, 3, 9)] == ["open", "hidden", "hidden"]


@pytest.fixture(autouse=True)
def _own_key_and_files(settings, tmp_path):
    settings.EVIDENCE_KEY = base64.b64encode(b"k" * 32).decode()
    settings.MEDIA_ROOT = tmp_path / "media"


@pytest.fixture
def wave(arrive, account) -> Case:
    """Three insults under one video, a kind word between; the first was hidden before the last."""
    post = make_post(account)
    make_comment(account, "kind words", post=post, published_at=minute(1))
    for number in range(3):
        arrive(
            f"{INSULT} {number}", post=post, author_external_id="UCx", author_handle=f"@x{number}",
            published_at=minute(2 + 2 * number),
        )  # fmt: skip
    Comment.objects.update(first_seen_at=minute(3))
    first = Comment.objects.get(text=f"{INSULT} 0")
    ModerationAction.objects.create(
        comment=first, verb="hide", state="confirmed", visibility_before="public",
        actor_label="Bob", finished_at=minute(5),
    )  # fmt: skip
    Comment.objects.filter(pk=first.pk).update(visibility="held")
    Case.objects.update(author_external_id=f"{Case.WAVE}1", author_handle="")
    return Case.objects.get()


def test_it_tells_each_author_what_stood_there(wave):
    shown = exhibit(wave)
    assert [row.author for row in shown.rows] == ["@x0", "@x1", "@x2"]
    assert [(b.total, b.open, b.flagged) for b in map(before, shown.rows)] == [
        (1, 1, 0),
        (2, 2, 1),
        (3, 2, 1),
    ]
    assert [before(row).captured for row in shown.rows] == [0, 2, 2]
    assert len(shown.limits) == 4
    Incident.objects.filter(comment__text=f"{INSULT} 1").update(state="dismissed")
    assert [row.author for row in exhibit(wave).rows] == ["@x0", "@x2"]
    assert before(exhibit(wave).rows[1]).flagged == 0


def test_the_list_says_which_could_be_read_and_never_the_words(wave, client_for, vera, lumen):
    last = Comment.objects.get(text=f"{INSULT} 2")
    seen = seen_before(wave, last.code)
    assert [line.sight for line in seen.lines] == [Sight.OPEN, Sight.HIDDEN, Sight.OPEN]
    assert sum(line.sight is Sight.OPEN for line in seen.lines) == before(seen.row).open
    client = client_for(vera, lumen)
    base = f"/harassment/cases/{wave.code}/exhibit/"
    for url in (base, f"{base}{last.code}/"):
        page = client.get(url).content.decode()
        assert "zorglub" not in page
    assert "Hidden by then" in page
    assert client.get(f"{base}{wave.code}/").status_code == 404


def test_a_comment_of_another_case_is_not_shown(wave, arrive, client_for, vera, lumen):
    other = arrive(INSULT, author_external_id="UCother")
    url = f"/harassment/cases/{wave.code}/exhibit/{other.code}/"
    assert client_for(vera, lumen).get(url).status_code == 404


def test_pages_follow_each_other_without_gap_or_double(wave, account, client_for, vera, lumen):
    post = wave.incidents.first().comment.post
    for number in range(PAGE_SIZE):
        comment = make_comment(account, "x", post=post, published_at=minute(20))
        Incident.objects.create(case=wave, comment=comment, severity=2)
        del number
    first = exhibit(wave)
    second = exhibit(wave, after=first.rows[-1].code)
    codes = [row.code for row in (*first.rows, *second.rows)]
    assert len(codes) == len({*codes}) == first.total == PAGE_SIZE + 3
    assert second.next_after == ""
    assert {before(row).open for row in second.rows} == {3}  # the same instant is not before
    late = make_comment(account, "y", post=post, published_at=minute(30))
    Incident.objects.create(case=wave, comment=late, severity=2)
    lines: list[SeenLine] = []
    after: UUID | None = None
    while True:
        part = seen_before(wave, late.code, after=after)
        lines += part.lines
        if not part.next_after:
            break
        after = UUID(part.next_after)
    assert len(lines) == len({line.row.code for line in lines}) == before(part.row).total


def test_it_asks_the_same_number_of_questions_for_few_and_for_many(
    wave, account, client_for, vera, lumen
):
    client = client_for(vera, lumen)
    last = Comment.objects.get(text=f"{INSULT} 2")
    urls = [f"/harassment/cases/{wave.code}/exhibit/{end}" for end in ("", f"{last.code}/")]

    def asked() -> list[int]:
        counts = []
        for url in urls:
            client.get(url)
            with CaptureQueriesContext(connection) as queries:
                client.get(url)
            sent = [q["sql"] for q in queries]
            counts.append(len([s for s in sent if not s.startswith(("SET ", "SAVEPOINT"))]))
        return counts

    few = asked()
    for number in range(8):
        post = make_post(account)
        make_comment(account, "kind", post=post, published_at=minute(1))
        comment = make_comment(account, "x", post=post, published_at=minute(5 + number))
        Incident.objects.create(case=wave, comment=comment, severity=2)
        make_comment(account, "kind", post=last.post, published_at=minute(1.5))
    assert asked() == few
    assert max(few) <= 8, few


def test_a_copy_of_the_evidence_holds_it_without_names_and_words(
    wave, client_for, bob, lumen, run_jobs
):
    client_for(bob, lumen).post(f"/harassment/cases/{wave.code}/export/", {"recipient": "Me D"})
    run_jobs()
    run = ExportedEvidence.objects.get()
    assert (run.state, run.error) == ("done", "")
    assert verify.verify(run.file.path).is_intact
    with zipfile.ZipFile(run.file.path) as zipped:
        data = json.loads(zipped.read("evidence.json"))
    told = data["exhibit"]
    assert [row["before"]["open"] for row in told["rows"]] == [1, 2, 2]
    assert [row["item"] for row in told["rows"]] == [1, 2, 3]
    assert told["limits"]
    text = json.dumps(told)
    assert "zorglub" not in text
    assert "@x" not in text


def test_a_case_of_one_author_has_none_in_its_copy(
    arrive, client_for, bob, lumen, run_jobs, monkeypatch
):
    monkeypatch.setattr(
        making, "_typeset", lambda folder, goes_on: (folder / "evidence.pdf").write_bytes(b"%PDF")
    )
    arrive(INSULT, published_at=timezone.now())
    case = Case.objects.get()
    client_for(bob, lumen).post(f"/harassment/cases/{case.code}/export/", {"recipient": "Me D"})
    run_jobs()
    with zipfile.ZipFile(ExportedEvidence.objects.get().file.path) as zipped:
        assert json.loads(zipped.read("evidence.json"))["exhibit"] is None
