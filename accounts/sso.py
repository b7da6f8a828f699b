"""Hand-off of a sign-in from the public host to a workspace: signed, nonce-bound, single use."""

import hashlib
import secrets
from dataclasses import dataclass

from django.conf import settings
from django.core import signing
from django.core.cache import cache
from django.http import HttpRequest

from accounts import tenancy
from accounts.models import Membership, User, Workspace

_START = signing.TimestampSigner(salt="aura.sso.start")
_HANDOFF = signing.TimestampSigner(salt="aura.sso.handoff")
_FAREWELL = signing.TimestampSigner(salt="aura.sso.farewell")
NONCE_KEY = "sso_nonce"
START_SECONDS = 900  # a person may need to sign in first


class HandoffError(Exception):
    """The hand-off was refused; the message is for logs, people see one neutral sentence."""


@dataclass(frozen=True)
class Handoff:
    """What a consumed token said."""

    user: User
    next: str


def start(request: HttpRequest, workspace: Workspace, next_path: str) -> str:
    """On the workspace host: remember a nonce in the session; the request for the public host."""
    nonce = secrets.token_urlsafe(24)
    request.session[NONCE_KEY] = nonce
    return _START.sign_object(
        {"schema": workspace.schema_name, "nonce": _digest(nonce), "next": next_path}
    )


def requested(token: str) -> tuple[Workspace, dict[str, str]]:
    """On the public host: which workspace asks. Raises HandoffError."""
    try:
        asked = _START.unsign_object(token, max_age=START_SECONDS)
    except signing.BadSignature as error:
        raise HandoffError("bad or old request") from error
    workspace = Workspace.objects.filter(schema_name=asked["schema"], is_open=True).first()
    if workspace is None:
        raise HandoffError("unknown workspace")
    return workspace, asked


def issue(user: User, workspace: Workspace, asked: dict[str, str]) -> str:
    """On the public host: a token for a member. Raises HandoffError for anybody else."""
    if not Membership.objects.active().filter(user=user, workspace=workspace).exists():
        raise HandoffError("not a member")
    return _HANDOFF.sign_object({**asked, "user": user.pk, "jti": secrets.token_urlsafe(16)})


def consume(request: HttpRequest, workspace: Workspace, token: str) -> Handoff:
    """On the workspace host: check signature, age, host, nonce, single use; who signs in.

    Raises HandoffError. Without Redis it refuses too: single use could not be promised.
    """
    try:
        given = _HANDOFF.unsign_object(token, max_age=settings.SSO_TOKEN_SECONDS)
    except signing.BadSignature as error:
        raise HandoffError("bad or old token") from error
    nonce = request.session.pop(NONCE_KEY, "")
    if given["schema"] != workspace.schema_name:
        raise HandoffError("token of another workspace")
    if not nonce or not secrets.compare_digest(_digest(nonce), given["nonce"]):
        raise HandoffError("nonce of another browser")
    try:
        is_first = cache.add(f"sso:{given['jti']}", 1, timeout=settings.SSO_TOKEN_SECONDS * 2)
    except Exception as error:
        raise HandoffError("single use cannot be checked") from error
    if not is_first:
        raise HandoffError("token was used")
    with tenancy.public():
        membership = (
            Membership.objects.active()
            .select_related("user")
            .filter(user_id=given["user"], workspace=workspace)
            .first()
        )
    if membership is None:
        raise HandoffError("not a member")
    return Handoff(user=membership.user, next=given["next"])


def farewell(user: User) -> str:
    """On the workspace host: a token with which the public host ends the person's session too."""
    return _FAREWELL.sign_object({"user": user.pk})


def is_farewell(request: HttpRequest, token: str) -> bool:
    """On the public host: whether this browser's person asked on a workspace host to leave."""
    try:
        given = _FAREWELL.unsign_object(token, max_age=settings.SSO_TOKEN_SECONDS)
    except signing.BadSignature:
        return False
    return bool(given["user"] == request.user.pk)


def _digest(nonce: str) -> str:
    return hashlib.sha256(nonce.encode()).hexdigest()
