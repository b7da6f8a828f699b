"""A stream and its coach: looked at as long as it lasts, from the first message on."""

from collections.abc import Sequence

from accounts import outbox
from ai_agents.services.coaching import coach, is_coached
from harassment.queries.streams import stream_page, streams_on_air
from integrations.models import Comment, Post, SocialAccount
from integrations.platforms.live import LIVE

JOB = "harassment.coach_stream"
LOOK_SECONDS = 15.0


def promise_coaching(*, comment_ids: Sequence[int]) -> int:
    """Promise to look at the streams that those messages were said in; how many are new."""
    spoken = Comment.objects.filter(pk__in=comment_ids, external_id__startswith=LIVE)
    accounts = spoken.order_by().values_list("account_id", flat=True).distinct()
    return sum(outbox.enqueue(JOB, key=str(pk), account=pk) for pk in accounts)


def coach_stream(*, account_id: int) -> None:
    """Look once at the stream of an account and tell what its figures suggest.

    Raises outbox.Defer while it is on air and a coach is wanted. Safe to run twice: the coach
    keeps its own pace.
    """
    account = SocialAccount.objects.filter(pk=account_id).first()
    if account is None or not is_coached(account):
        return
    stream = next(iter(streams_on_air(None, account_id=account_id)), None)
    if stream is None:
        return
    if stream.is_heard:  # else its figures are of another time
        post = Post.objects.filter(pk=stream.post_id or 0).first()
        coach(account=account, post=post, figures=stream_page(stream).figures)
    raise outbox.Defer("the stream goes on", LOOK_SECONDS)
