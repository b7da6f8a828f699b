"""The staff's pages: costs by workspace, model, agent and day, their file, and the providers."""

import csv
import io
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts import outbox, tenancy
from accounts.models import Job, User, Workspace
from ai_agents.catalogue.forms import CostFilterForm
from ai_agents.catalogue.models import AIModel, CostDay
from ai_agents.queries.costs import LINES, CostFilter, cost_page
from tests.ai_agents.conftest import make_price

COSTS = "/admin/catalogue/costday/"
PROVIDERS = "/admin/catalogue/aimodel/providers/"
TODAY = datetime.now(UTC).date()


@pytest.fixture
def staff(stranger: User, client_for: Callable[..., Client]) -> Client:
    User.objects.filter(pk=stranger.pk).update(is_staff=True, is_superuser=True)
    return client_for(User.objects.get(pk=stranger.pk))


@pytest.fixture
def spend(lumen: Workspace, nova: Workspace) -> Callable[..., CostDay]:
    def build(days_ago: int = 0, cost: str = "1", **fields: Any) -> CostDay:
        values = {
            "workspace": lumen, "provider": "gemini", "model": "g1", "agent": "content",
            "attempts": 2,
        }  # fmt: skip
        day = TODAY - timedelta(days=days_ago)
        return CostDay.objects.create(day=day, cost=Decimal(cost), **{**values, **fields})

    return build


def text_of(response: Any) -> str:
    return str(response.content.decode())


def last(days: int, **words: str) -> CostFilter:
    return CostFilter(TODAY - timedelta(days=days - 1), TODAY, **words)


def test_it_sums_by_everything(spend: Callable[..., CostDay], nova: Workspace) -> None:
    spend(0, "0.25")
    spend(0, "0.5", model="g2", provider="azure")
    spend(1, "0.125", agent="coach", attempts=6)
    spend(2, "1.000000000001", workspace=nova)
    spend(30, "2")
    spend(60, "9")
    page = cost_page(last(30))
    assert (page.total.cost, page.total.attempts) == (Decimal("1.875000000001"), 12)
    assert page.before.cost == Decimal(2)
    assert page.change == -6
    assert [(one.label, one.cost) for one in page.workspaces] == [
        ("Nova", Decimal("1.000000000001")), ("Lumen", Decimal("0.875")),
    ]  # fmt: skip
    assert [one.key for one in page.models] == ["g1", "g2"]
    assert [(one.key, one.attempts) for one in page.agents] == [("content", 6), ("coach", 6)]
    assert [one.percent for one in page.providers] == [73, 27]
    assert len(page.days) == 30
    assert page.days[-1] == (TODAY, Decimal("0.75"), 4)
    for lines in (page.workspaces, page.providers, page.models, page.agents):
        assert sum(one.cost for one in lines) == page.total.cost
    assert sum(cost for _, cost, _ in page.days) == page.total.cost


def test_a_filter_narrows_every_sum(spend: Callable[..., CostDay], nova: Workspace) -> None:
    spend(0, "1")
    spend(0, "2", workspace=nova, agent="coach")
    for words in ({"workspace": "nova"}, {"agent": "coach"}):
        page = cost_page(last(7, **words))
        assert page.total.cost == 2
        assert [one.key for one in page.workspaces] == ["nova"]
    assert cost_page(last(7, model="x")).total.cost == 0


def test_many_models_end_in_one_line(spend: Callable[..., CostDay]) -> None:
    for number in range(LINES + 5):
        spend(0, "1", model=f"m{number:03}")
    models = cost_page(last(1)).models
    assert len(models) == LINES + 1
    assert (models[-1].key, models[-1].cost, models[-1].attempts) == ("", Decimal(5), 10)


def test_the_page_asks_no_more_for_more_rows(spend: Callable[..., CostDay], staff: Client) -> None:
    def asked() -> int:
        staff.get(COSTS)
        with CaptureQueriesContext(connection) as queries:
            assert staff.get(COSTS).status_code == 200
        return len(queries)

    spend()
    few = asked()
    for number in range(40):
        spend(number % 20, "1", model=f"m{number}")
    assert asked() == few


def test_the_page_shows_sums_trend_and_filters(
    spend: Callable[..., CostDay], staff: Client
) -> None:
    spend(0, "0.25")
    spend(3, "1234.5")
    body = text_of(staff.get(COSTS))
    assert "1,234.7500" in body
    assert body.count("<rect") == 30
    assert "Show as a table" in body
    address = f"since={TODAY}&amp;until={TODAY}"
    body = text_of(staff.get(f"{COSTS}?since={TODAY}&until={TODAY}&agent=content"))
    assert f"export/?{address}&amp;agent=content" in body
    assert 'value="content" selected' in body
    assert "0.2500" in body
    assert "1,234" not in body


@pytest.mark.parametrize(
    "asked",
    [
        {"since": "2026-11-09", "until": "2026-11-01"},
        {"since": "2020-01-01"},
        {"since": "nonsense", "until": "0000-99-99"},
        {"until": "2026-11-01", "since": "2020-01-01"},
        {"workspace": "x" * 5000},
    ],
)
def test_what_cannot_be_asked_shows_the_last_days(
    asked: dict[str, str], staff: Client, spend: Callable[..., CostDay]
) -> None:
    spend(0, "0.25")
    assert "cannot be asked so" in text_of(staff.get(COSTS, asked))
    wanted = CostFilterForm(asked).chosen()
    assert (wanted.until, wanted.days) == (TODAY, 30)


@pytest.mark.parametrize(
    ("asked", "days"),
    [({}, 30), ({"until": "2026-01-31"}, 30), ({"since": "2999-01-01"}, 1)],
)
def test_missing_days_are_filled_in(asked: dict[str, str], days: int) -> None:
    wanted = CostFilterForm(asked).chosen()
    assert wanted.days == days


def test_the_file_holds_the_rows_and_no_formula(
    spend: Callable[..., CostDay], staff: Client, nova: Workspace
) -> None:
    spend(0, "0.000000000001")
    spend(0, "3", model='=HYPERLINK("http://evil.test")', workspace=nova)
    spend(40, "5")
    answer = staff.get(f"{COSTS}export/")
    raw = b"".join(answer.streaming_content).decode()  # type: ignore[attr-defined]
    assert answer["Content-Disposition"].startswith('attachment; filename="aura-ai-costs-')
    assert "no-store" in answer["Cache-Control"]
    rows = list(csv.reader(io.StringIO(raw.removeprefix("\ufeff"))))
    assert rows[0] == ["day", "workspace", "provider", "model", "agent", "calls", "cost_usd"]
    assert rows[1][1:] == ["lumen", "gemini", "g1", "content", "2", "0.000000000001"]
    assert rows[2][3] == '\'=HYPERLINK("http://evil.test")'
    assert len(rows) == 3
    only = staff.get(f"{COSTS}export/?workspace=nova")
    assert b"".join(only.streaming_content).count(b"\r\n") == 2  # type: ignore[attr-defined]


def test_hostile_names_stay_text(spend: Callable[..., CostDay], staff: Client) -> None:
    spend(0, "1", model="<script>alert(1)</script>")
    assert "<script>alert" not in text_of(staff.get(COSTS))


@pytest.mark.parametrize("path", [COSTS, f"{COSTS}export/", PROVIDERS])
def test_only_staff_with_the_right_get_in(
    path: str, alice: User, bob: User, lumen: Workspace, client_for: Callable[..., Client]
) -> None:
    assert client_for(alice).get(path).status_code == 302
    assert client_for(alice, lumen).get(path).status_code in {302, 404}
    User.objects.filter(pk=bob.pk).update(is_staff=True)
    client = client_for(User.objects.get(pk=bob.pk))
    assert client.get(path).status_code == 403
    rights = Permission.objects.filter(codename__in=["view_costday", "view_aimodel"])
    User.objects.get(pk=bob.pk).user_permissions.add(*rights)
    assert client_for(User.objects.get(pk=bob.pk)).get(path).status_code == 200
    if path == PROVIDERS:  # to look is not to spend
        assert client_for(User.objects.get(pk=bob.pk)).post(path).status_code == 403


def test_costs_are_only_to_look_at(staff: Client) -> None:
    assert staff.post(COSTS).status_code == 405
    assert staff.post(f"{COSTS}export/").status_code == 405


# --- the providers -------------------------------------------------------------------------------


def line(body: str, deployment: str) -> str:
    return body.split(f'<th scope="row">{deployment}')[1].split("</tr>")[0]


def test_the_environment_is_read_each_time(
    staff: Client, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.AI_PROVIDER_CHAIN = "openai:o1, azure:blue"
    with tenancy.public():
        make_price("openai", "o1")
    body = text_of(staff.get(PROVIDERS))
    assert "disabled" in line(body, "openai:o1")
    assert "OPENAI_API_KEY is not set." in line(body, "openai:o1")
    monkeypatch.setenv("OPENAI_API_KEY", "sk-secret-zorglub")
    monkeypatch.setenv("AZURE_OPENAI_API_KEY", "sk-other-zorglub")
    body = text_of(staff.get(PROVIDERS))
    assert "not asked yet" in line(body, "openai:o1")
    assert "misconfigured" in line(body, "azure:blue")
    assert "zorglub" not in body


def test_asking_is_a_job_and_its_answer_is_shown(
    staff: Client, chain: Callable[[str], Any], run_jobs: Callable[..., int]
) -> None:
    loopback = chain("openai:o1, gemini:g1")
    with tenancy.public():
        make_price("openai", "o1")
        make_price("gemini", "g1", retires_on=date(2026, 12, 1), successor="g2")
        AIModel.objects.create(provider="gemini", name="unpriced-one")
    loopback.script["g1"] = {"status": 503}
    for _ in range(2):
        assert staff.post(PROVIDERS).status_code == 302
    assert loopback.requests == []
    assert Job.objects.filter(name="ai_agents.check_providers").count() == 1
    assert outbox.registered("ai_agents.check_providers").queue == "llm"
    run_jobs()
    body = text_of(staff.get(PROVIDERS))
    assert "answers" in line(body, "openai:o1")
    assert "It answered 503." in line(body, "gemini:g1")
    assert "key-of-" not in body
    assert "unpriced-one" in body.split("without a price")[1]
    assert "then g2 is asked" in body.split("retire soon")[1]
