"""Small makers of rows; call them inside an entered workspace."""

import hashlib
import itertools
from datetime import datetime
from typing import Any

from django.utils import timezone

from integrations.models import Comment, Post, SocialAccount

_numbers = itertools.count(1)


def make_account(**fields: Any) -> SocialAccount:
    """A connected YouTube account without tokens."""
    number = next(_numbers)
    defaults = {
        "platform": "youtube",
        "external_id": f"UC{number:08d}",
        "handle": f"@channel{number}",
        "display_name": f"Channel {number}",
    }
    return SocialAccount.objects.create(**{**defaults, **fields})


def make_post(account: SocialAccount, **fields: Any) -> Post:
    """A video of an account."""
    number = next(_numbers)
    defaults = {
        "external_id": f"vid{number:08d}",
        "title": f"Video {number}",
        "published_at": timezone.now(),
    }
    return Post.objects.create(account=account, **{**defaults, **fields})


def make_comment(account: SocialAccount, text: str = "Lovely video", **fields: Any) -> Comment:
    """A public comment of a viewer."""
    number = next(_numbers)
    now: datetime = timezone.now()
    defaults = {
        "external_id": f"Ug{number:08d}",
        "author_external_id": f"UCauthor{number}",
        "author_handle": f"@viewer{number}",
        "author_name": f"Viewer {number}",
        "text": text,
        "text_hash": hashlib.sha256(text.encode()).hexdigest(),
        "published_at": now,
        "remote_state_at": now,
        "raw": {},
    }
    return Comment.objects.create(account=account, **{**defaults, **fields})
