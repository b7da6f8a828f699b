"""The only door to Channels: group names, and pokes that go out when the change is committed."""

import logging

from asgiref.sync import async_to_sync
from channels.layers import get_channel_layer
from django.db import transaction

from accounts import tenancy
from accounts.models import LiveEvent

logger = logging.getLogger(__name__)

# What a page may listen to. The page re-fetches its fragment, so role and language are checked.
NAMES = frozenset(
    {
        "alerts",
        "danger",
        "inbox",
        "case",
        "claims",
        "accounts",
        "sync",
        "imports",
        "exports",
        "answers",
        "coach",
    }
)


def group_of(schema: str) -> str:
    """Channel group of everybody in one workspace. Always with the schema in it."""
    return f"t.{schema}.live"


def person_group_of(schema: str, user_id: int) -> str:
    """Channel group of one person's sockets in one workspace: their own words, and their end."""
    return f"t.{schema}.user.{user_id}"


def poke(name: str) -> None:
    """Tell every open page of the entered workspace that `name` changed.

    Writes the event in the caller's transaction (so a reconnecting page catches up) and sends
    it on commit. A dead Redis costs the push, never the change: pages also poll.
    """
    if name not in NAMES:
        raise ValueError(f"Unknown live name {name!r}.")
    workspace = tenancy.current_workspace()
    event = LiveEvent.objects.create(workspace=workspace, name=name)
    message = {"type": "live.poke", "seq": event.pk, "name": name}
    transaction.on_commit(lambda: _send(group_of(workspace.schema_name), message))


def end_sockets(schema: str, user_id: int) -> None:
    """On commit, close the person's sockets in that workspace: the membership changed."""
    transaction.on_commit(lambda: _send(person_group_of(schema, user_id), {"type": "live.revoked"}))


async def say(group: str, *, box: str, at: int, text: str) -> None:
    """Words of an answer that grows, to one person's open pages (`person_group_of`).

    `box` is the id of the element that shows them, `at` the place in it (UTF-16 units) where
    `text` stands; what stood after it goes. Unlike a poke it is not replayed: the row has it.
    """
    layer = get_channel_layer()
    if layer is None:
        return
    message = {"type": "live.words", "box": box, "at": at, "text": text}
    try:
        await layer.group_send(group, message)
    except OSError:
        logger.warning("words for %s were not sent; the page will look", group)
    except Exception:
        logger.exception("words for %s were not sent; the page will look", group)


def _send(group: str, message: dict[str, object]) -> None:
    layer = get_channel_layer()
    if layer is None:
        return
    try:
        async_to_sync(layer.group_send)(group, message)
    except OSError:
        logger.warning("push to %s was not sent; pages will poll", group)
    except Exception:
        logger.exception("push to %s was not sent; pages will poll", group)
