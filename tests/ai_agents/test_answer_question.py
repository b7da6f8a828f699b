"""A question becomes an answer once: looked up, redacted, checked, restored, paid; or a refund."""

import json
import logging
import uuid
from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from accounts import tenancy
from accounts.models import Membership
from ai_agents import review
from ai_agents.models import Allowance, Preference, Question, Usage
from ai_agents.queries.figures import (
    account_figures,
    computed_findings,
    post_figures,
    sales_figures,
)
from ai_agents.services import ledger, questions
from ai_agents.services.answering import answer_question
from integrations.models import Post
from tests.ai_agents.answering import CAPTIONS, GIST, answered, put, told
from tests.ai_agents.conftest import make_price
from tests.factories import make_account, make_comment, make_post

REQUESTS = Allowance.Measure.REQUESTS


@pytest.fixture(autouse=True)
def _prices(in_lumen):
    make_price("openai", "o1")
    make_price("gemini", "g1")
    make_price("local", "qwen", "0")


@pytest.fixture
def judges(monkeypatch):
    """A judge who finds harsh what calls names."""
    monkeypatch.setattr(review, "_judges", [lambda texts: [3 * ("idiot" in one) for one in texts]])


@pytest.fixture
def video(in_lumen):
    """A video with three times the usual views, and nine usual ones."""
    account = make_account(handle="@bread")
    for number in range(9):
        make_post(
            account,
            view_count=1000 + number,
            like_count=50,
            comment_count=10,
            published_at=timezone.now() - timedelta(days=number + 2),
        )
    return make_post(
        account, title="Bread by @guest", view_count=3012, like_count=310, comment_count=31
    )


def bodies(loopback):
    return [json.dumps(one.body, ensure_ascii=False) for one in loopback.requests]


def test_three_captions_for_each_network(chain, alice):
    loopback = chain("openai:o1")
    loopback.script["o1"] = told(CAPTIONS)
    question = answered(alice, "caption", language="fr")
    assert [one["title"] for one in question.answer] == ["YouTube"] * 3 + ["TikTok"] * 3
    assert question.answer[0]["tags"] == "#bread #slow"
    assert (question.state, question.provider, question.model) == ("done", "openai:o1", "o1")
    assert question.cost == Usage.objects.get().cost > 0
    assert Allowance.objects.get(measure=REQUESTS).used == 1
    assert "Answer in French" in bodies(loopback)[0]


def test_too_few_captions_are_asked_for_again_once(chain, alice):
    loopback = chain("openai:o1")
    loopback.script["o1"] = told({"captions": CAPTIONS["captions"][:4]}, CAPTIONS)
    assert len(answered(alice, "caption").answer) == 6
    assert loopback.asked("o1") == 2


def test_what_leaves_is_redacted_and_what_comes_back_is_whole(chain, alice):
    make_comment(make_account(), author_name="Marie Dupont", author_handle="@marie_d")
    loopback = chain("openai:o1")
    idea = {"title": "With [USER_1]", "hook": "Call [PHONE_1]", "reason": "[USER_2] [EMAIL_7]"}
    loopback.script["o1"] = told({"ideas": [idea]})
    text = "Bread with Marie Dupont (06 12 34 56 78) and @marie_d, marie@bread.example"
    question = answered(alice, "ideas", inputs={"text": text})
    for secret in ("Marie Dupont", "06 12 34 56 78", "@marie_d", "marie@bread.example"):
        assert secret not in bodies(loopback)[0]
    assert question.answer[0]["text"] == (
        "With Marie Dupont\nCall 06 12 34 56 78\n@marie_d [EMAIL_7]"
    )


def test_a_video_is_explained_by_its_own_figures_alone(chain, alice, video):
    loopback = chain("openai:o1")
    loopback.script["o1"] = told(
        {
            "findings": [
                {"text": "It was seen 3 012 times, 3 times the usual 1,004.", "figures": ["x"]},
                {"text": "That is rank 1. It reached 90 % of France.", "figures": ["video.rank"]},
                {"text": "Mostly 18 year olds.", "figures": []},
            ],
            "advice": [],
        }
    )
    question = answered(alice, "explain", post=video)
    assert [(one["text"], one["refs"]) for one in question.answer] == [
        ("It was seen 3 012 times, 3 times the usual 1,004.", []),
        ("That is rank 1.", ["video.rank"]),
    ]
    assert question.dropped == 2
    refs = {one["ref"]: one["value"] for one in question.figures}
    assert (refs["video.views"], refs["usual.views"], refs["video.times"]) == (
        "3012", "1004", "3.00",
    )  # fmt: skip
    assert "@guest" not in bodies(loopback)[0]


def test_nothing_that_can_be_verified_is_no_answer(chain, alice, video):
    chain("openai:o1").script["o1"] = told(
        {"findings": [{"text": "Seen by 7 people.", "figures": []}], "advice": []}
    )
    question = answered(alice, "explain", post=video)
    assert (question.state, question.problem, question.answer) == ("failed", "unverified", [])
    assert Allowance.objects.get(measure=REQUESTS).used == 0


def test_the_model_may_look_up_another_period_and_nothing_else(chain, alice, video):
    Post.objects.filter(pk=video.pk).update(published_at=timezone.now() - timedelta(days=60))
    loopback = chain("openai:o1")
    finding = {"text": "The best one had 3,012 views.", "figures": ["last90.best"]}
    loopback.script["o1"] = told(
        {"tool": ("recent_figures", {"days": 90})}, {"findings": [finding], "advice": []}
    )
    question = answered(alice, "performance")
    assert question.answer[0]["refs"] == ["last90.best"]
    (tool,) = loopback.requests[0].body["tools"]
    assert tool["function"]["name"] == "recent_figures"
    assert list(tool["function"]["parameters"]["properties"]) == ["days"]


def test_a_sales_plan_words_what_was_computed(chain, alice):
    chain("openai:o1").script["o1"] = told(
        {
            "pricing": [{"text": "At 11 each, 9.1 % may leave.", "figures": ["dearer.price"]}],
            "upsell": [],
            "funnel": [{"text": "2 % of visitors buy, others reach 10 %.", "figures": []}],
            "projection": [{"text": "In 3 months: 1,330 a month.", "figures": ["in3.revenue"]}],
        }
    )
    numbers = {"price": "10.00", "buyers": "100", "visitors": "5000", "growth": "10"}
    question = answered(alice, "sales", inputs=numbers)
    assert [one["text"] for one in question.answer] == [
        "At 11 each, 9.1 % may leave.",
        "2 % of visitors buy, others reach 10 %.",
        "In 3 months: 1,330 a month.",
    ]


@pytest.mark.usefixtures("judges")
def test_the_writer_of_a_reply_never_sees_the_message(chain, alice):
    loopback = chain("local:qwen, openai:o1")
    drafts = {"drafts": ["Thank you for watching.", "You idiot.", "Let us stay kind."]}
    loopback.script["qwen"] = told(GIST, drafts)
    question = answered(alice, "reply", inputs={"text": "You are a zorglub", "intent": "calm"})
    assert [one["text"] for one in question.answer] == [
        "Thank you for watching.", "Let us stay kind.",
    ]  # fmt: skip
    assert question.dropped == 1
    reader, writer = bodies(loopback)
    assert "zorglub" in reader
    assert "tools" not in loopback.requests[0].body
    assert "zorglub" not in writer
    assert "insulting" in writer


@pytest.mark.usefixtures("judges")
def test_a_message_leaves_only_with_consent(chain, alice):
    loopback = chain("openai:o1")
    loopback.script["o1"] = told(GIST, {"drafts": ["Thank you."]})
    message = {"text": "Zorglub, call me: 06 12 34 56 78", "intent": "calm"}
    question = answered(alice, "reply", inputs=message)
    assert (question.problem, loopback.requests) == ("comments_stay", [])
    Preference.objects.create(sends_comments=True)
    question = answered(alice, "reply", inputs=message)
    assert question.state == "done"
    assert "06 12 34 56 78" not in "".join(bodies(loopback))


def test_drafts_that_nobody_could_read_are_not_offered(chain, alice, monkeypatch):
    monkeypatch.setattr(review, "_judges", [])
    chain("local:qwen").script["qwen"] = told(GIST, {"drafts": ["Thank you."]})
    question = answered(alice, "reply", inputs={"intent": "thank"})
    assert (question.state, question.problem, question.answer) == ("failed", "unreviewed", [])


def test_a_model_is_asked_who_answers_when_words_do_not_say(chain, alice):
    loopback = chain("openai:o1")
    loopback.script["o1"] = told(
        {"operation": "hashtags"}, {"wide": ["#bread"], "narrow": ["#sourdough", "#top10"]}
    )
    question = answered(alice, "", inputs={"text": "bonjour"})
    assert (question.operation, question.agent, question.state) == ("hashtags", "content", "done")
    assert Allowance.objects.get(measure=REQUESTS).used == 1
    assert loopback.asked("o1") == 2


def test_the_next_provider_answers_when_the_first_is_down(chain, alice):
    loopback = chain("gemini:g1, openai:o1")
    loopback.script = {"g1": {"status": 503}, "o1": told(CAPTIONS)}
    assert answered(alice, "caption").provider == "openai:o1"


@pytest.mark.parametrize(
    ("script", "problem"),
    [
        ({"status": 503}, "provider"),
        ({"garbage": True}, "provider"),
        ({"text": "Hello!"}, "invalid"),
        ({"text": '{"captions": [], "more": 1}'}, "invalid"),
        ({"text": '{"captions": [{"platform": "myspace", "text": "x"}]}'}, "invalid"),
    ],
)
def test_an_answer_that_does_not_come_is_given_back(chain, alice, script, problem):
    chain("openai:o1").script["o1"] = script
    question = answered(alice, "caption")
    assert (question.state, question.answer) == ("failed", [])
    assert question.problem in {problem, "invalid"}
    requests = Allowance.objects.get(measure=REQUESTS)
    assert (requests.used, requests.reserved) == (0, 0)  # type: ignore[comparison-overlap]


def test_without_a_key_it_says_so(chain, alice, monkeypatch):
    chain("openai:o1")
    monkeypatch.delenv("OPENAI_API_KEY")
    assert answered(alice, "caption").problem == "no_provider"


def test_money_that_runs_out_between_asking_and_answering(chain, alice):
    loopback = chain("openai:o1")
    question = put(alice, "caption")
    Preference.objects.create(day_limit=Decimal("0.001"))
    Allowance.objects.filter(measure="money").update(limit=Decimal("0.001"))
    answer_question(question.pk)
    question.refresh_from_db()
    assert (question.problem, loopback.requests) == ("refused", [])
    assert question.resets_at > timezone.now()  # type: ignore[operator]


def test_agents_stopped_meanwhile_are_not_asked(chain, alice):
    loopback = chain("openai:o1")
    question = put(alice, "caption")
    Preference.objects.create(is_stopped=True)
    answer_question(question.pk)
    question.refresh_from_db()
    assert (question.problem, loopback.requests) == ("stopped", [])


def test_one_key_asks_and_pays_once(chain, alice):
    loopback = chain("openai:o1")
    loopback.script["o1"] = told(CAPTIONS)
    key = uuid.uuid4()
    question = answered(alice, "caption", key=key)
    assert put(alice, "caption", key=key) == question
    answer_question(question.pk)
    assert loopback.asked("o1") == 1
    assert Usage.objects.count() == 1
    with pytest.raises(ledger.KeyReused):
        put(alice, "ideas", key=key)


def test_a_run_that_died_is_not_asked_again(chain, alice):
    loopback = chain("openai:o1")
    question = put(alice, "caption")
    Question.objects.update(state="running")
    answer_question(question.pk)
    question.refresh_from_db()
    assert (question.state, question.problem) == ("failed", "interrupted")
    assert loopback.requests == []
    assert Allowance.objects.get(measure=REQUESTS).reserved == 0


def test_a_cancelled_question_is_not_asked_and_given_back(chain, alice):
    loopback = chain("openai:o1")
    question = put(alice, "caption")
    assert questions.cancel_question(question=question)
    answer_question(question.pk)
    assert loopback.requests == []
    assert Allowance.objects.get(measure=REQUESTS).reserved == 0
    assert not questions.cancel_question(question=question)


def test_cancelling_ends_a_call_that_is_under_way(chain, alice, monkeypatch):
    loopback = chain("openai:o1")
    loopback.script["o1"] = {"slow_s": 6, **told(CAPTIONS)}
    question = put(alice, "caption")
    monkeypatch.setattr("ai_agents.providers.asking.LOOKS_EVERY", 0.05)
    monkeypatch.setattr(
        "ai_agents.services.answering._Turn._is_wanted",
        lambda turn: not questions.cancel_question(question=question),
    )
    answer_question(question.pk)
    question.refresh_from_db()
    assert (question.state, question.answer) == ("cancelled", [])


def test_who_left_gets_no_answer(chain, alice, bob, lumen):
    loopback = chain("openai:o1")
    question = put(bob, "caption")
    with tenancy.public():
        Membership.objects.filter(user=bob, workspace=lumen).delete()
    answer_question(question.pk)
    question.refresh_from_db()
    assert (question.problem, loopback.requests) == ("gone", [])


def test_instructions_in_an_answer_are_thrown_away(chain, alice, caplog):
    def repeat(seen):
        whole = json.dumps(seen.body["messages"], ensure_ascii=False)
        return {"text": json.dumps({"ideas": [
            {"title": "My rules", "hook": whole[:290], "reason": whole[290:580]},
            *({"title": "x", "hook": whole[at:at + 290], "reason": "y"} for at in (580, 870, 1160)),
        ]})}  # fmt: skip

    chain("openai:o1").script["o1"] = {"answers": repeat}
    with caplog.at_level(logging.ERROR):
        question = answered(alice, "ideas")
    assert (question.state, question.problem, question.answer) == ("failed", "leaked", [])
    assert "held its instructions" in caplog.text


def test_figures_are_those_of_whom_one_may_see(alice, video, lumen):
    membership = alice.memberships.get(workspace=lumen)
    found = {one.ref: one.value for one in account_figures(membership, 28)}
    assert (found["last28.videos"], found["last28.best"]) == (10, 3012)  # type: ignore[comparison-overlap]
    membership.role = "creator"  # confined to accounts of their own
    assert {one.ref: one.value for one in account_figures(membership, 28)}["last28.videos"] == 0


def test_findings_are_computed_where_there_is_a_habit(video):
    figures = post_figures(video)
    assert computed_findings(figures)[0] == "It was seen 3.0 times as often as usual."
    assert computed_findings([one for one in figures if one.ref != "video.times"]) == []


def test_sales_are_computed_exactly():
    found = {
        one.ref: one.value for one in sales_figures({"price": Decimal(10), "buyers": Decimal(100)})
    }
    assert (found["now.revenue"], found["dearer.price"]) == (1000, Decimal("11.00"))  # type: ignore[comparison-overlap]
    assert found["dearer.leave"] == Decimal("9.1")
    assert sales_figures({}) == []
    assert sales_figures({"buyers": Decimal(5), "visitors": Decimal(0)})[-1].ref == "given.visitors"


def test_old_questions_are_forgotten_and_new_ones_kept(chain, alice, lumen):
    chain("openai:o1")
    old, new = put(alice, "caption"), put(alice, "ideas")
    Question.objects.filter(pk=old.pk).update(created_at=timezone.now() - timedelta(days=91))
    assert questions.forget_old() >= 1
    with tenancy.enter(lumen):
        assert list(Question.objects.all()) == [new]
