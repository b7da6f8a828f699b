"""Making, changing and deleting chatbots, and the keys that open them to programs."""

import hashlib
import secrets
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts import audit
from accounts.models import User
from ai_agents.models import Chatbot, ChatbotKey

PREFIX = "aura_bot_"  # so that a key that leaked is known for what it is


class ChatbotError(Exception):
    """It cannot be made; the sentence is for people."""


@transaction.atomic
def create_chatbot(*, fields: dict[str, Any], actor: User) -> Chatbot:
    """A new bot without key and documents. Raises ChatbotError when there are too many."""
    if Chatbot.objects.count() >= settings.CHATBOTS_MOST:
        raise ChatbotError(_("There are as many chatbots as a workspace can have. Delete one."))
    chatbot = Chatbot.objects.create(**fields)
    audit.record("ai_agents.chatbot.created", actor=actor, target=str(chatbot.code))
    return chatbot


@transaction.atomic
def change_chatbot(*, chatbot: Chatbot, fields: dict[str, Any], actor: User) -> None:
    """Save what is different; the log holds which fields that were, never the prompt."""
    changed = [name for name, value in fields.items() if getattr(chatbot, name) != value]
    if not changed:
        return
    for name in changed:
        setattr(chatbot, name, fields[name])
    chatbot.save(update_fields=changed)
    audit.record(
        "ai_agents.chatbot.changed",
        actor=actor,
        target=str(chatbot.code),
        data={"fields": changed},
    )


@transaction.atomic
def delete_chatbot(*, chatbot: Chatbot, actor: User) -> None:
    """Forget a bot with its key, documents and conversations. Its costs stay in the ledger."""
    audit.record("ai_agents.chatbot.deleted", actor=actor, target=str(chatbot.code))
    chatbot.delete()


@transaction.atomic
def make_key(*, chatbot: Chatbot, actor: User) -> str:
    """The bot's new key, which nobody can read again; the one before ends at this moment."""
    Chatbot.objects.select_for_update().get(pk=chatbot.pk)
    ended = _usable(chatbot).update(revoked_at=timezone.now())
    plain = PREFIX + secrets.token_urlsafe(32)
    ChatbotKey.objects.create(chatbot=chatbot, key_hash=_hash(plain), hint=plain[-4:])
    verb = "rotated" if ended else "created"
    audit.record(f"ai_agents.chatbot_key.{verb}", actor=actor, target=str(chatbot.code))
    return plain


@transaction.atomic
def revoke_key(*, chatbot: Chatbot, actor: User) -> bool:
    """End the bot's key for good; False when it has none."""
    ended = _usable(chatbot).update(revoked_at=timezone.now())
    if ended:
        audit.record("ai_agents.chatbot_key.revoked", actor=actor, target=str(chatbot.code))
    return bool(ended)


def find_key(*, plain: str) -> ChatbotKey | None:
    """The usable key with this text in the entered workspace, with its bot."""
    if not plain.startswith(PREFIX) or len(plain) > 200:
        return None
    usable = ChatbotKey.objects.filter(revoked_at=None).select_related("chatbot")
    return usable.filter(key_hash=_hash(plain)).first()


def _usable(chatbot: Chatbot) -> Any:
    return ChatbotKey.objects.filter(chatbot=chatbot, revoked_at=None)


def _hash(plain: str) -> str:
    """A key of 256 random bits needs no slow hash: there is nothing to guess."""
    return hashlib.sha256(plain.encode()).hexdigest()
