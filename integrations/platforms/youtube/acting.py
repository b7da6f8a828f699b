"""What the channel's owner does to comments: hold, publish, reject, ban, answer."""

from collections.abc import Sequence
from datetime import datetime

from integrations.platforms.answers import own_reply
from integrations.platforms.base import (
    ActionResult,
    ErrorKind,
    PlatformError,
    UnknownOutcome,
    Visibility,
)
from integrations.platforms.client import Call
from integrations.platforms.live import NOT_LIVE, is_live
from integrations.platforms.youtube import readback
from integrations.platforms.youtube.errors import REFUSED_INPUT
from integrations.platforms.youtube.reading import MAX_IDS, Reading

_SETTABLE = {
    Visibility.PUBLIC: "published",
    Visibility.HELD: "heldForReview",
    Visibility.REJECTED: "rejected",
}


class Acting(Reading):
    """The acting half of `Platform`."""

    def set_visibility(
        self,
        access: str,
        ids: Sequence[str],
        visibility: Visibility,
        *,
        ban_author: bool = False,
        post_id: str = "",
    ) -> ActionResult:
        """comments.setModerationStatus for up to 50 ids: 50 units whatever their number.

        All or nothing on YouTube's side. "done" means accepted, not yet visible: read back.
        A rejected comment can never be published again; `ban_author` goes with REJECTED only and
        rejects everything that author writes on the channel from then on.
        """
        visibility = Visibility(visibility)
        if (
            not 1 <= len(ids) <= MAX_IDS
            or visibility not in _SETTABLE
            or (ban_author and visibility is not Visibility.REJECTED)
        ):
            raise PlatformError(ErrorKind.INVALID, REFUSED_INPUT, detail="moderation arguments")
        params = {"id": ",".join(ids), "moderationStatus": _SETTABLE[visibility]}
        if ban_author:
            params["banAuthor"] = "true"
        call = Call(
            "POST", f"{self._api}/comments/setModerationStatus", params=params, access=access
        )
        try:
            self._http.write(call, self.refused)
        except UnknownOutcome as error:
            return ActionResult("unknown", error.message)
        return ActionResult("done")

    def reply(self, access: str, parent_id: str, text: str, *, post_id: str = "") -> ActionResult:
        """comments.insert below a top-level comment, 50 units. Never sent twice from here."""
        if is_live(parent_id):
            raise PlatformError(ErrorKind.UNSUPPORTED, NOT_LIVE, detail="live message")
        call = Call(
            "POST",
            f"{self._api}/comments",
            params={"part": "snippet"},
            json_body={"snippet": {"parentId": parent_id, "textOriginal": text}},
            access=access,
        )
        try:
            answer = self._http.write(call, self.refused)
        except UnknownOutcome as error:
            return ActionResult("unknown", error.message)
        try:
            body = answer.json()
        except PlatformError as error:
            return ActionResult("unknown", error.message)  # accepted, but its id was lost
        return ActionResult("done", remote_id=str(body.get("id", "")) or None)

    def find_reply(
        self, access: str, parent_id: str, text: str, *, since: datetime, post_id: str = ""
    ) -> str | None:
        """Id of the channel's own reply with this text, published since then (minus a minute)."""
        return own_reply(
            lambda cursor: self.replies(access, parent_id, cursor),
            text,
            since=since,
            max_pages=readback.PUBLISHED_PAGES,
        )
