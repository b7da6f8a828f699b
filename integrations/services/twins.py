"""One comment, one row: what a file or a person brought, and what the platform itself tells.

Two are the same by the platform's own id, where wording or author agrees as well, or by the same
author writing the same words under one post at one second. A doubt keeps them apart: nobody may
be held responsible for what another person wrote.
"""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from urllib.parse import parse_qs, urlsplit

from django.db.models import Q

from integrations.models import Capture, Comment, CommentOrigin, Post, SocialAccount
from integrations.platforms.base import RemoteComment
from integrations.services.texts import hash_text, storable, storable_json

Print = tuple[str, datetime, str]

CLOCKS = timedelta(minutes=10)  # that a browser's clock may be behind
SHORTEST_ID = 5  # characters of a post's id that can be looked for in an address
# Ids that Aura made for what had none: from a CSV, an export, a capture.
_MADE = re.compile(r"[hec][0-9a-f]{40}")
_TOKENS = re.compile(r"[\w-]+")
# Instagram shows one post at several addresses, below the author's name and without it.
_SHORTCODE = re.compile(r"/(?:p|reel|reels|tv)/([\w-]{5,})")
_TAKEN_OVER = [
    "account", "post", "external_id", "parent_external_id", "author_external_id", "author_handle",
    "author_name", "published_at", "permalink", "is_own", "source", "raw",
]  # fmt: skip


def known_elsewhere(
    *, account: SocialAccount, named: Sequence[RemoteComment], unnamed: Sequence[RemoteComment]
) -> set[str]:
    """Ids of those comments that another account of the same platform and creator holds.

    `named` carry the platform's own ids and are compared by them. `unnamed` carry made ones: the
    same words at the same second by the same author are the same comment.
    """
    others = _others_of(account)
    there = Comment.objects.filter(account__in=others)
    # What was brought before and has become the platform's since.
    known = set(
        CommentOrigin.objects.filter(
            comment__account__in=others,
            external_id__in=[storable(comment.id) for comment in (*named, *unnamed)],
        ).values_list("external_id", flat=True)
    )
    if named:
        spelled = {
            other: storable(comment.id)
            for comment in named
            for other in _spellings(account.platform, storable(comment.id))
        }
        found = there.filter(external_id__in=spelled).values_list("external_id", flat=True)
        known |= {spelled[external_id] for external_id in found}
    if unnamed:
        seen = {
            (text_hash, published_at, _author(handle, is_own=is_own))
            for text_hash, published_at, handle, is_own in there.filter(
                published_at__in={comment.created_at for comment in unnamed}
            ).values_list("text_hash", "published_at", "author_handle", "is_own")
        }
        known |= {storable(comment.id) for comment in unnamed if _print(comment) in seen}
    return known


def seen_elsewhere(
    *, account: SocialAccount, items: Sequence[tuple[RemoteComment, str]]
) -> set[str]:
    """The same for comments whose page does not say when they were written, with its address.

    One is known when its author has written just these words once below that very post.
    """
    urls = {url for _, url in items}
    ids = {token for url in urls for token in _TOKENS.findall(url)}
    like = Q(url__in=urls) | Q(external_id__in=ids | {f"t3_{token}" for token in ids})
    for code in filter(None, map(_SHORTCODE.search, urls)):
        like |= Q(url__contains=f"/{code[1]}")
    posts = [
        post
        for post in Post.objects.filter(like, account__in=_others_of(account))
        if any(_is_page_of(url, post) for url in urls)
    ]
    if not posts:
        return set()
    hashes = {hash_text(comment.text) for comment, _ in items}
    there = list(
        Comment.objects.filter(post__in=posts, text_hash__in=hashes).select_related("post")
    )
    return {
        storable(comment.id)
        for comment, url in items
        if sum(_is_said_there(row, comment, url) for row in there) == 1
    }


def adopt_earlier(
    *, account: SocialAccount, told: Mapping[str, RemoteComment], posts: Mapping[str, int]
) -> dict[str, Comment]:
    """Rows that files and people brought of what the platform now tells: from now on the account's.

    By the platform's id, for the caller to bring up to date. A row keeps its code and all that
    hangs on it: score, case, evidence, who captured it; a CommentOrigin keeps how it was known.
    Call it in a transaction.
    """
    if not told:
        return {}
    holders = list(
        SocialAccount.objects.filter(platform=account.platform, is_import=True)
        .filter(Q(owner_id=None) | Q(owner_id=account.owner_id))
        .values_list("pk", "external_id")
    )
    rows = _candidates(account.platform, dict(holders), told) if holders else []
    if not rows:
        return {}
    pairs = _pairs(account, told, posts, rows)
    CommentOrigin.objects.bulk_create(_origin(row) for row in pairs.values())
    for external_id, row in pairs.items():
        item = told[external_id]
        row.account, row.post_id = account, posts.get(storable(item.post_id))
        row.external_id, row.source = external_id, Comment.Source.API
        row.parent_external_id = storable(item.parent_id or "", 200)
        row.author_external_id = storable(item.author_id, 200)
        row.author_handle = storable(item.author_handle, 200)
        row.author_name = storable(item.author_name, 200)
        row.permalink = storable(item.permalink, 1000)
        row.published_at, row.is_own = item.created_at, item.is_own
        row.raw = storable_json(item.raw)
    Comment.objects.bulk_update(pairs.values(), _TAKEN_OVER)
    return pairs


def _candidates(
    platform: str, holders: Mapping[int, str], told: Mapping[str, RemoteComment]
) -> list[Comment]:
    times = [item.created_at for item in told.values()]
    span = (min(times) - timedelta(seconds=1), max(times) + timedelta(seconds=1))
    hashes = {hash_text(item.text) for item in told.values()}
    ids = {spelled for external_id in told for spelled in _spellings(platform, external_id)}
    asked = [
        Q(account__in=holders, external_id__in=ids),
        Q(account__in=holders, published_at__range=span, text_hash__in=hashes),
    ]
    # Most pages say only "2 h": then the time of the capture stands there.
    if by_hand := [pk for pk, name in holders.items() if name.startswith("capture")]:
        asked.append(Q(account__in=by_hand, text_hash__in=hashes))
    # One question each: together they would be answered by walking through all that was imported.
    pks = {pk for one in asked for pk in Comment.objects.filter(one).values_list("pk", flat=True)}
    if not pks:
        return []
    return list(
        Comment.objects.filter(pk__in=pks, account__in=holders)
        .exclude(visibility=Comment.Visibility.PRIVATE)
        .select_related("post", "capture")
        .order_by("pk")
        .select_for_update(of=("self",), no_key=True)
    )


def _pairs(
    account: SocialAccount,
    told: Mapping[str, RemoteComment],
    posts: Mapping[str, int],
    rows: Sequence[Comment],
) -> dict[str, Comment]:
    """What belongs together; one that fits twice fits nowhere."""
    by_id = {row.external_id: row for row in rows}
    pairs: dict[str, Comment] = {}
    for external_id, item in told.items():
        for spelled in sorted(_spellings(account.platform, external_id) & by_id.keys()):
            if external_id not in pairs and _is_plausible(by_id[spelled], item):
                pairs[external_id] = by_id.pop(spelled)
    unnamed = [row for row in by_id.values() if _MADE.fullmatch(row.external_id)]
    if unnamed:
        known = Post.objects.in_bulk(set(posts.values()))
        fits = [
            (external_id, row)
            for external_id, item in told.items()
            if external_id not in pairs
            for row in unnamed
            if _is_same(row, item, known.get(posts.get(storable(item.post_id), 0)))
        ]
        of_item = Counter(external_id for external_id, _ in fits)
        of_row = Counter(row.pk for _, row in fits)
        pairs |= {
            external_id: row
            for external_id, row in fits
            if of_item[external_id] == of_row[row.pk] == 1
        }
    return pairs


def _is_plausible(row: Comment, item: RemoteComment) -> bool:
    """Whether the same id can be the same comment: a list may number its lines as it likes."""
    return row.text_hash == hash_text(item.text) or _is_same_author(row, item, by_name=True)


def _is_same(row: Comment, item: RemoteComment, post: Post | None) -> bool:
    """Whether a row without a platform's id is this comment."""
    if row.text_hash != hash_text(item.text):
        return False
    if _has_no_time(row):
        is_before = item.created_at <= row.published_at + CLOCKS
        return is_before and _is_same_author(row, item) and _is_below(row, post)
    if row.published_at.replace(microsecond=0) != item.created_at.replace(microsecond=0):
        return False
    if row.post is None or not row.post.url:
        return _is_same_author(row, item)
    return _is_below(row, post) and _is_same_author(row, item, by_name=True)


def _has_no_time(row: Comment) -> bool:
    by_hand: Capture | None = getattr(row, "capture", None)
    return by_hand is not None and row.published_at == by_hand.captured_at


def _is_below(row: Comment, post: Post | None) -> bool:
    return row.post is not None and post is not None and _is_page_of(row.post.url, post)


def _is_page_of(url: str, post: Post) -> bool:
    """Whether an address is that of a post: it holds its id, or is the one the platform names."""
    own_id = re.sub(r"^(t3_|\d+_)", "", post.external_id)  # of Reddit, of Facebook
    if len(own_id) >= SHORTEST_ID and own_id in _TOKENS.findall(url):
        return True
    return bool(post.url) and _address(url) == _address(post.url)


def _address(url: str) -> tuple[str, ...]:
    parts = urlsplit(url)
    if code := _SHORTCODE.search(parts.path):
        return (code[1],)
    host = re.sub(r"^(www|m|old|mobile)\.", "", (parts.hostname or "").lower())
    return (host, parts.path.rstrip("/"), *parse_qs(parts.query).get("v", []))


def _is_said_there(row: Comment, item: RemoteComment, url: str) -> bool:
    return (
        row.post is not None
        and _is_page_of(url, row.post)
        and row.text_hash == hash_text(item.text)
        and row.published_at <= item.created_at + CLOCKS
        and _is_same_author(row, item)
    )


def _is_same_author(row: Comment, item: RemoteComment, *, by_name: bool = False) -> bool:
    """By id or handle; by the name alone only where all the rest says so already."""
    if row.is_own and item.is_own:
        return True
    handles = _plain(row.author_handle), _plain(item.author_handle)
    # YouTube's pages name authors without a handle by the id of their channel.
    ids = {row.author_external_id, handles[0].removeprefix("channel/")} - {""}
    if item.author_id in ids or item.author_id.casefold() in ids:
        return True
    if all(handles):
        return handles[0] == handles[1]
    names = _plain(row.author_name), _plain(item.author_name)
    return by_name and all(names) and names[0] == names[1]


def _spellings(platform: str, external_id: str) -> set[str]:
    """How exports, pages and interfaces of a platform write one id."""
    if platform == "reddit":
        bare = external_id.removeprefix("t1_")
        return {external_id, bare, f"t1_{bare}"}
    if platform == "facebook":
        return {external_id, external_id.rpartition("_")[2]}
    return {external_id}


def _origin(row: Comment) -> CommentOrigin:
    return CommentOrigin(
        comment=row,
        source=row.source,
        external_id=row.external_id,
        author_external_id=row.author_external_id,
        author_handle=row.author_handle,
        author_name=row.author_name,
        post_url=row.post.url if row.post else "",
        published_at=row.published_at,
        raw=row.raw,
    )


def _others_of(account: SocialAccount) -> list[int]:
    others = SocialAccount.objects.filter(platform=account.platform).exclude(pk=account.pk)
    if account.owner_id is not None:
        others = others.filter(owner_id=account.owner_id)
    return list(others.values_list("pk", flat=True))


def _print(comment: RemoteComment) -> Print:
    handle = comment.author_handle or comment.author_name
    author = _author(handle, is_own=comment.is_own)
    return hash_text(comment.text), comment.created_at, author


def _author(handle: str, *, is_own: bool) -> str:
    return "" if is_own else _plain(handle)


def _plain(name: str) -> str:
    return name.strip().lstrip("@").casefold()
