"""YouTube's live chats: who is on air, what is said there, and who may go on speaking."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from integrations.platforms.answers import parsed
from integrations.platforms.base import (
    ActionResult,
    ErrorKind,
    PlatformError,
    RemoteComment,
    UnknownOutcome,
    Visibility,
)
from integrations.platforms.client import Call
from integrations.platforms.live import LIVE, NOT_LIVE, LiveChat, LivePage
from integrations.platforms.youtube import parse
from integrations.platforms.youtube.acting import Acting
from integrations.platforms.youtube.calls import items_of, next_of
from integrations.platforms.youtube.errors import NO_LIVE_CHAT, REFUSED_INPUT

PAGE = "500"
LEAST_WAIT_S = 1.0  # when YouTube forgets to say: its own page asks no faster
_OVER = {ErrorKind.NOT_FOUND, ErrorKind.COMMENTS_DISABLED}


class Live(Acting):
    """`LiveChats` and `Bans` for YouTube (developers.google.com/youtube/v3/live/docs)."""

    live_units = 5  # one liveChatMessages.list
    ban_rejects = True

    def live_chats(self, access: str) -> tuple[LiveChat, ...]:
        """Broadcasts that are on air with an open chat (1 unit)."""
        body = self.get(
            access,
            "liveBroadcasts",
            # YouTube takes one filter only: this one implies the owner of the token.
            {"part": "snippet,status", "broadcastStatus": "active", "broadcastType": "all"},
        )
        found = (parsed(parse.live_chat, item) for item in items_of(body))
        return tuple(chat for chat in found if chat.id)

    def live_messages(self, access: str, chat: LiveChat, cursor: str | None = None) -> LivePage:
        """liveChatMessages.list from `cursor` on; a chat that has ended is over and no error."""
        params = {"part": "snippet,authorDetails", "liveChatId": chat.id, "maxResults": PAGE}
        if cursor:
            params["pageToken"] = cursor
        try:
            body = self.get(access, "liveChat/messages", params)
        except PlatformError as error:
            if error.kind not in _OVER:
                raise
            return LivePage((), (), None, 0.0, is_over=True)
        said: list[RemoteComment] = []
        removed: list[str] = []
        is_over = bool(body.get("offlineAt"))
        for item in items_of(body):
            kind = parsed(parse.live_kind, item)
            if kind == "chatEndedEvent":
                is_over = True
            elif kind == "messageDeletedEvent":
                removed.append(parsed(parse.live_deleted, item))
            else:
                message = parsed(parse.live_message, item, post_id=chat.post_id)
                said += [message] if message else []
        return LivePage(tuple(said), tuple(removed), next_of(body), _wait(body), is_over)

    def send_out(
        self, access: str, chat_id: str, author_id: str, *, for_s: int | None = None
    ) -> ActionResult:
        """liveChatBans.insert, for good or for `for_s` seconds (50 units)."""
        snippet: dict[str, Any] = {
            "liveChatId": chat_id,
            "type": "temporary" if for_s else "permanent",
            "bannedUserDetails": {"channelId": author_id},
        }
        if for_s:
            snippet["banDurationSeconds"] = for_s
        call = Call(
            "POST",
            f"{self._api}/liveChat/bans",
            params={"part": "snippet"},
            json_body={"snippet": snippet},
            access=access,
        )
        try:
            answer = self._http.write(call, self.refused)
            return ActionResult("done", remote_id=str(answer.json().get("id", "")) or None)
        except UnknownOutcome as error:
            return ActionResult("unknown", error.message)

    def ban_author(
        self,
        access: str,
        *,
        comment_id: str,
        author_id: str,
        post_id: str,
        for_s: int | None = None,
    ) -> ActionResult:
        """From the chat that a live message was said in; else with the rejection of a comment."""
        if not comment_id.startswith(LIVE):
            if for_s:
                raise PlatformError(ErrorKind.INVALID, REFUSED_INPUT, detail="no time-out here")
            return self.set_visibility(access, [comment_id], Visibility.REJECTED, ban_author=True)
        chat = next((chat for chat in self.live_chats(access) if chat.post_id == post_id), None)
        if chat is None:
            raise PlatformError(ErrorKind.UNSUPPORTED, NO_LIVE_CHAT, detail="not on air")
        return self.send_out(access, chat.id, author_id, for_s=for_s)

    def unban_author(self, access: str, ban_id: str) -> ActionResult:
        """Only from a live chat: YouTube's API takes no other ban back."""
        return self.let_in(access, ban_id)

    def let_in(self, access: str, ban_id: str) -> ActionResult:
        """liveChatBans.delete (50 units)."""
        return self._delete(access, "liveChat/bans", ban_id)

    def set_visibility(
        self,
        access: str,
        ids: Sequence[str],
        visibility: Visibility,
        *,
        ban_author: bool = False,
        post_id: str = "",
    ) -> ActionResult:
        """The same for one message of a live chat, which can be removed and nothing else."""
        if not any(comment_id.startswith(LIVE) for comment_id in ids):
            return super().set_visibility(
                access, ids, visibility, ban_author=ban_author, post_id=post_id
            )
        if visibility is not Visibility.REJECTED:
            raise PlatformError(ErrorKind.UNSUPPORTED, NOT_LIVE, detail="live message")
        if len(ids) != 1 or ban_author:
            raise PlatformError(ErrorKind.INVALID, REFUSED_INPUT, detail="moderation arguments")
        return self._delete(access, "liveChat/messages", ids[0].removeprefix(LIVE))

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
        """The same for a live message: the chat's latest history is all there is to ask.

        Shown there: PUBLIC. Not shown although the history goes back further: DELETED. Anything
        else, and a chat that has ended, cannot be told (5 or 6 units).
        """
        if not comment_id.startswith(LIVE):
            return super().read_visibility(
                access,
                post_id=post_id,
                comment_id=comment_id,
                parent_id=parent_id,
                created_at=created_at,
                expect=expect,
            )
        chat = next((chat for chat in self.live_chats(access) if chat.post_id == post_id), None)
        if chat is None:
            return None
        page = self.live_messages(access, chat)
        if comment_id in page.removed:
            return Visibility.DELETED
        if any(item.id == comment_id for item in page.items):
            return Visibility.PUBLIC
        times = [item.created_at for item in page.items]
        if created_at and times and min(times) < created_at:
            return Visibility.DELETED
        return None

    def _delete(self, access: str, resource: str, found_id: str) -> ActionResult:
        call = Call("DELETE", f"{self._api}/{resource}", params={"id": found_id}, access=access)
        try:
            self._http.write(call, self.refused)
        except UnknownOutcome as error:
            return ActionResult("unknown", error.message)
        except PlatformError as error:
            if error.kind is not ErrorKind.NOT_FOUND:
                raise
        return ActionResult("done")


def _wait(body: Mapping[str, Any]) -> float:
    told = body.get("pollingIntervalMillis")
    if isinstance(told, bool) or not isinstance(told, int | float):
        return LEAST_WAIT_S
    return max(told / 1000, LEAST_WAIT_S)
