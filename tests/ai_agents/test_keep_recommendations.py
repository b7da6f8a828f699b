"""Findings become rows once, end with their figures, and remember what people decided."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import AuditEntry, Job, User, Workspace
from ai_agents.insights.engine import insights_of
from ai_agents.insights.findings import Kind
from ai_agents.insights.words import LABELS
from ai_agents.models import Recommendation
from ai_agents.queries.figures import as_data, post_figures
from ai_agents.queries.histories import histories
from ai_agents.queries.recommendations import told_of
from ai_agents.services import recommendations as service
from integrations.models import CoverageGap, MetricPoint, Post, SocialAccount
from tests.ai_agents.histories import noise, plant
from tests.factories import make_account, make_comment, make_post

State = Recommendation.State
GROUPS = {Kind.HOUR, Kind.WEEKDAY, Kind.TOPIC}

pytestmark = pytest.mark.django_db


def names() -> set[str]:
    return {f"{row.kind}:{row.subject}" for row in Recommendation.objects.current()}


def test_what_is_there_becomes_a_row_once(planted_account: SocialAccount) -> None:
    assert service.find_recommendations() == 3
    assert names() == {"topic:#food", "views:down", "audience:down"}
    before = list(Recommendation.objects.order_by("pk").values_list("pk", "code", "figures"))
    assert service.find_recommendations() == 0
    again = list(Recommendation.objects.order_by("pk").values_list("pk", "code", "figures"))
    assert again == before


def test_the_numbers_are_those_of_the_rows_they_come_from(planted_account: SocialAccount) -> None:
    service.find_recommendations()
    row = Recommendation.objects.get(kind="topic")
    of = {one["ref"]: int(float(one["value"])) for one in row.figures}
    limit = timezone.now() - timedelta(days=3)
    ripe = Post.objects.filter(published_at__lte=limit)
    inside = sorted(post.view_count or 0 for post in ripe.filter(title__contains="#food"))
    assert of["group.videos"] == row.n == len(inside)
    middle = (inside[len(inside) // 2] + inside[(len(inside) - 1) // 2]) / 2
    assert abs(of["group.views"] - middle) <= 1
    assert of["rest.videos"] == ripe.count() - len(inside)


def test_a_video_that_stands_out_has_the_figures_of_its_own_page(
    in_lumen: Workspace, still_clock: datetime
) -> None:
    account, now = make_account(), still_clock
    plant(noise(4, now=now), account)
    video = make_post(account, view_count=900_000, published_at=now - timedelta(days=9))
    service.find_recommendations()
    row = Recommendation.objects.get(kind="video")
    assert row.post == video
    assert row.figures == [one | {"label": ""} for one in as_data(post_figures(video))]
    shown = told_of(row)
    assert [one.label for one in shown.figures] == [one.label for one in post_figures(video)]
    assert "times as often as usual" in shown.words.found


def test_nothing_is_stored_in_a_language(planted_account: SocialAccount, client_for: Any) -> None:
    service.find_recommendations()
    stored = str(list(Recommendation.objects.values()))
    shown = [told_of(row) for row in Recommendation.objects.select_related("account", "post")]
    assert shown
    for one in shown:
        assert one.words.found not in stored
        assert one.words.reason not in stored
        assert all(figure.label and figure.label not in stored for figure in one.figures)


def test_it_ends_with_its_figures_and_may_come_again(planted_account: SocialAccount) -> None:
    service.find_recommendations()
    Post.objects.filter(title__contains="#food").update(view_count=10)
    service.find_recommendations()
    old = Recommendation.objects.get(kind="topic")
    assert old.state == State.EXPIRED
    assert old.ended_at is not None
    Post.objects.filter(title__contains="#food").update(view_count=9_000_000)
    service.find_recommendations()
    assert Recommendation.objects.filter(kind="topic", subject="#food").count() == 2


def test_what_was_dismissed_is_not_said_again(planted_account: SocialAccount, alice: User) -> None:
    service.find_recommendations()
    row = Recommendation.objects.get(kind="topic")
    service.dismiss(recommendation=row, actor=alice, why="known")
    assert service.find_recommendations() == 0
    row.refresh_from_db()
    assert (row.state, row.why, row.decided_by_label) == ("dismissed", "known", "Alice")
    assert AuditEntry.objects.filter(action="ai_agents.recommendation.dismissed").exists()


def test_what_was_put_off_comes_back_on_its_day(
    planted_account: SocialAccount, alice: User
) -> None:
    service.find_recommendations()
    row = Recommendation.objects.get(kind="topic")
    service.snooze(recommendation=row, actor=alice, days=7)
    service.find_recommendations()
    row.refresh_from_db()
    assert row.state == State.SNOOZED
    Recommendation.objects.filter(pk=row.pk).update(snoozed_until=timezone.now())
    service.find_recommendations()
    row.refresh_from_db()
    assert (row.state, row.snoozed_until) == ("open", None)


def test_the_effect_of_what_was_accepted_is_measured(
    planted_account: SocialAccount, alice: User
) -> None:
    service.find_recommendations()
    row = Recommendation.objects.get(kind="topic")
    service.accept(recommendation=row, actor=alice)
    service.find_recommendations()
    row.refresh_from_db()
    assert row.effect["state"] == "early"
    assert "Too early to say: 0 videos" in told_of(row).effect
    # As if it had been accepted when the views fell: the fall is what is measured.
    turn = timezone.now() - timedelta(days=49)
    Recommendation.objects.filter(pk=row.pk).update(accepted_at=turn)
    service.find_recommendations()
    row.refresh_from_db()
    since = MetricPoint.objects.filter(name="views", post__published_at__gt=turn)
    assert row.effect["n_after"] == since.values("post").distinct().count()
    assert row.effect["state"] == "clear"
    assert "that this caused it is not proven" in told_of(row).effect
    service.finish(recommendation=row, actor=alice)
    with pytest.raises(service.Over):
        service.snooze(recommendation=row, actor=alice, days=7)


@pytest.mark.parametrize("verb", ["accept", "dismiss", "snooze", "reopen"])
def test_what_is_over_takes_no_answer(
    planted_account: SocialAccount, alice: User, verb: str
) -> None:
    service.find_recommendations()
    row = Recommendation.objects.get(kind="topic")
    Recommendation.objects.filter(pk=row.pk).update(state="expired", ended_at=timezone.now())
    answers: dict[str, dict[str, Any]] = {"dismiss": {"why": "other"}, "snooze": {"days": 7}}
    with pytest.raises(service.Over):
        getattr(service, verb)(recommendation=row, actor=alice, **answers.get(verb, {}))


def test_a_disconnected_account_says_nothing_more(planted_account: SocialAccount) -> None:
    service.find_recommendations()
    SocialAccount.objects.update(status=SocialAccount.Status.DISCONNECTED)
    service.find_recommendations()
    assert not Recommendation.objects.current().exists()
    SocialAccount.objects.update(external_id="erased-x")
    service.find_recommendations()
    assert not Recommendation.objects.exists()


def test_the_beat_promises_one_look_a_day_in_each_workspace(
    lumen: Workspace, nova: Workspace, run_jobs: Callable[..., int]
) -> None:
    assert service.promise_recommendations() == 2
    assert service.promise_recommendations() == 0
    run_jobs()
    assert service.promise_recommendations() == 0
    Job.objects.filter(name=service.JOB).update(created_at=timezone.now() - timedelta(hours=24))
    assert service.promise_recommendations() == 2


def test_histories_are_read_in_as_many_queries_whatever_there_is(in_lumen: Workspace) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            histories(timezone.now())
        return len(captured)

    make_post(make_account(), view_count=1)
    few = queries()
    for _ in range(3):
        account = make_account()
        plant(noise(1, videos=25, now=timezone.now()), account)
        make_comment(account)
    assert queries() == few


def test_days_and_comments_are_those_of_the_owners_clock(in_lumen: Workspace, alice: User) -> None:
    User.objects.filter(pk=alice.pk).update(timezone="Pacific/Auckland")
    account = make_account()
    now = timezone.now()
    SocialAccount.objects.update(created_at=now - timedelta(days=40))
    noon = now.replace(hour=13, minute=0) - timedelta(days=3)  # 13 h UTC is the next day there
    make_comment(account, published_at=noon)
    make_comment(account, published_at=noon, is_own=True)
    make_comment(account, published_at=now - timedelta(days=80))  # before Aura listened
    CoverageGap.objects.create(account=account, cause="quota", began_at=noon)
    (history,) = histories(now)
    assert history.zone.key == "Pacific/Auckland"
    assert sum(history.comments.values()) == 1
    assert history.comments[noon.astimezone(history.zone).date()] == 1
    assert min(history.comments) == (now - timedelta(days=40)).astimezone(
        history.zone
    ).date() + timedelta(days=1)
    assert history.gaps[0].ended_at == now


def test_every_kind_has_words(in_lumen: Workspace) -> None:
    account = make_account()
    subjects = {
        Kind.HOUR: "18-21", Kind.WEEKDAY: "0", Kind.TOPIC: "x", Kind.RHYTHM: "more",
        Kind.VIEWS: "down", Kind.COMMENTS: "up", Kind.AUDIENCE: "down", Kind.VIDEO: "1",
        Kind.DAY: "2026-11-20",
    }  # fmt: skip
    figures = [
        {"ref": ref, "label": "", "value": "2", "unit": "count", "moment": ""} for ref in LABELS
    ]
    seen = set()
    for kind in Kind:
        row = Recommendation(
            account=account, kind=kind, subject=subjects.get(kind, ""), zone="UTC", n=9,
            chance=0.004, figures=figures,
        )  # fmt: skip
        shown = told_of(row)
        assert shown.words.title
        assert shown.words.advice
        assert "9" in shown.words.reason
        assert ("Between 2.0 and 2.0 times" in shown.words.reason) is (kind in GROUPS)
        seen.add(shown.words.found)
    assert len(seen) == len(Kind)


def test_what_the_engine_says_is_what_is_shown(planted_account: SocialAccount) -> None:
    service.find_recommendations()
    (history,) = histories(timezone.now())
    shown = {one.name for one in insights_of(history).found}
    assert names() == shown
