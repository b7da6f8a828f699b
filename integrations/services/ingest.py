"""Writing what was heard: idempotent, in bulk, with every wording and state change kept."""

import json
import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone
from psycopg import sql

from integrations.models import Comment, CommentRevision, MetricPoint, Post, SocialAccount
from integrations.platforms.base import RemoteAccount, RemoteComment, RemotePost, Visibility
from integrations.services.texts import UNSTORABLE, hash_text, storable, storable_json
from integrations.services.twins import adopt_earlier
from integrations.signals import comments_ingested

LONGEST_ID = 200
MOST_LIKES = 2_147_483_647
_NUL = "\\u0000"  # how JSON spells it

_EDITED = ["text", "text_hash", "text_norm", "is_cut", "edited_at"]
_CHANGED = [*_EDITED, "visibility", "remote_state_at", "like_count"]


@dataclass(frozen=True, slots=True)
class Ingested:
    """What a batch did: rows that are new, rows whose wording changed, how many it brought.

    `met`: the platform's ids of those that were there before.
    """

    new_ids: list[int]
    edited_ids: list[int]
    seen: int
    met: frozenset[str] = frozenset()

    @property
    def known(self) -> int:
        """How many were there before."""
        return self.seen - len(self.new_ids)


@transaction.atomic
def ingest_comments(
    *,
    account: SocialAccount,
    items: Iterable[RemoteComment],
    observed_at: datetime,
    source: str = Comment.Source.API,
    post_urls: Mapping[str, str] | None = None,
) -> Ingested:
    """Write a batch of comments; true afterwards however often the same batch comes.

    A new id becomes a row. A known one keeps its row: another wording is kept as a
    CommentRevision, a visibility is taken only when `observed_at` (before the platform was
    asked) is later than the stored one. Nothing is ever deleted. One that a file or a person
    brought before becomes the platform's, see `adopt_earlier`. Posts that are not known yet get
    an empty row. Announces comments_ingested, at most settings.SCORE_BATCH ids a call, as
    its last step.
    """
    heard = {storable(item.id): item for item in items if 0 < len(item.id) <= LONGEST_ID}
    if not heard:
        return Ingested([], [], 0)
    posts = _posts_of(account, heard.values(), post_urls or {})
    known = {
        row.external_id: row
        # Locked in one order, so that two writers of the same account wait and do not deadlock.
        for row in Comment.objects.filter(account=account, external_id__in=heard)
        .defer("raw", "text_norm")
        .order_by("pk")
        .select_for_update(no_key=True)
    }
    if source == Comment.Source.API:
        told = {key: item for key, item in heard.items() if key not in known}
        known |= adopt_earlier(account=account, told=told, posts=posts)
    edited = _update_known(known, heard, observed_at)
    fresh = [
        _new_comment(
            account, external_id, item, posts.get(storable(item.post_id)), observed_at, source
        )
        for external_id, item in heard.items()
        if external_id not in known
    ]
    new_ids = _insert(fresh)
    _announce(new_ids, edited)
    return Ingested(new_ids, edited, len(heard), frozenset(known))


@transaction.atomic
def ingest_posts(
    *, account: SocialAccount, items: Sequence[RemotePost], observed_at: datetime
) -> int:
    """Upsert posts with their counters and a metric point each; how many were new."""
    heard = {storable(item.id): item for item in items if 0 < len(item.id) <= LONGEST_ID}
    if not heard:
        return 0
    titled = Post.objects.filter(account=account, external_id__in=heard)
    known = set(titled.exclude(published_at=None).values_list("external_id", flat=True))
    rows = Post.objects.bulk_create(
        [_post(account, item) for item in heard.values()],
        update_conflicts=True,
        unique_fields=["account", "external_id"],
        update_fields=[
            "title",
            "url",
            "thumbnail_url",
            "published_at",
            "view_count",
            "like_count",
            "comment_count",
            "has_comments_disabled",
            "seen_at",
        ],
    )
    _record_metrics(
        account,
        observed_at,
        (
            (row, name, value)
            for row, item in zip(rows, heard.values(), strict=True)
            for name, value in (
                ("views", row.view_count),
                ("likes", row.like_count),
                ("comments", row.comment_count),
                *((name[:24], value) for name, value in item.more.items()),
            )
        ),
    )
    return len(heard) - len(known)


@transaction.atomic
def ingest_account(*, account: SocialAccount, found: RemoteAccount, observed_at: datetime) -> None:
    """Take over the account's names, picture and counters, with a metric point each."""
    account.handle = storable(found.handle, 200)
    account.display_name = storable(found.name, 200)
    account.avatar_url = storable(found.avatar, 1000)
    account.url = storable(found.url, 1000)
    account.uploads_id = storable(found.uploads_id, 200)
    account.follower_count = found.followers
    account.alias_id = storable(found.alias, 200)
    account.save(
        update_fields=[
            "handle",
            "display_name",
            "avatar_url",
            "url",
            "uploads_id",
            "follower_count",
            "alias_id",
        ]
    )
    counters = (("followers", found.followers), ("posts", found.posts), ("views", found.views))
    _record_metrics(account, observed_at, ((None, name, value) for name, value in counters))


def _posts_of(
    account: SocialAccount, items: Iterable[RemoteComment], urls: Mapping[str, str]
) -> dict[str, int]:
    wanted = {storable(item.post_id) for item in items if 0 < len(item.post_id) <= LONGEST_ID}
    posts = Post.objects.filter(account=account, external_id__in=wanted)
    found = dict(posts.values_list("external_id", "pk"))
    missing = sorted(wanted - found.keys())
    if missing:
        Post.objects.bulk_create(
            [
                Post(account=account, external_id=post_id, url=urls.get(post_id, ""))
                for post_id in missing
            ],
            ignore_conflicts=True,
        )
        found.update(posts.filter(external_id__in=missing).values_list("external_id", "pk"))
    return found


def _update_known(
    known: Mapping[str, Comment], heard: Mapping[str, RemoteComment], observed_at: datetime
) -> list[int]:
    revisions: list[CommentRevision] = []
    changed: list[Comment] = []
    edited: list[int] = []
    for external_id, row in known.items():
        item = heard[external_id]
        is_newer = observed_at > row.remote_state_at
        is_changed = False
        if _is_edit(row, item, is_newer=is_newer):
            revisions.append(
                CommentRevision(
                    comment=row, text=row.text, text_hash=row.text_hash, seen_until=observed_at
                )
            )
            for name, value in _wording(item.text).items():
                setattr(row, name, value)
            row.edited_at = item.edited_at or observed_at
            edited.append(row.pk)
            is_changed = True
        visibility = item.visibility
        if is_newer and visibility not in {Visibility.UNKNOWN, row.visibility}:
            row.visibility, row.remote_state_at = visibility.value, observed_at
            is_changed = True
        likes = min(max(item.like_count, 0), MOST_LIKES)
        if is_newer and likes != row.like_count:
            row.like_count = likes
            is_changed = True
        if is_changed:
            changed.append(row)
    if revisions:
        CommentRevision.objects.bulk_create(revisions)
    if changed:
        Comment.objects.bulk_update(changed, _CHANGED)
    return edited


def _is_edit(row: Comment, item: RemoteComment, *, is_newer: bool) -> bool:
    if hash_text(item.text) == row.text_hash:
        return False
    if item.edited_at is None:
        return is_newer  # the platform does not date edits; the later look is the later wording
    return item.edited_at >= (row.edited_at or row.published_at)


def _new_comment(
    account: SocialAccount,
    external_id: str,
    item: RemoteComment,
    post_id: int | None,
    observed_at: datetime,
    source: str,
) -> dict[str, Any]:
    """A whole new row by column."""
    visibility = item.visibility
    if visibility is Visibility.UNKNOWN:
        # Listed beside a held thread without a word of its own: the careful guess is "held".
        visibility = Visibility.HELD
    return {
        "code": str(uuid.uuid4()),
        "account_id": account.pk,
        "post_id": post_id,
        "external_id": external_id,
        "parent_external_id": storable(item.parent_id or "", LONGEST_ID),
        "author_external_id": storable(item.author_id, LONGEST_ID),
        "author_handle": storable(item.author_handle, 200),
        "author_name": storable(item.author_name, 200),
        **_wording(item.text),
        "published_at": item.created_at.isoformat(),
        "edited_at": item.edited_at.isoformat() if item.edited_at else None,
        "like_count": min(max(item.like_count, 0), MOST_LIKES),
        "visibility": visibility.value,
        "remote_state_at": observed_at.isoformat(),
        "is_own": item.is_own,
        "permalink": storable(item.permalink, 1000),
        "source": str(source),
        "raw": item.raw,
        "first_seen_at": timezone.now().isoformat(),
    }


def _wording(text: str) -> dict[str, Any]:
    """A text with what goes along with it; its normalised form comes from the scoring job."""
    return {
        "text": storable(text, settings.COMMENT_MAX_CHARACTERS),
        "is_cut": len(text) > settings.COMMENT_MAX_CHARACTERS,
        "text_hash": hash_text(text),
        "text_norm": "",
    }


def _insert(rows: Sequence[Mapping[str, Any]]) -> list[int]:
    """Write new comments, given by column; keys of those that were not there, ascending.

    One JSON value carries the page, and the table itself says what its columns are: the model's
    own way prepares, quotes and sends every value alone, most of the work of a long reading.
    """
    if not rows:
        return []
    statement = sql.SQL(
        "INSERT INTO {table} ({columns}) "
        "SELECT {columns} FROM json_populate_recordset(NULL::{table}, %s::json) "
        "ON CONFLICT DO NOTHING RETURNING id"
    ).format(
        table=sql.Identifier(Comment._meta.db_table),
        columns=sql.SQL(", ").join(sql.Identifier(name) for name in rows[0]),
    )
    text = json.dumps(rows, ensure_ascii=False)
    if _NUL in text or UNSTORABLE.search(text):
        text = json.dumps(storable_json(rows), ensure_ascii=False)
    with connection.cursor() as cursor:
        cursor.execute(statement, [text])
        return sorted(row[0] for row in cursor.fetchall())


def _announce(new_ids: list[int], edited: list[int]) -> None:
    is_edited = set(edited)
    ids = [*new_ids, *edited]
    for start in range(0, len(ids), settings.SCORE_BATCH):
        chunk = ids[start : start + settings.SCORE_BATCH]
        comments_ingested.send(
            sender=Comment,
            comment_ids=chunk,
            edited_ids=[pk for pk in chunk if pk in is_edited],
        )


def _post(account: SocialAccount, item: RemotePost) -> Post:
    return Post(
        account=account,
        external_id=storable(item.id),
        title=storable(item.title, 500),
        url=storable(item.url, 1000),
        thumbnail_url=storable(item.thumbnail, 1000),
        published_at=item.created_at,
        view_count=item.views,
        like_count=item.likes,
        comment_count=item.comments,
        has_comments_disabled=not item.comments_enabled,
    )


def _record_metrics(
    account: SocialAccount,
    observed_at: datetime,
    values: Iterable[tuple[Post | None, str, int | None]],
) -> None:
    hour = observed_at.replace(minute=0, second=0, microsecond=0)
    points = [
        MetricPoint(account=account, post=post, name=name, value=value, at=hour)
        for post, name, value in values
        if value is not None
    ]
    if points:
        MetricPoint.objects.bulk_create(
            points,
            update_conflicts=True,
            unique_fields=["account", "post", "name", "at"],
            update_fields=["value"],
        )
