"""Every URL of a workspace by every role: who gets in, who is refused, who learns nothing."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.db import transaction
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from accounts import tenancy
from accounts.models import Invitation, Membership, User, Workspace
from ai_agents.models import (
    Chatbot,
    ChatbotConversation,
    ChatbotDocument,
    ChatbotTurn,
    CoachTip,
    Conversation,
    Message,
    Question,
    Recommendation,
    Reservation,
)
from harassment.models import (
    Case,
    ExportedEvidence,
    Incident,
    ReadRequest,
    Recalibration,
    Report,
    RightsRequest,
    Rule,
    RuleHit,
    RuleVersion,
    Shield,
    TriageBatch,
)
from harassment.services.evidence import Capture, seal
from integrations.models import CaptureToken, ImportRun, ModerationAction, SyncRun
from tests.factories import make_account, make_comment, make_post

pytestmark = pytest.mark.django_db

# URL name: (method, grant). A name that is missing here fails the test below.
TABLE: dict[str, tuple[str, str]] = {
    "home": ("GET", "read"),
    "accounts:member-list": ("GET", "read"),
    "accounts:member-invite": ("POST", "manage"),
    "accounts:member-role": ("POST", "own"),
    "accounts:member-remove": ("POST", "own"),
    "accounts:invitation-withdraw": ("POST", "connect"),
    "accounts:helper-list": ("GET", "connect"),
    "accounts:helper-invite": ("POST", "connect"),
    "accounts:helper-end": ("POST", "connect"),
    "accounts:profile": ("GET", "read"),
    "accounts:appearance": ("POST", "read"),
    "accounts:audit-list": ("GET", "manage"),
    "integrations:account-list": ("GET", "read"),
    "integrations:account-connect": ("POST", "connect"),
    "integrations:account-detail": ("GET", "read"),
    "integrations:account-sync": ("POST", "connect"),
    "integrations:account-resync": ("POST", "connect"),
    "integrations:account-disconnect": ("POST", "connect"),
    "integrations:run-cancel": ("POST", "connect"),
    "integrations:import-list": ("GET", "read"),
    "integrations:import-create": ("GET", "moderate"),
    "integrations:import-detail": ("GET", "read"),
    "integrations:import-choose": ("POST", "moderate"),
    "integrations:import-cancel": ("POST", "moderate"),
    "integrations:capture-list": ("GET", "moderate"),
    "integrations:capture-create": ("POST", "moderate"),
    "integrations:capture-revoke": ("POST", "moderate"),
    "integrations:capture-extension": ("GET", "moderate"),
    "ai_agents:usage": ("GET", "read"),
    "ai_agents:assistant": ("GET", "read"),
    "ai_agents:ask": ("POST", "moderate"),
    "ai_agents:recommendation-list": ("GET", "read"),
    "ai_agents:recommendation-decide": ("POST", "moderate"),
    "ai_agents:recommendation-phrase": ("POST", "moderate"),
    "ai_agents:answer-detail": ("GET", "read"),
    "ai_agents:answer-cancel": ("POST", "read"),
    "ai_agents:answer-delete": ("POST", "read"),
    "ai_agents:chat": ("GET", "read"),
    "ai_agents:chat-begin": ("POST", "moderate"),
    "ai_agents:chat-detail": ("GET", "read"),
    "ai_agents:chat-send": ("POST", "read"),
    "ai_agents:chat-delete": ("POST", "read"),
    "ai_agents:chat-export": ("GET", "read"),
    "ai_agents:message-detail": ("GET", "read"),
    "ai_agents:message-stop": ("POST", "read"),
    "ai_agents:coach": ("GET", "read"),
    "ai_agents:coach-switch": ("POST", "moderate"),
    "ai_agents:tip-dismiss": ("POST", "moderate"),
    "harassment:live": ("GET", "read"),
    "harassment:live-part": ("GET", "read"),
    "ai_agents:chatbot-list": ("GET", "manage"),
    "ai_agents:chatbot-create": ("GET", "manage"),
    "ai_agents:chatbot-detail": ("GET", "manage"),
    "ai_agents:chatbot-edit": ("GET", "manage"),
    "ai_agents:chatbot-delete": ("GET", "manage"),
    "ai_agents:chatbot-key": ("POST", "manage"),
    "ai_agents:chatbot-revoke": ("POST", "manage"),
    "ai_agents:chatbot-document": ("POST", "manage"),
    "ai_agents:document-detail": ("GET", "manage"),
    "ai_agents:document-delete": ("POST", "manage"),
    "ai_agents:chatbot-try": ("POST", "manage"),
    "ai_agents:chatbot-talks": ("GET", "manage"),
    "ai_agents:talk-detail": ("GET", "manage"),
    "ai_agents:talk-delete": ("POST", "manage"),
    "ai_agents:turn-detail": ("GET", "manage"),
    "ai_agents:turn-reveal": ("POST", "manage"),
    "harassment:inbox": ("GET", "read"),
    "harassment:wellbeing": ("GET", "read"),
    "harassment:comment-ask": ("GET", "read"),
    "harassment:reading-list": ("GET", "read"),
    "harassment:reading-answer": ("GET", "triage"),
    "harassment:reading-withdraw": ("POST", "read"),
    "harassment:safety": ("GET", "read"),
    "harassment:safety-part": ("GET", "read"),
    "harassment:inbox-new": ("GET", "read"),
    "harassment:inbox-backlog": ("GET", "read"),
    "harassment:inbox-triage": ("POST", "triage"),
    "harassment:view-save": ("POST", "read"),
    "harassment:view-start": ("POST", "read"),
    "harassment:view-remove": ("POST", "read"),
    "harassment:batch-detail": ("GET", "read"),
    "harassment:batch-undo": ("POST", "triage"),
    "harassment:comment-claim": ("POST", "triage"),
    "harassment:comment-others": ("GET", "read"),
    "harassment:comment-detail": ("GET", "read"),
    "harassment:comment-standing": ("GET", "read"),
    "harassment:comment-reveal": ("POST", "triage"),
    "harassment:comment-reason": ("GET", "read"),
    "harassment:comment-explain": ("POST", "read"),
    "harassment:comment-reason-reveal": ("POST", "triage"),
    "harassment:comment-hide": ("POST", "hide"),
    "harassment:comment-publish": ("POST", "moderate"),
    "harassment:comment-remove": ("POST", "moderate"),
    "harassment:comment-ban": ("POST", "moderate"),
    "harassment:comment-time-out": ("POST", "moderate"),
    "harassment:comment-reply": ("POST", "moderate"),
    "harassment:comment-dismiss": ("POST", "triage"),
    "harassment:comment-resolve": ("POST", "triage"),
    "harassment:comment-reopen": ("POST", "triage"),
    "harassment:action-undo": ("POST", "hide"),
    "harassment:case-list": ("GET", "read"),
    "harassment:case-detail": ("GET", "read"),
    "harassment:case-new": ("GET", "moderate"),
    "harassment:case-settings": ("GET", "manage"),
    "harassment:comment-case": ("GET", "moderate"),
    "harassment:case-severity": ("GET", "moderate"),
    "harassment:case-wait": ("GET", "moderate"),
    "harassment:case-resume": ("POST", "moderate"),
    "harassment:case-related": ("GET", "read"),
    "harassment:case-merge": ("GET", "moderate"),
    "harassment:case-unmerge": ("POST", "moderate"),
    "harassment:case-split": ("GET", "moderate"),
    "harassment:case-link": ("GET", "moderate"),
    "harassment:case-unlink": ("POST", "moderate"),
    "harassment:case-escalate": ("GET", "moderate"),
    "harassment:case-answer": ("GET", "manage"),  # and the safety lead, tested by name
    "harassment:case-author": ("GET", "read"),
    "harassment:case-author-keep": ("GET", "manage"),  # the same
    "harassment:case-author-forget": ("POST", "manage"),  # the same
    "harassment:case-trajectory": ("GET", "read"),
    "harassment:case-themes": ("GET", "read"),
    "harassment:case-pace": ("GET", "read"),
    "harassment:case-evidence": ("GET", "read"),
    "harassment:case-timeline": ("GET", "read"),
    "harassment:case-note": ("POST", "moderate"),
    "harassment:case-assign": ("POST", "moderate"),
    "harassment:case-hide": ("POST", "moderate"),
    "harassment:case-resolve": ("POST", "moderate"),
    "harassment:case-dismiss": ("POST", "moderate"),
    "harassment:case-reopen": ("POST", "moderate"),
    "harassment:case-exports": ("GET", "read"),
    "harassment:case-export": ("POST", "moderate"),
    "harassment:export-download": ("GET", "moderate"),
    "harassment:export-cancel": ("POST", "moderate"),
    "harassment:dogpile-list": ("GET", "read"),
    "harassment:report-list": ("GET", "read"),
    "harassment:report-detail": ("GET", "read"),
    "harassment:report-save": ("POST", "moderate"),
    "harassment:report-reopen": ("POST", "moderate"),
    "harassment:report-send": ("POST", "moderate"),
    "harassment:report-answer": ("POST", "moderate"),
    "harassment:report-withdraw": ("POST", "moderate"),
    "harassment:report-document": ("GET", "moderate"),
    "harassment:case-reports": ("GET", "read"),
    "harassment:case-report": ("POST", "moderate"),
    "harassment:case-help": ("GET", "read"),
    "harassment:evidence-erase": ("GET", "rights"),
    "harassment:case-exhibit": ("GET", "read"),
    "harassment:case-seen-before": ("GET", "read"),
    "harassment:case-country": ("POST", "moderate"),
    "harassment:comment-context": ("GET", "read"),
    "harassment:request-list": ("GET", "rights"),
    "harassment:request-detail": ("GET", "rights"),
    "harassment:request-look": ("POST", "rights"),
    "harassment:request-confirm": ("POST", "rights"),
    "harassment:request-extend": ("POST", "rights"),
    "harassment:request-answer": ("POST", "rights"),
    "harassment:request-forget": ("POST", "rights"),
    "harassment:shield-list": ("GET", "read"),
    "harassment:shield-banner": ("GET", "read"),
    "harassment:shield-raise": ("POST", "moderate"),
    "harassment:shield-extend": ("POST", "moderate"),
    "harassment:shield-stop": ("POST", "moderate"),
    "harassment:shield-detail": ("GET", "read"),
    "harassment:comment-release": ("POST", "moderate"),
    "harassment:comment-unlabel": ("POST", "moderate"),
    "harassment:rule-list": ("GET", "read"),
    "harassment:rule-create": ("GET", "moderate"),
    "harassment:rule-thresholds": ("GET", "moderate"),
    "harassment:rule-detail": ("GET", "read"),
    "harassment:rule-edit": ("GET", "moderate"),
    "harassment:rule-log": ("GET", "read"),
    "harassment:rule-preview": ("GET", "read"),
    "harassment:rule-diff": ("GET", "read"),
    "harassment:rule-live": ("GET", "manage"),
    "harassment:rule-shadow": ("POST", "moderate"),
    "harassment:rule-off": ("POST", "moderate"),
    "harassment:rule-revert": ("POST", "moderate"),
    "harassment:hit-undo": ("POST", "moderate"),
    "harassment:lexicon-list": ("GET", "read"),
    "harassment:lexicon-open": ("POST", "moderate"),
    "harassment:lexicon-change": ("POST", "moderate"),
    "harassment:lexicon-import": ("POST", "moderate"),
    "harassment:lexicon-revert": ("POST", "moderate"),
    "harassment:lexicon-export": ("GET", "moderate"),
    "harassment:alert-list": ("GET", "read"),
    "harassment:alert-seen": ("POST", "moderate"),
    "harassment:accuracy": ("GET", "read"),
    "harassment:recalibration-learn": ("POST", "manage"),
    "harassment:recalibration-reset": ("POST", "manage"),
    "harassment:recalibration-restore": ("POST", "manage"),
}
# These serve their form by GET, for browsers without scripts, and take it by POST.
FORM_PAGES = {
    "accounts:profile",
    "ai_agents:chatbot-create",
    "ai_agents:chatbot-delete",
    "ai_agents:chatbot-edit",
    "ai_agents:usage",
    "integrations:import-create",
    "harassment:case-answer",
    "harassment:case-assign",
    "harassment:case-author-keep",
    "harassment:case-dismiss",
    "harassment:case-escalate",
    "harassment:case-link",
    "harassment:case-merge",
    "harassment:case-new",
    "harassment:case-settings",
    "harassment:case-severity",
    "harassment:case-split",
    "harassment:case-wait",
    "harassment:comment-ask",
    "harassment:comment-case",
    "harassment:comment-reply",
    "harassment:reading-answer",
    "harassment:wellbeing",
    "harassment:view-save",
    "harassment:evidence-erase",
    "harassment:rule-create",
    "harassment:rule-edit",
    "harassment:rule-live",
    "harassment:rule-thresholds",
}
# One's own: no other member of the workspace learns of it, whatever their role. Bob's, in `things`.
OWN = {
    "ai_agents:answer-detail",
    "ai_agents:answer-cancel",
    "ai_agents:answer-delete",
    "ai_agents:chat-detail",
    "ai_agents:chat-send",
    "ai_agents:chat-delete",
    "ai_agents:chat-export",
    "ai_agents:message-detail",
    "ai_agents:message-stop",
}
# Doors without a membership; each is tested by name elsewhere.
OPEN = {
    "bot-message",
    "bot-page",
    "bot-turn",
    "capture-receive",
    "chatbot-answer",
    "chatbot-chat",
    "rights-desk",
    "rights-status",
    "rights-prove",
    "rights-copy",
    "sso-start",
    "sso-consume",
    "accounts:sign-out",
    "health",
}
ROLES = {  # who in lumen: the grants of the role
    "vera": {"read"},
    "bob": {"read", "triage", "hide", "moderate"},
    "nina": {"read", "triage", "hide", "moderate", "rights", "connect", "manage"},
    "alice": {"read", "triage", "hide", "moderate", "rights", "connect", "manage", "own"},
}


def _names(patterns: list[Any], prefix: str = "") -> Iterator[str]:
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            if pattern.app_name == "admin":
                continue
            space = f"{prefix}{pattern.namespace}:" if pattern.namespace else prefix
            yield from _names(pattern.url_patterns, space)
        elif isinstance(pattern, URLPattern):
            yield f"{prefix}{pattern.name}"


def test_every_url_is_in_the_table() -> None:
    names = set(_names(get_resolver("creator_ai.urls_workspace").url_patterns))
    assert names == set(TABLE) | OPEN


@pytest.fixture
def things(lumen: Workspace, bob: User) -> dict[str, Any]:
    """One of everything in lumen, by what its URL needs."""
    with tenancy.enter(lumen):
        account = make_account()
        comment = make_comment(account, post=make_post(account))
        case = Case.objects.create(
            number=1, account=account, author_external_id="UCx", severity=3,
            last_incident_at=comment.published_at,
        )  # fmt: skip
        Incident.objects.create(case=case, comment=comment, severity=3)
        action = ModerationAction.objects.create(
            comment=comment, verb="hide", state="confirmed", visibility_before="public",
            actor_id=bob.pk, actor_label="Bob",
        )  # fmt: skip
        learned = Recalibration.objects.create(
            run=comment.code, language="en", model_version="x", harmful=30, harmless=30,
            state="active",
        )  # fmt: skip
        export = ExportedEvidence.objects.create(
            case=case, recipient="x", language="en", actor_id=bob.pk, actor_label="Bob",
            state="done", expires_at="2099-01-01T00:00:00Z",
        )  # fmt: skip
        export.file.save("x.zip", ContentFile(b"x"))
        sealed = seal(captures=[Capture(comment, case, "incident")])[0]
        report = Report.objects.create(case=case, kind="notice", language="en", state="approved")
        report.file.save("x.pdf", ContentFile(b"x"))
        version = RuleVersion.objects.create(
            rule=Rule.objects.create(name="x"), number=1, actions=[{"do": "mark"}],
            conditions={"match": "all", "of": [{"what": "score", "op": "least", "value": 0.9}]},
        )  # fmt: skip
        Rule.objects.update(current=version)
        talk = Conversation.objects.create(
            user_id=bob.pk, title="x", last_message_at=comment.published_at
        )
        chatbot = Chatbot.objects.create(name="x")
        visited = ChatbotConversation.objects.create(
            chatbot=chatbot, channel="api", last_message_at="2099-01-01T00:00:00Z"
        )
        found = {
            "chatbot": chatbot.code,
            "document": ChatbotDocument.objects.create(
                chatbot=chatbot, filename="a.txt", kind="text", size=1, digest="x", state="ready"
            ).code,
            "talk": visited.code,
            "turn": ChatbotTurn.objects.create(
                conversation=visited,
                message="x",
                state="done",
                reservation=Reservation.objects.create(
                    agent="chatbot", expires_at="2099-01-01T00:00:00Z"
                ),
            ).code,
            "account": account.code,
            "coach": account.code,
            "tip": CoachTip.objects.create(
                account=account,
                kind="silence",
                metric_ref="quiet_minutes",
                figures={"quiet_minutes": 5},
                made_at=comment.published_at,
                expires_at="2099-01-01T00:00:00Z",
            ).code,
            "rule": version.rule.code,
            "hit": RuleHit.objects.create(version=version, comment=comment, is_shadow=False).code,
            "run": SyncRun.objects.create(account=account).code,
            "capture": CaptureToken.objects.create(
                user_id=bob.pk, name="laptop", token_hash="x"
            ).code,
            "import": ImportRun.objects.create(platform="youtube", filename="a.csv").code,
            "comment": comment.code,
            "case": case.code,
            "action": action.code,
            "recalibration": learned.code,
            "export": export.code,
            "batch": TriageBatch.objects.create(
                verb="resolve", actor_id=bob.pk, actor_label="Bob"
            ).code,
            "chat": talk.code,
            "message": Message.objects.create(
                conversation=talk, role="assistant", state="pending", language="en", agent="content"
            ).code,
            "answer": Question.objects.create(
                user_id=bob.pk,
                agent="content",
                language="en",
                reservation=Reservation.objects.create(
                    user_id=bob.pk, agent="content", expires_at="2099-01-01T00:00:00Z"
                ),
            ).code,
            "recommendation": Recommendation.objects.create(
                account=account,
                kind="gap",
                zone="UTC",
                n=1,
                chance=0,
                figures=[
                    {"ref": ref, "label": "", "value": "1", "unit": "count", "moment": ""}
                    for ref in ("gap.hours", "gap.open")
                ],
                held_at=comment.published_at,
            ).code,
            "reading": ReadRequest.objects.create(
                comment=comment,
                asked_by_id=bob.pk,
                asked_by_label="Bob",
                asked_of_id=bob.pk,
                asked_of_label="Bob",
            ).code,
            "report": report.code,
            "evidence": sealed.code,
            "request": RightsRequest.objects.create(
                number=1,
                kind="access",
                platform="youtube",
                handle="@x",
                language="en",
                token_hash="x",
                proof_code="x",
                due_at="2099-01-01T00:00:00Z",
            ).code,
            "shield": Shield.objects.create(
                account=account,
                origin="page",
                started_at=comment.published_at,
                ends_at="2099-01-01T00:00:00Z",
                raised_by_id=bob.pk,
                raised_by_label="Bob",
            ).code,
        }
    invitation = Invitation.objects.create(
        workspace=lumen, email="x@example.test", role="analyst", token_hash="x",
        expires_at="2099-01-01T00:00:00Z",
    )  # fmt: skip
    found["member"] = Membership.objects.get(user=bob).code
    friend = User.objects.create_user("friend@example.test")
    found["helper"] = Membership.objects.create(
        user=friend, workspace=lumen, role="helper", help_scope="read",
        expires_at="2099-01-01T00:00:00Z",
    ).code  # fmt: skip
    found["invitation"] = invitation.code
    return found


def _url(name: str, things: dict[str, Any]) -> str:
    kind = name.partition(":")[2].partition("-")[0]
    if name == "integrations:account-connect":
        kwargs: dict[str, Any] = {"platform": "youtube"}
    elif name in {
        "integrations:account-list",
        "harassment:alert-seen",
        "harassment:inbox-new",
        "harassment:reading-list",
    }:
        kwargs = {}
    elif name == "harassment:safety-part":
        kwargs = {"part": "trend"}
    elif name == "harassment:live-part":
        kwargs = {"part": "chat"}
    elif name == "harassment:case-seen-before":
        kwargs = {"code": things["case"], "comment": things["comment"]}
    else:
        kwargs = {"code": things[kind]} if kind in things else {}
    for given in (kwargs, {}):
        try:
            return reverse(name, urlconf="creator_ai.urls_workspace", kwargs=given)
        except Exception:  # noqa: S112  (a list page of a kind that also has pages per code)
            continue
    raise AssertionError(name)


def _ask(client: Client, name: str, things: dict[str, Any]) -> Any:
    method, _ = TABLE[name]
    return client.get(_url(name, things)) if method == "GET" else client.post(_url(name, things))


@pytest.mark.parametrize("name", sorted(TABLE))
def test_the_right_roles_get_in(
    name: str, things: dict[str, Any], lumen: Workspace, client_for: Callable[..., Client],
    request: pytest.FixtureRequest,
) -> None:  # fmt: skip
    method, grant = TABLE[name]
    for person, grants in ROLES.items():
        user = request.getfixturevalue(person)
        before = transaction.savepoint()
        answer = _ask(client_for(user, lumen), name, things)
        transaction.savepoint_rollback(before)
        if name in OWN and person != "bob":
            assert answer.status_code == 404, (person, answer.status_code)
        elif grant in grants:
            assert answer.status_code in {200, 204, 302, 400, 409, 422}, (
                person,
                answer.status_code,
            )
        else:
            assert answer.status_code == 403, (person, answer.status_code)
    owner = client_for(request.getfixturevalue("alice"), lumen)
    if method == "POST" and name not in FORM_PAGES:
        assert owner.get(_url(name, things)).status_code == 405
    if method == "GET" and name not in FORM_PAGES:
        assert owner.post(_url(name, things)).status_code == 405


@pytest.mark.parametrize("name", sorted(TABLE))
def test_others_learn_nothing(
    name: str, things: dict[str, Any], lumen: Workspace, nova: Workspace, stranger: User,
    charlie: User, nina: User, client_for: Callable[..., Client],
) -> None:  # fmt: skip
    anonymous = _ask(client_for(None, lumen), name, things)
    assert anonymous.status_code == 302
    assert anonymous["Location"].startswith("/sso/start/")
    for outsider in (stranger, charlie):
        assert _ask(client_for(outsider, lumen), name, things).status_code == 404
    # A member of both, on nova's host, with lumen's codes.
    if any(str(code) in _url(name, things) for code in things.values()):
        weak = TABLE[name][1] not in ROLES["nina"]
        answer = _ask(client_for(nina, nova), name, things)
        assert answer.status_code == (403 if weak else 404)


def test_the_workspace_admin_is_for_owners(
    lumen: Workspace, nova: Workspace, alice: User, nina: User, charlie: User,
    client_for: Callable[..., Client], things: dict[str, Any],
) -> None:  # fmt: skip
    owner = client_for(alice, lumen)
    assert owner.get("/admin/").status_code == 200
    for path in ("integrations/comment", "integrations/socialaccount", "harassment/case"):
        assert owner.get(f"/admin/{path}/").status_code == 200
        assert owner.get(f"/admin/{path}/add/").status_code == 403
    for other in (client_for(nina, lumen), client_for(charlie, lumen), client_for(alice, nova)):
        assert other.get("/admin/").status_code == 302


def test_the_staff_admin_is_for_staff(
    alice: User, stranger: User, lumen: Workspace, client_for: Callable[..., Client]
) -> None:
    assert client_for(alice).get("/admin/").status_code == 302
    User.objects.filter(pk=stranger.pk).update(is_staff=True, is_superuser=True)
    staff = client_for(User.objects.get(pk=stranger.pk))
    assert staff.get("/admin/").status_code == 200
    for path in ("user", "workspace", "membership", "job", "auditentry", "domain"):
        assert staff.get(f"/admin/accounts/{path}/").status_code == 200
    # The same person has no door into a workspace.
    assert client_for(User.objects.get(pk=stranger.pk), lumen).get("/admin/").status_code == 302
