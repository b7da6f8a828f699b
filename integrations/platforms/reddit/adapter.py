"""The Reddit adapter: one account's posts with their trees of comments, read and moderated."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

from integrations.platforms.answers import own_reply, parsed
from integrations.platforms.base import (
    ActionResult,
    Bucket,
    Cap,
    ErrorKind,
    Page,
    PlatformError,
    RatePolicy,
    RemoteAccount,
    RemoteComment,
    RemotePost,
    Support,
    TokenSet,
    Visibility,
)
from integrations.platforms.client import Client
from integrations.platforms.grants import within_grant
from integrations.platforms.reddit import parse, trees
from integrations.platforms.reddit.calls import Calls
from integrations.platforms.reddit.capabilities import CAPABILITIES
from integrations.platforms.reddit.errors import CURSOR, GONE, REFUSED_INPUT, classify_moderation
from integrations.platforms.reddit.oauth import HISTORY, IDENTITY, READ, SCOPES, RedditOAuth
from integrations.platforms.reddit.parse import Branch, Stub
from integrations.platforms.webhooks import NoWebhooks

MAX_IDS = 100  # of one info or morechildren call
TREE_SIZE = "100"  # comments of one tree
BRANCH_SIZE = "500"  # of one thread: the most that Reddit gives
REPLY_PAGES = 20  # when one reply is looked for
NEEDED = (IDENTITY, READ, HISTORY)  # nothing can be heard without them
DAY_S = 86_400
LONGEST_BAN = 999  # days; without days it is for good
_VERBS = {Visibility.HELD: "remove", Visibility.PUBLIC: "approve"}


class Reddit(NoWebhooks):
    """`Platform` for Reddit (reddit.com/dev/api). Ids are fullnames: t1_ comment, t3_ post.

    A listing of comments is the tree below one post. What a tree leaves out is asked for by id,
    so neither a stub nor a listing that ends early loses anything.
    """

    kind = "reddit"
    label = "Reddit"
    scopes: tuple[str, ...] = SCOPES
    rate = RatePolicy(
        daily_units=144_000, read_units=1, write_units=1, write_batch=1, reset_zone="UTC"
    )
    capabilities: Mapping[Cap, Support] = CAPABILITIES
    buckets: tuple[Bucket, ...] = (Bucket.PUBLISHED,)  # moderators see what is removed in it
    comments_by: Literal["account", "post"] = "post"
    answers_below: Literal["thread", "comment"] = "comment"
    renew_ahead = timedelta(minutes=10)
    revoked_by: Literal["access", "refresh"] = "refresh"
    reply_max = 10_000
    ban_rejects = False

    def __init__(
        self,
        *,
        http: Client,
        base_urls: Mapping[str, str],
        client_id: str = "",
        client_secret: str = "",
        username: str = "",
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        """`base_urls` has the keys reddit_www and reddit_oauth.

        `username` is the operator's own name on Reddit, which every call has to tell.
        """
        agent = f"web:aura.{client_id}:v0.1 (by /u/{username.removeprefix('u/')})"
        self._http = http
        self._now = now
        self._calls = Calls(
            http=http, address=base_urls["reddit_oauth"].rstrip("/"), agent=agent, now=now
        )
        self._oauth = RedditOAuth(
            http=http,
            www_url=base_urls["reddit_www"].rstrip("/"),
            agent=agent,
            client_id=client_id,
            client_secret=client_secret,
            now=now,
        )

    # --- the grant -------------------------------------------------------------------------------

    def missing_scopes(self, granted: Sequence[str]) -> tuple[str, ...]:
        """What reading cannot do without."""
        return tuple(scope for scope in NEEDED if scope not in granted)

    def capabilities_for(self, granted: Sequence[str]) -> Mapping[Cap, Support]:
        """`capabilities`, with "needs_scope" where the person withheld a permission."""
        return within_grant(CAPABILITIES, granted)

    def authorize_url(self, state: str, challenge: str, redirect_uri: str) -> str:
        """Reddit's consent page, for a permission that lasts."""
        return self._oauth.authorize_url(state, redirect_uri)

    def exchange(self, code: str, verifier: str, redirect_uri: str) -> TokenSet:
        """Tokens for a fresh code; INVALID when the code is used, expired or of another flow."""
        return self._oauth.exchange(code, redirect_uri)

    def refresh(self, refresh_token: str) -> TokenSet:
        """A new access token; the refresh token stays good."""
        return self._oauth.refresh(refresh_token)

    def revoke(self, token: str) -> None:
        """End the grant of this refresh token."""
        self._oauth.revoke(token)

    # --- reading ---------------------------------------------------------------------------------

    def fetch_account(self, access: str) -> RemoteAccount:
        """The account behind the token."""
        return parsed(parse.account, self._calls.get(access, "api/v1/me", {}))

    def posts(self, access: str, uploads_id: str, cursor: str | None = None) -> Page[RemotePost]:
        """100 submissions, newest first; the cursor is the fullname of the last one."""
        params = {"limit": str(MAX_IDS), "sort": "new", **({"after": cursor} if cursor else {})}
        body = self._calls.get(access, f"user/{uploads_id}/submitted", params)
        things = parsed(parse.children, body)
        items = tuple(parsed(parse.post, one.get("data")) for one in things)
        after = body["data"].get("after")
        return Page(items, str(after) if after else None)

    def comments(
        self,
        access: str,
        channel_id: str,
        bucket: Bucket,
        cursor: str | None = None,
        *,
        post_id: str = "",
    ) -> Page[RemoteComment]:
        """The tree below one post, newest threads first; then 100 threads a page, by id.

        The cursor is the last thread that was read: what follows it is looked up in Reddit's own
        list each time. CURSOR_INVALID when that thread is gone.
        """
        Bucket(bucket)
        branches: list[Branch] = []
        if cursor is None:
            branches, left_out = self._tree(access, post_id, TREE_SIZE)
            last = next(iter(branches[-1].tops)) if branches else ""
        else:
            left_out = self._after(access, post_id, cursor)
        if left_out and not branches:
            wanted, left_out = left_out[:MAX_IDS], left_out[MAX_IDS:]
            branches, last = self._threads(access, post_id, wanted), wanted[-1]
        return Page(
            tuple(one for branch in branches for one in branch.comments),
            last if left_out else None,
            tuple(ref for branch in branches for ref in trees.incomplete(branch, post_id)),
        )

    def replies(
        self, access: str, parent_id: str, cursor: str | None = None, *, post_id: str = ""
    ) -> Page[RemoteComment]:
        """Everything below one comment, however deep; the cursor holds what is still left out."""
        branch = Branch()
        if cursor is None:
            things = self._calls.tree(
                access,
                f"comments/{_bare(post_id)}/_/{_bare(parent_id)}",
                {"limit": BRANCH_SIZE, "sort": "new"},
            )
            parsed(parse.grow, branch, things, parent_id)
            waiting: list[Stub] = branch.stubs
        else:
            stub, *waiting = trees.unpacked(cursor)
            things = self._below(access, post_id, stub)
            parsed(parse.grow, branch, things, parent_id)
            waiting = [*branch.stubs, *waiting]
        found = tuple(one for one in branch.comments if one.id != parent_id)
        return Page(found, trees.packed(waiting) or None)

    def comment_states(
        self, access: str, ids: Sequence[str], *, post_id: str = "", parent_id: str = ""
    ) -> dict[str, RemoteComment | None]:
        """Each id with what Reddit still returns for it, 100 ids a call, replies and all."""
        states: dict[str, RemoteComment | None] = dict.fromkeys(ids)
        wanted = list(states)
        for start in range(0, len(wanted), MAX_IDS):
            for data in self._info(access, wanted[start : start + MAX_IDS]):
                found = parsed(parse.comment, data)
                is_gone = found.visibility is Visibility.DELETED
                states[found.id] = None if is_gone else found
        return {one: states[one] for one in wanted}

    def read_visibility(
        self,
        access: str,
        *,
        post_id: str,
        comment_id: str,
        parent_id: str | None = None,
        created_at: datetime | None = None,
        expect: Visibility | None = None,
    ) -> Visibility | None:
        """Where a comment stands, asked by its id."""
        seen = self.comment_states(access, [comment_id])[comment_id]
        return seen.visibility if seen else Visibility.DELETED

    # --- acting ----------------------------------------------------------------------------------

    def set_visibility(
        self,
        access: str,
        ids: Sequence[str],
        visibility: Visibility,
        *,
        ban_author: bool = False,
        post_id: str = "",
    ) -> ActionResult:
        """Remove or approve one comment; DENIED where the account is no moderator."""
        verb = _VERBS.get(Visibility(visibility))
        if len(ids) != 1 or verb is None or ban_author:
            raise PlatformError(ErrorKind.UNSUPPORTED, REFUSED_INPUT, detail="moderation arguments")
        # spam=true would teach Reddit's filter that people like this author are spam.
        form = {"id": ids[0], **({"spam": "false"} if verb == "remove" else {})}
        return self._calls.write(access, f"api/{verb}", form, self._not_moderator)[0]

    def ban(
        self, access: str, place: str, name: str, *, days: int | None = None, reason: str = ""
    ) -> ActionResult:
        """Shut a person out of a community that the account moderates; without days for good.

        `place` is the community's name ("u_name" for the own profile), `reason` is seen by its
        moderators and by nobody else.
        """
        if days is not None and not 1 <= days <= LONGEST_BAN:
            raise PlatformError(ErrorKind.INVALID, REFUSED_INPUT, detail="days of a ban")
        form = {"type": "banned", "name": name, "note": reason[:300]}
        if days is not None:
            form["duration"] = str(days)
        return self._calls.write(access, f"r/{place}/api/friend", form, self._not_moderator)[0]

    def unban(self, access: str, place: str, name: str) -> ActionResult:
        """Let a person in again."""
        form = {"type": "banned", "name": name}
        return self._calls.write(access, f"r/{place}/api/unfriend", form, self._not_moderator)[0]

    def ban_author(
        self,
        access: str,
        *,
        comment_id: str,
        author_id: str,
        post_id: str,
        for_s: int | None = None,
    ) -> ActionResult:
        """Ban the author of a comment where it was written, for whole days or for good."""
        found = next(self._info(access, [comment_id]), None)
        name = str(found.get("author") or "") if found else ""
        if found is None or not name or name in parse.GONE_WORDS:
            raise PlatformError(ErrorKind.NOT_FOUND, GONE, detail="no author")
        place = str(found.get("subreddit") or "")
        days = None if for_s is None else min(-(-for_s // DAY_S), LONGEST_BAN)
        return replace(self.ban(access, place, name, days=days), remote_id=f"{place}/{name}")

    def is_author_banned(self, access: str, ban_id: str) -> bool:
        """Asked of the community's own list, by name."""
        place, _, name = ban_id.partition("/")
        body = self._calls.get(access, f"r/{place}/about/banned", {"user": name})
        listed = parsed(lambda: [str(one["name"]) for one in body["data"]["children"]])
        return name.casefold() in map(str.casefold, listed)

    def unban_author(self, access: str, ban_id: str) -> ActionResult:
        """Let them in again."""
        place, _, name = ban_id.partition("/")
        return self.unban(access, place, name)

    def reply(self, access: str, parent_id: str, text: str, *, post_id: str = "") -> ActionResult:
        """Answer publicly below any comment. Never sent twice from here."""
        result, body = self._calls.write(
            access, "api/comment", {"thing_id": parent_id, "text": text}
        )
        if result.outcome == "unknown":
            return result
        try:
            return ActionResult(
                "done", remote_id=str(body["json"]["data"]["things"][0]["data"]["name"])
            )
        except (KeyError, TypeError, IndexError):
            return result  # accepted, but its id was lost

    def find_reply(
        self, access: str, parent_id: str, text: str, *, since: datetime, post_id: str = ""
    ) -> str | None:
        """Id of the account's own reply with this text, written since then (minus a minute)."""
        return own_reply(
            lambda cursor: self.replies(access, parent_id, cursor, post_id=post_id),
            text,
            since=since,
            max_pages=REPLY_PAGES,
        )

    # --- inside ----------------------------------------------------------------------------------

    def _tree(self, access: str, post_id: str, size: str) -> tuple[list[Branch], list[str]]:
        things = self._calls.tree(
            access, f"comments/{_bare(post_id)}", {"limit": size, "sort": "new"}
        )
        return parsed(parse.branches, things)

    def _after(self, access: str, post_id: str, last: str) -> list[str]:
        """The threads behind `last`, in Reddit's order: a tree of one names all the others."""
        branches, left_out = self._tree(access, post_id, "1")
        everything = [*(next(iter(branch.tops)) for branch in branches if branch.tops), *left_out]
        if last not in everything:
            raise PlatformError(ErrorKind.CURSOR_INVALID, CURSOR, detail="the last thread is gone")
        return everything[everything.index(last) + 1 :]

    def _threads(self, access: str, post_id: str, ids: Sequence[str]) -> list[Branch]:
        """Whole threads by the ids of their first comments."""
        found = {one: Branch() for one in ids}
        thread_of = {one: one for one in ids}
        for thing in self._more(access, post_id, ids):
            data = thing.get("data") or {}
            name, parent = str(data.get("name")), str(data.get("parent_id"))
            top = thread_of.get(parent) or (name if name in found else "")
            if top:  # else of a thread that was not asked for
                thread_of[name] = top
                parsed(parse.grow, found[top], [thing], top)
        missing = [one for one, branch in found.items() if not branch.tops]
        for start in range(0, len(missing), MAX_IDS):
            # morechildren leaves out what it likes; by id they are there, or gone.
            for data in self._info(access, missing[start : start + MAX_IDS]):
                top = str(data.get("name"))
                parsed(parse.grow, found[top], [{"kind": "t1", "data": data}], top)
                found[top].stubs.append(Stub(top, (), 0))  # what is below it was not told
        return list(found.values())

    def _below(self, access: str, post_id: str, stub: Stub) -> list[dict[str, Any]]:
        if stub.ids:
            return self._more(access, post_id, stub.ids)
        things = self._calls.tree(
            access,
            f"comments/{_bare(post_id)}/_/{_bare(stub.parent_id)}",
            {"limit": BRANCH_SIZE, "sort": "new"},
        )
        # The comment itself comes along; that it is known already ends a circle.
        inner = [one["data"].get("replies") for one in things if isinstance(one.get("data"), dict)]
        trees = [below for below in inner if isinstance(below, dict)]
        return [one for below in trees for one in parsed(parse.children, below)]

    def _more(self, access: str, post_id: str, ids: Sequence[str]) -> list[dict[str, Any]]:
        params = {
            "api_type": "json",
            "link_id": post_id,
            "children": ",".join(_bare(one) for one in ids),
            "sort": "new",
            "limit_children": "false",
        }
        body = self._calls.get(access, "api/morechildren", params)
        things = parsed(lambda: body["json"]["data"]["things"])
        return parsed(parse.children, {"data": {"children": things}})

    def _info(self, access: str, ids: Sequence[str]) -> Iterator[dict[str, Any]]:
        body = self._calls.get(access, "api/info", {"id": ",".join(ids)})
        wanted = set(ids)
        for thing in parsed(parse.children, body):
            data = thing.get("data")
            if isinstance(data, dict) and data.get("name") in wanted:
                yield data

    @property
    def _not_moderator(self) -> Callable[[Any], PlatformError]:
        return lambda reply: classify_moderation(reply, self._now())


def _bare(fullname: str) -> str:
    return fullname.partition("_")[2]
