"""Connecting an account by OAuth, reconnecting it, and letting it go."""

import base64
import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_noop

from accounts import audit, gates, live, outbox, tenancy
from accounts.models import Grant, Role, User, Workspace
from integrations import tokens
from integrations.models import SocialAccount, SyncRun
from integrations.outcomes import Outcome
from integrations.platforms import PLATFORMS, platform
from integrations.platforms.base import Cap, ErrorKind, PlatformError, RemoteAccount, TokenSet
from integrations.routing.models import ConnectionRoute, OAuthState
from integrations.services import coverage, credentials, pushes, schedule
from integrations.services.ingest import ingest_account
from integrations.signals import account_disconnected

Status = SocialAccount.Status

STATES_KEPT = timedelta(days=1)  # long enough to tell "used" and "expired" from "unknown"
WITHHELD = gettext_noop(
    "A permission was not given. Connect the account again and leave every box ticked."
)
NOT_NOW = gettext_noop("Nothing was connected and nothing was changed. Try again in a few minutes.")
REVOKE_WITHIN = timedelta(days=1)  # then the token is dropped; it may have ended by itself


SUCCESSES = frozenset({Outcome.CONNECTED, Outcome.RECONNECTED, Outcome.SCOPE_MISSING})

_OUTCOME_OF = {
    ErrorKind.NOT_FOUND: Outcome.NO_ACCOUNT,
    ErrorKind.UNSUPPORTED: Outcome.SEVERAL_ACCOUNTS,
    ErrorKind.QUOTA_EXHAUSTED: Outcome.QUOTA,
    ErrorKind.RATE_LIMITED: Outcome.UNREACHABLE,
    ErrorKind.TRANSIENT: Outcome.UNREACHABLE,
    ErrorKind.DENIED: Outcome.NOT_CONFIGURED,
    ErrorKind.SCOPE_MISSING: Outcome.DENIED,
}


@dataclass(frozen=True, slots=True)
class Finished:
    """The end of a consent dance; no workspace when its state led to none of the person's."""

    outcome: Outcome
    workspace: Workspace | None = None


class NotConfigured(Exception):
    """The installation has no client id for the platform, or no key ring for its tokens."""


def is_configured(platform_kind: str) -> bool:
    """Whether this installation can ask for consent on the platform and keep what it gets."""
    return bool(PLATFORMS[platform_kind].is_registered and settings.TOKEN_KEYRING)


def start_connection(
    *, platform_kind: str, user: User, workspace: Workspace, account_code: UUID | None = None
) -> str:
    """Where to send the person to consent.

    The state in that address works once, for ten minutes, for this person, workspace and
    platform; only its hash is kept. `account_code` binds it to an account that is reconnected.
    Raises KeyError for a platform that Aura does not know, NotConfigured when the operator has
    not registered this installation there.
    """
    adapter = platform(platform_kind)
    if not is_configured(platform_kind):
        raise NotConfigured(platform_kind)
    state, verifier = secrets.token_urlsafe(32), secrets.token_urlsafe(64)
    state_hash = _hashed(state)
    now = timezone.now()
    with tenancy.public():
        OAuthState.objects.filter(expires_at__lt=now - STATES_KEPT).delete()
        OAuthState.objects.create(
            state_hash=state_hash,
            workspace=workspace,
            user=user,
            platform=platform_kind,
            verifier_enc=tokens.seal(verifier, row=state_hash, field="verifier"),
            account_code=account_code,
            expires_at=now + timedelta(seconds=settings.OAUTH_STATE_SECONDS),
        )
    # RFC 7636 §4.2, S256.
    digest = hashlib.sha256(verifier.encode()).digest()
    challenge = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
    return adapter.authorize_url(state, challenge, _redirect_uri(platform_kind))


def finish_connection(
    *, platform_kind: str, state: str, code: str, error: str, user: User
) -> Finished:
    """Turn the platform's answer into a connected account of the state's workspace.

    For the public host. Whatever happened, the state is spent and the person gets an Outcome
    with a way on. A failed reconnect leaves the stored tokens as they were.
    """
    with tenancy.public():
        row = (
            OAuthState.objects.select_related("workspace")
            .filter(state_hash=_hashed(state), platform=platform_kind)
            .first()
        )
        if row is None:
            return Finished(Outcome.UNKNOWN)
        is_first = OAuthState.objects.filter(pk=row.pk, used_at=None).update(used_at=timezone.now())
        if row.user_id != user.pk:
            # Neither the workspace nor its name is for this person's eyes.
            return Finished(Outcome.OTHER_PERSON)
        workspace = row.workspace
        membership = gates.membership_of(user.pk, workspace)
        if membership is None or not membership.may(Grant.CONNECT):
            return Finished(Outcome.NO_ACCESS, workspace if membership else None)
        if not is_first:
            return Finished(Outcome.USED, workspace)
        if row.expires_at <= timezone.now():
            return Finished(Outcome.EXPIRED, workspace)
        if error or not code:
            return Finished(Outcome.DENIED, workspace)
        try:
            verifier = tokens.unseal(row.verifier_enc, row=row.state_hash, field="verifier")
        except tokens.TokenError:  # the key ring was replaced in these ten minutes
            return Finished(Outcome.EXPIRED, workspace)
    owner_id = user.pk if membership.role == Role.CREATOR else None
    with tenancy.enter(workspace):
        try:
            outcome = _connect(row, code, verifier, user, owner_id)
        except PlatformError as problem:
            outcome = _OUTCOME_OF.get(problem.kind, Outcome.CODE_REFUSED)
        if outcome not in SUCCESSES:
            audit.record(
                "integrations.account.not-connected",
                actor=user,
                target=str(row.account_code or ""),
                data={"platform": platform_kind, "outcome": outcome.value},
            )
    return Finished(outcome, workspace)


def disconnect_account(*, account: SocialAccount, actor: User | None) -> None:
    """Stop listening: tokens wiped, route dropped; the grant is revoked by a job.

    The data stays for the days that settings give the platform, then a job deletes it; evidence
    stays for good. Announces account_disconnected as its last step. Does nothing to one that is
    disconnected.
    """
    deletes_at = timezone.now() + timedelta(days=keep_days(account.platform))
    with transaction.atomic():
        account = SocialAccount.objects.select_for_update(no_key=True).get(pk=account.pk)
        if account.is_import or account.status == Status.DISCONNECTED:
            return
        account.revoking_token_enc = _token_to_revoke(account)
        account.access_token_enc = account.refresh_token_enc = ""
        account.access_expires_at = account.refresh_expires_at = account.retry_at = None
        account.token_generation += 1
        account.status, account.status_reason = Status.DISCONNECTED, ""
        account.status_since = timezone.now()
        account.scopes_granted, account.scopes_missing = [], []
        account.delete_data_at = deletes_at
        account.save()
        coverage.end_gap(account=account)
        ConnectionRoute.objects.filter(
            workspace=tenancy.current_workspace(), account_code=account.code
        ).delete()
        pushes.promise_push(platform_kind=account.platform, external_id=account.external_id)
        waiting = SyncRun.objects.filter(
            account=account, state__in=[SyncRun.State.QUEUED, SyncRun.State.PAUSED]
        )
        waiting.update(state=SyncRun.State.CANCELLED, finished_at=timezone.now())
        if account.revoking_token_enc:
            outbox.enqueue(
                "integrations.revoke_grant", key=str(account.code), account=str(account.code)
            )
        audit.record(
            "integrations.account.disconnected",
            actor=actor,
            target=str(account.code),
            data={"delete_data_at": deletes_at.isoformat(timespec="seconds")},
        )
        live.poke("accounts")
        account_disconnected.send(sender=SocialAccount, account_id=account.pk)


def keep_days(platform_kind: str) -> int:
    """How many days a platform's data outlives its connection here."""
    days: dict[str, int] = settings.DISCONNECTED_KEEP_DAYS
    return days.get(platform_kind, days["other"])


def revoke_grant(*, account_code: str) -> None:
    """Tell the platform that the grant of a disconnected account is over, then forget the token.

    Best effort for a day. Not done while the account is connected again, here or in another
    workspace: a grant is one per person on the platform, and revoking would end those too.
    """
    account = SocialAccount.objects.filter(code=account_code).first()
    if account is None or not account.revoking_token_enc:
        return
    since = account.status_since or timezone.now()
    is_late = since < timezone.now() - REVOKE_WITHIN
    if not is_late and not _is_connected_anywhere(account):
        try:
            platform(account.platform).revoke(credentials.open_token(account, "revoking"))
        except PlatformError as error:
            if error.kind in {ErrorKind.TRANSIENT, ErrorKind.RATE_LIMITED}:
                raise outbox.Retry(str(error)) from None
    SocialAccount.objects.filter(pk=account.pk).update(revoking_token_enc="")


def _connect(
    row: OAuthState, code: str, verifier: str, user: User, owner_id: int | None
) -> Outcome:
    adapter = platform(row.platform)
    found = adapter.exchange(code, verifier, _redirect_uri(row.platform))
    remote = adapter.fetch_account(found.access)
    known = SocialAccount.objects.filter(platform=row.platform, external_id=remote.id)
    if row.account_code and not known.filter(code=row.account_code).exists():
        # Another account was chosen on the platform: nothing of it is kept, and the expected one
        # stays as it is. The grant is not revoked, because it may be in good use elsewhere.
        return Outcome.OTHER_ACCOUNT
    with transaction.atomic():
        account, is_new = known.get_or_create(
            defaults={
                "platform": row.platform,
                "external_id": remote.id,
                "owner_id": owner_id,
                "status_since": timezone.now(),
            }
        )
        # Its day may come at this very moment: then the row has lost its id, and is not ours.
        locked = known.select_for_update(no_key=True).filter(pk=account.pk).first()
        if locked is None:
            raise PlatformError(ErrorKind.TRANSIENT, NOT_NOW, detail="is being erased")
        account = locked
        missing = adapter.missing_scopes(found.scopes)
        if _would_lose(account, found.scopes):
            return Outcome.SCOPE_MISSING
        _store(account, found, remote)
        audit.record(
            "integrations.account.connected" if is_new else "integrations.account.reconnected",
            actor=user,
            target=str(account.code),
            data={"platform": row.platform, "missing": len(missing)},
        )
        live.poke("accounts")
    if missing:
        return Outcome.SCOPE_MISSING
    return Outcome.CONNECTED if is_new else Outcome.RECONNECTED


def _store(account: SocialAccount, found: TokenSet, remote: RemoteAccount) -> None:
    """Tokens, state, route and the first reading, in the caller's transaction."""
    now = timezone.now()
    if account.status == Status.DISCONNECTED:
        coverage.note_absence(account=account, reason=coverage.LET_GO)
    credentials.seal_tokens(account, found)
    account.scopes_granted = list(found.scopes)
    account.scopes_missing = list(platform(account.platform).missing_scopes(found.scopes))
    account.status = Status.SCOPE_MISSING if account.scopes_missing else Status.ACTIVE
    account.status_reason = WITHHELD if account.scopes_missing else ""
    account.status_since, account.retry_at = now, None
    account.revoking_token_enc, account.delete_data_at = "", None
    account.save()
    ingest_account(account=account, found=remote, observed_at=now)
    ConnectionRoute.objects.update_or_create(
        workspace=tenancy.current_workspace(),
        account_code=account.code,
        defaults={
            "platform": account.platform,
            "external_id": account.external_id,
            "next_sync_at": None
            if account.scopes_missing
            else schedule.next_sync_at(account.platform),
        },
    )
    pushes.promise_push(platform_kind=account.platform, external_id=account.external_id)
    if not account.scopes_missing:
        SyncRun.objects.unfinished().get_or_create(account=account)
        schedule.enqueue_sync(account_code=str(account.code))


def _would_lose(account: SocialAccount, scopes: Sequence[str]) -> bool:
    """Whether the new tokens allow less than the good ones that are stored."""
    is_good = account.has_tokens and account.status in {
        Status.ACTIVE,
        Status.QUOTA,
        Status.TRYING,
    }
    return is_good and bool(
        _allowed(account.platform, account.scopes_granted) - _allowed(account.platform, scopes)
    )


def _allowed(kind: str, scopes: Sequence[str]) -> set[Cap]:
    supports = platform(kind).capabilities_for(scopes)
    return {cap for cap, support in supports.items() if support.state == "yes"}


def _token_to_revoke(account: SocialAccount) -> str:
    names = ["refresh", "access"]
    if platform(account.platform).revoked_by == "access":
        names.reverse()
    try:
        token = next(filter(None, (credentials.open_token(account, name) for name in names)), "")
    except PlatformError:
        return ""  # it cannot be opened, so it cannot be revoked; wiping it is all that is left
    return tokens.seal(token, row=account.code, field="revoking") if token else ""


def _is_connected_anywhere(account: SocialAccount) -> bool:
    with tenancy.public():
        return ConnectionRoute.objects.filter(
            platform=account.platform, external_id=account.external_id
        ).exists()


def _redirect_uri(platform_kind: str) -> str:
    # Platforms allow no wildcard: one fixed address on the public host, from settings alone.
    path = reverse("oauth-callback", args=[platform_kind], urlconf=settings.PUBLIC_SCHEMA_URLCONF)
    return f"{settings.PUBLIC_BASE_URL}{path}"


def _hashed(state: str) -> str:
    return hashlib.sha256(state.encode("utf-8", "surrogatepass")).hexdigest()
