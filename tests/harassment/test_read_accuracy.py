"""The error page: the model's figures with their doubt, and the workspace's own record."""

import json
import re
from html.parser import HTMLParser
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone, translation
from hypothesis import given
from hypothesis import strategies as st

from accounts.models import AuditEntry, Job, Membership, Role
from harassment.charts import Bin, reliability
from harassment.detection.groups import group_title, is_harmful
from harassment.models import Recalibration, Rescoring
from harassment.queries.accuracy import model_accuracy
from harassment.queries.record import own_record
from harassment.queries.shares import Share
from harassment.services import decisions
from integrations.models import ModerationAction
from tests.factories import make_account, make_comment
from tests.harassment.conftest import INSULT, THREAT
from tests.house.test_fragments import PAYLOADS

pytestmark = pytest.mark.django_db

URL = "/harassment/accuracy/"
HTMX = {"HX-Request": "true"}
GROUPS = (
    "threat-direct threat-veiled doxxing blackmail suicide-incitement stalking wish-harm insult "
    "insult-crude body-mockery voice-mockery sexual-remark sexual-threat identity-racism "
    "identity-religion identity-sexism identity-homophobia identity-transphobia "
    "identity-disability identity-age dehumanising pile-on silencing sarcasm-abusive "
    "family-attack team-attack contempt slander",
    "criticism-content criticism-blunt disappointment praise praise-hyperbole thanks banter "
    "self-deprecation quoting counter-speech negated-hate reclaimed homonym news-talk "
    "identity-neutral identity-positive question smalltalk swearing-object swearing-joy teen-slang "
    "code-switching emoji game-talk sport-talk fiction-talk everyday-words victim-support "
    "abuse-report rivalry-play advice",
)


def figures():
    """What a training writes, in small."""
    bins = [
        {
            "low": n / 10,
            "high": (n + 1) / 10,
            "n": 40,
            "mean": n / 10 + 0.05,
            "share": n / 10 + 0.02,
        }
        for n in range(10)
    ]
    groups = [
        {"name": "threat-veiled", "harmful": True, "n": 100, "flagged": 70},
        {"name": "insult", "harmful": True, "n": 100, "flagged": 98},
        {"name": "slander", "harmful": True, "n": 5, "flagged": 0},
        {"name": "criticism-content", "harmful": False, "n": 120, "flagged": 2},
        {"name": "criticism-blunt", "harmful": False, "n": 80, "flagged": 4},
        {"name": "praise", "harmful": False, "n": 200, "flagged": 0},
    ]
    one = {
        "auc": 0.971, "ece": 0.024, "n": 1000, "reliability": bins, "groups": groups,
        "decisions": {"tp": 180, "fp": 20, "fn": 60, "tn": 740},
    }  # fmt: skip
    return {
        "model_version": "creator-2.0",
        "made": "2026-11-21",
        "languages": {"en": one, "fr": {**one, "n": 900, "auc": 0.955}},
        "published": [
            {"name": "HateCheck", "language": "en", "metric": "accuracy", "value": 0.884,
             "n": 3728, "date": "2026-11-21"},
            {"name": "Multilingual HateCheck", "language": "fr", "metric": "macro_f1",
             "value": 0.76, "n": 3718, "date": "2026-11-21"},
        ],
    }  # fmt: skip


@pytest.fixture
def card(settings, tmp_path):
    """`card(content)`: the configured model's folder holds those figures."""
    settings.CLASSIFIER_MODEL = str(tmp_path)

    def write(content):
        (tmp_path / "figures.json").write_text(
            content if isinstance(content, str) else json.dumps(content)
        )

    write(figures())
    return write


def english_figures() -> Any:
    found = model_accuracy().of("en")
    assert found is not None
    return found


def words(answer):
    assert answer.status_code == 200
    text = re.sub(r"<[^>]+>", " ", answer.content.decode())
    return re.sub(r"\s+", " ", text)


def test_it_prints_every_figure_with_its_doubt(card, client_for, vera, lumen):
    page = words(client_for(vera, lumen).get(URL))
    for said in (
        "Right when it flags 90 %",
        "85 to 93 %, of 200 flagged comments",
        "Abuse it finds 75 %",
        "69 to 80 %, of 240 abusive comments",
        "Criticism taken for abuse 3.0 %",
        "Praise taken for abuse 0 %",
        "0 to 1.9 %, of 200 comments",
        "they are 2.4 points off",
        "(AUC) 0.971, measured on 1,000 comments",
        "HateCheck share judged rightly 0.884",
        "measured on Nov. 21, 2026",
        "English",
        "Language not covered",
    ):
        assert said in page
    assert "Multilingual HateCheck" not in page


def test_each_language_has_a_tab_of_its_own(card, client_for, vera, lumen):
    client = client_for(vera, lumen)
    page = client.get(f"{URL}?language=fr").content.decode()
    assert re.search(r'language=fr" aria-current="page">French<', page)
    assert "0.955" in page
    assert "Multilingual HateCheck" in page
    for strange in ("und", "<b>", "en' OR 1=1"):
        assert ">English<" in client.get(URL, {"language": strange}).content.decode()
    vera.language = "fr"
    vera.save()
    page = client_for(vera, lumen).get(URL).content.decode()
    assert "0,955" in page


def test_blind_spots_come_from_the_figures(card):
    with translation.override("en"):
        assert english_figures().blind_spots == (
            "Misses about 3 in 10 veiled threats.",
            "Wrongly flags about 1 in 20 blunt criticisms.",
        )
        worst = [line.code for line in english_figures().groups]
    assert worst[:3] == ["slander", "threat-veiled", "criticism-blunt"]


def test_a_model_without_faults_has_no_blind_spots(card):
    content = figures()
    content["languages"]["en"]["groups"] = [{"name": "insult", "n": 100, "flagged": 99}]
    card(content)
    assert english_figures().blind_spots == ()


def test_every_kind_has_a_name():
    for group in " ".join(GROUPS).split():
        assert group_title(group)
        assert is_harmful(group) == (group in GROUPS[0].split())
    assert group_title("unheard-of") == ""


def test_the_drawing_has_a_table_that_says_the_same(card, client_for, vera, lumen):
    page = client_for(vera, lumen).get(URL).content.decode()
    svg = page[page.index('<svg class="chart"') : page.index("Show as a table")]
    assert svg.count("<circle") == 10
    assert 'role="img"' in svg
    table = page[page.index("Show as a table") :]
    table = table[: table.index("</table>")]
    assert table.count("<tr>") == 11
    assert "10 to 20 %" in table


@pytest.mark.parametrize("content", ["", "not json", "[]", "{}"])
def test_without_figures_it_says_so(card, client_for, vera, lumen, content):
    card(content)
    page = words(client_for(vera, lumen).get(URL))
    assert "No figures for this model" in page
    assert "Your own record" in page


HOSTILE = [
    {"languages": 7},
    {"languages": {"en": None, "fr": "x"}},
    {"languages": {"en": {"n": -5, "decisions": {"tp": -1}}}},
    {"languages": {"en": {"decisions": {"tp": True, "fp": "9", "fn": 1e300, "tn": None}}}},
    {"languages": []},
    {"languages": {"de": figures()["languages"]["en"]}},
]


@pytest.mark.parametrize("content", HOSTILE, ids=range(len(HOSTILE)))
def test_figures_that_make_no_sense_are_an_error(card, client_for, vera, lumen, content):
    card(content)
    assert "make no sense" in words(client_for(vera, lumen).get(URL))


def test_the_rest_of_a_broken_file_is_shown(card, client_for, vera, lumen):
    content = figures()
    english = content["languages"]["en"]
    english["auc"], english["ece"] = float("nan"), float("inf")
    english["groups"] += [
        "x", None,
        {"name": "praise", "n": 3, "flagged": 9},
        {"name": "insult", "n": 0, "flagged": 0},
        {"n": 5, "flagged": 1},
        {"name": "unheard-of", "n": 50, "flagged": 5},
        {"name": ["a"], "n": 5, "flagged": 1},
        {"name": "odd", "harmful": True, "n": 10, "flagged": 1},
    ]  # fmt: skip
    english["reliability"] += [{"low": 0}, {"low": 0, "high": 1, "n": 4, "mean": 7, "share": 0.5}]
    content["published"] += [{"name": 5, "language": "en", "value": 0.5}, "x",
                             {"name": "y", "language": "en", "value": 3}]  # fmt: skip
    content["made"] = "2026-99-99"
    card(content)
    accuracy = model_accuracy()
    chosen = english_figures()
    assert (chosen.auc, chosen.calibration_error, accuracy.made_on) == ("", "", None)
    assert len(chosen.groups) == 7
    assert len(chosen.drawing.marks) == 10
    assert len(chosen.published) == 1
    assert "Odd" not in words(client_for(vera, lumen).get(URL))


class _Tags(HTMLParser):
    def __init__(self):
        super().__init__()
        self.found = []

    def handle_starttag(self, tag, attrs):
        self.found.append((tag, tuple(sorted(attrs))))


def shape(page):
    parser = _Tags()
    parser.feed(re.sub(r'(nonce|value|content|hx-headers)="[^"]*"|csrf\w+|[?]v=\w+', "", page))
    return [tag for tag, _ in parser.found]


@pytest.mark.parametrize("payload", PAYLOADS, ids=range(len(PAYLOADS)))
def test_names_in_the_figures_stay_text(card, client_for, vera, lumen, payload):
    def page_with(name):
        content = figures()
        content["model_version"] = name
        content["published"][0] |= {"name": name, "metric": name}
        content["languages"]["en"]["groups"].append(
            {"name": name, "harmful": True, "n": 40, "flagged": 1}
        )
        card(content)
        return client_for(vera, lumen).get(URL).content.decode()

    assert shape(page_with(payload)) == shape(page_with("plain name"))


@given(of=st.integers(1, 10**6), part=st.floats(0, 1))
def test_an_interval_holds_its_share_and_narrows(of, part):
    hits = round(part * of)
    low, high = Share(hits, of).bounds
    assert 0 <= low <= hits / of + 1e-12
    assert hits / of - 1e-12 <= high <= 1
    assert low < high
    wider_low, wider_high = Share(0, 1).bounds if hits == 0 else (low, high)
    assert wider_high - wider_low >= high - low - 1e-12
    more_low, more_high = Share(hits * 4, of * 4).bounds
    assert more_high - more_low <= high - low
    mirrored_low, mirrored_high = Share(of - hits, of).bounds
    assert mirrored_low == pytest.approx(1 - high, abs=1e-9)
    assert mirrored_high == pytest.approx(1 - low, abs=1e-9)


def test_an_interval_is_wilsons():
    # Wilson (1927): 10 of 100 at 95 %.
    assert Share(10, 100).bounds == pytest.approx((0.0552, 0.1744), abs=1e-4)
    assert Share(0, 0).bounds == (0.0, 1.0)
    assert (Share(0, 0).percent, Share(0, 0).range) == ("", "")


@pytest.mark.parametrize(
    ("hits", "of", "said"),
    [(30, 100, "about 3 in 10"), (100, 100, "nearly all"), (5, 100, "about 1 in 20"),
     (1, 1000, "about 1 in 1000"), (99, 1000, "about 1 in 10"), (10, 100, "about 1 in 10")],
)  # fmt: skip
def test_a_share_in_words(hits, of, said):
    with translation.override("en"):
        assert Share(hits, of).words == said


def test_coordinates_are_the_same_in_every_language():
    bins = [Bin(0, 0.5, 0.25, 0.2, 0.1, 0.3, 9), Bin(0.5, 1, 0.75, 0.9, 0.8, 1.0, 9)]
    with translation.override("fr"):
        drawn = reliability(bins)
    assert drawn is not None
    assert drawn.path == "M116.0 200.0L268.0 46.0"
    assert drawn.marks[0].whisker == "M116.0 222.0V178.0"
    assert reliability(bins[:1]) is None


@pytest.fixture
def decided(arrive, account, alice, bob):
    """Three flagged and confirmed, one overruled, one missed, one in another language."""
    for number in range(3):
        decisions.resolve_comment(comment=arrive(f"{THREAT} {number}"), actor=bob)
    decisions.dismiss_comment(comment=arrive(INSULT), actor=bob)
    for text in ("a quiet lie", "zorglubforeign lie"):
        ModerationAction.objects.create(
            comment=arrive(text), verb="hide", state="confirmed", visibility_before="public",
            actor_id=bob.pk,
        )  # fmt: skip


def test_it_counts_the_workspaces_own_decisions(decided, client_for, vera, lumen):
    page = words(client_for(vera, lumen).get(URL))
    assert "6 decisions" in page
    assert re.search(
        r"English 5 75 % \( ?30 to 95 %, of 4\) 1 none; 5 different comments so far", page
    )
    assert re.search(r"French 0 \S 0 none", page)
    assert "Other 1" in page
    assert "Learn from our decisions" not in page
    assert "An owner or manager can start it." in page


def test_without_decisions_it_says_what_will_be_here(client_for, alice, lumen):
    page = words(client_for(alice, lumen).get(URL))
    assert "No decisions yet" in page
    assert "Learn from our decisions" not in page


def test_a_creator_sees_only_decisions_about_their_own_accounts(decided, alice, lumen, vera):
    Membership.objects.filter(user=vera).update(role=Role.CREATOR)
    assert own_record(Membership.objects.get(user=vera, workspace=lumen)).decisions == 0
    assert own_record(Membership.objects.get(user=alice, workspace=lumen)).decisions == 6


def make_row(**fields):
    defaults = {
        "run": f"00000000-0000-0000-0000-{Recalibration.objects.count():012d}",
        "language": "en", "model_version": "stub-1", "harmful": 40, "harmless": 60,
        "held_back": 30, "state": "active", "created_by_label": "Alice", "weights": [0.1, 0.2],
        "before": {"false_positives": 7, "false_negatives": 2, "log_loss": 0.61},
        "after": {"false_positives": 3, "false_negatives": 2, "log_loss": 0.48},
    }  # fmt: skip
    return Recalibration.objects.create(**{**defaults, **fields})


def test_it_shows_what_was_learned_and_what_that_changed(in_lumen, client_for, vera, lumen):
    make_row(language="fr", state="refused", reason="few", before={}, after={})
    make_row(state="refused", reason="no_better")
    make_row(state="replaced", ended_at=timezone.now(), ended_by_label="Alice")
    make_row()
    page = words(client_for(vera, lumen).get(URL))
    assert "On 30 held-back comments: mistakes 9 → 5 (false alarms 7 → 3, misses 2 → 2)" in page
    assert "log loss 0.610 → 0.480" in page
    assert "Learned from 100 comments for Alice" in page
    for said in ("in use", "too few decisions", "no better than before", "replaced"):
        assert said in page
    assert "Reset" not in page
    assert "Use again" not in page


def test_a_correction_for_another_model_is_said_to_be_one(in_lumen, client_for, alice, lumen):
    make_row()
    make_row(language="fr", state="reset")
    Rescoring.objects.create(pk=1, model_version="stub-2", finished_at=timezone.now())
    page = words(client_for(alice, lumen).get(URL))
    assert "made for another model; learn again" in page
    assert "Use again" not in page
    Rescoring.objects.update(model_version="stub-1+en1")
    page = words(client_for(alice, lumen).get(URL))
    assert "made for another model" not in page
    assert "Use again" in page


@pytest.mark.parametrize("headers", [{}, HTMX], ids=["page", "htmx"])
def test_a_manager_resets_and_takes_back(in_lumen, client_for, alice, lumen, headers, classifier):
    row = make_row()
    client = client_for(alice, lumen)
    learned = f"{URL}learned/{row.code}/"

    def press(verb):
        answer = client.post(f"{learned}{verb}/", headers=headers, follow=not headers)
        row.refresh_from_db()
        return words(answer)

    assert "The shared model judges again" in press("reset")
    assert row.state == "reset"
    assert "This is not in use any more" in press("reset")
    assert "in use again" in press("restore")
    assert row.state == "active"
    assert "Only what was in use before" in press("restore")
    assert Job.objects.filter(name="harassment.begin_rescoring").count() == 1


def test_a_correction_of_another_workspace_is_not_there(nova, in_lumen, client_for, nina):
    row = make_row()
    for verb in ("reset", "restore"):
        answer = client_for(nina, nova).post(f"{URL}learned/{row.code}/{verb}/")
        assert answer.status_code == 404
    assert "Alice" not in words(client_for(nina, nova).get(URL))


@pytest.mark.parametrize("headers", [{}, HTMX], ids=["page", "htmx"])
def test_learning_is_asked_for_once_and_shown_until_it_is_done(
    in_lumen, client_for, alice, lumen, classifier, run_jobs, headers, settings, decided
):
    settings.RECALIBRATION_LEAST, settings.RECALIBRATION_LEAST_OF_KIND = 4, 1
    client = client_for(alice, lumen)
    assert "Learn from our decisions" in words(client.get(URL))
    for _ in range(2):
        page = words(client.post(f"{URL}learn/", headers=headers, follow=not headers))
    assert "Learning from your decisions" in page
    assert "Learn from our decisions" not in page
    assert Job.objects.filter(name="harassment.learn_recalibration").count() == 1
    assert AuditEntry.objects.filter(action="harassment.recalibration.asked").count() == 1
    fragment = client.get(URL, headers=HTMX).content.decode()
    assert fragment.lstrip().startswith('<section class="card" id="accuracy-record"')
    assert "every 3s" in fragment
    Job.objects.filter(name="harassment.learn_recalibration").update(state="dead")
    page = words(client.get(URL))
    assert "Learning did not finish." in page
    assert "Learn from our decisions" in page
    Job.objects.filter(name="harassment.learn_recalibration").update(
        state="queued", error="No model"
    )
    assert "Learning waits for the model." in words(client.get(URL))


def test_it_shows_that_everything_is_judged_again(in_lumen, client_for, vera, lumen):
    Rescoring.objects.create(
        pk=1, model_version="stub-1", total=50, judged=20, started_at=timezone.now()
    )
    page = client_for(vera, lumen).get(URL, headers=HTMX).content.decode()
    assert "Judging everything again" in page
    assert 'max="50" value="20"' in page
    assert "every 10s" in page


def test_it_asks_little_however_much_there_is(card, in_lumen, client_for, alice, lumen, decided):
    client = client_for(alice, lumen)

    def asked(headers):
        client.get(URL, headers=headers)
        with CaptureQueriesContext(connection) as found:
            assert client.get(URL, headers=headers).status_code == 200
        return len([q for q in found if not q["sql"].startswith(("SET ", "SAVEPOINT"))])

    few = asked({}), asked(HTMX)
    assert few[0] <= 8
    assert few[1] <= 7
    account = make_account()
    for number in range(12):
        make_row(language=f"x{number}"[:3])
        ModerationAction.objects.create(
            comment=make_comment(account), verb="hide", visibility_before="public", actor_id=1
        )
    assert (asked({}), asked(HTMX)) == few


def test_the_page_is_reached_from_where_judgements_are_shown(arrive, client_for, vera, lumen):
    client = client_for(vera, lumen)
    comment = arrive(THREAT)
    for path in (
        "/harassment/inbox/",
        f"/harassment/comments/{comment.code}/why/",
        reverse("integrations:account-list", urlconf="creator_ai.urls_workspace"),
    ):
        assert f'href="{URL}' in client.get(path).content.decode()
