"""The live coach: one tip at most every half minute, from figures; a model may word it later."""

from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from accounts import audit, live, outbox
from accounts.models import User
from ai_agents.coaching import StreamFigures, Told, advise
from ai_agents.models import Coaching, CoachTip
from integrations.models import Post, SocialAccount

JOB = "ai_agents.word_tip"
TIP_EVERY = timedelta(seconds=30)
STREAM = timedelta(hours=12)  # what was told so long ago was another stream
KEPT = timedelta(days=30)


def is_coached(account: SocialAccount) -> bool:
    """Whether tips are wanted for the account."""
    return not Coaching.objects.filter(account=account, is_on=False).exists()


@transaction.atomic
def coach(*, account: SocialAccount, post: Post | None, figures: StreamFigures) -> CoachTip | None:
    """Tell the most urgent thing that the figures say; None when there is nothing new to say.

    Never two tips of an account within TIP_EVERY, however many look at once. Pokes "coach".
    """
    # The account's row is the lock: the switch may have no row yet.
    SocialAccount.objects.select_for_update(no_key=True).get(pk=account.pk)
    switch = Coaching.objects.filter(account=account).first() or Coaching(account=account)
    now = timezone.now()
    told = list(
        CoachTip.objects.filter(account=account, made_at__gt=now - STREAM).order_by("-made_at")
    )
    if not switch.is_on or (told and now - told[0].made_at < TIP_EVERY):
        return None
    same = [Told(one.kind, one.made_at, one.figures) for one in told if one.post_id == _pk(post)]
    advice = advise(figures, same, now)
    if advice is None:
        return None
    tip = CoachTip.objects.create(
        account=account,
        post=post,
        kind=advice.kind,
        metric_ref=advice.ref,
        figures=dict(advice.figures),
        made_at=now,
        expires_at=now + advice.lasts,
    )
    CoachTip.objects.filter(account=account, made_at__lt=now - KEPT).delete()
    live.poke("coach")
    if switch.has_words:
        outbox.enqueue(JOB, key=str(tip.code), tip=tip.pk)
    return tip


@transaction.atomic
def dismiss_tip(*, tip: CoachTip) -> bool:
    """Show it to nobody any more; False when somebody was faster."""
    done = CoachTip.objects.filter(pk=tip.pk, dismissed_at=None).update(dismissed_at=timezone.now())
    if done:
        live.poke("coach")
    return bool(done)


@transaction.atomic
def switch_coach(*, account: SocialAccount, is_on: bool, has_words: bool, actor: User) -> None:
    """Let the coach of an account speak or be silent, and in whose words; audited."""
    chosen = {"is_on": is_on, "has_words": has_words}
    Coaching.objects.update_or_create(account=account, defaults={**chosen, "user_id": actor.pk})
    audit.record("ai_agents.coach.switched", actor=actor, target=str(account.code), data=chosen)
    live.poke("coach")


def _pk(post: Post | None) -> int | None:
    return None if post is None else post.pk
