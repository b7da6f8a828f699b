"""This room's durable jobs: load, call one service; and the beat that promises one."""

from datetime import date

from celery import shared_task

from accounts import outbox
from accounts.outbox import job
from harassment.services import (
    authors,
    clocks,
    decisions,
    dogpiles,
    explanations,
    exports,
    mails,
    recalibration,
    reports,
    rescoring,
    roster,
    rule_running,
    scoring,
    sealing,
    shields,
    streams,
)


@job("harassment.score_comments", queue="score", atomic=False)
def score_comments(comment_ids: list[int]) -> None:
    """Judge those comments and gather what is abusive; signals count also without a model."""
    scoring.score_comments(comment_ids=comment_ids)


@job("harassment.apply_rules", atomic=False)
def apply_rules(comment_ids: list[int]) -> None:
    """Hold the workspace's rules against comments that were just judged."""
    rule_running.apply_rules(comment_ids=comment_ids)


@job("harassment.begin_rescoring", queue="score")
def begin_rescoring() -> None:
    """Find out what the present model has not judged, and promise to judge it."""
    rescoring.begin_rescoring()


@job("harassment.rescore_comments", queue="score")
def rescore_comments(step: int) -> None:
    """Judge one batch again; it promises the next one in the same transaction."""
    rescoring.rescore_comments(step=step)


@job("harassment.notice_model", queue="score", atomic=False)
def notice_model() -> None:
    """Look whether the model of this worker is the one that every workspace was judged by."""
    rescoring.notice_model()


@job("harassment.explain_comment", queue="score")
def explain_comment(comment_id: int) -> None:
    """Find out which words of a comment carried its judgement."""
    explanations.explain_comment(comment_id=comment_id)


@job("harassment.learn_recalibration", queue="score", atomic=False)
def learn_recalibration(run: str, actor_id: int) -> None:
    """Learn from what people decided; the outcome is written in one transaction of its own."""
    recalibration.learn_recalibration(run=run, actor_id=actor_id)


@job("harassment.learn_rhythm")
def learn_rhythm(account_id: int) -> None:
    """Learn what is usual for an account, to see what is not."""
    dogpiles.learn_rhythm(account_id=account_id)


@job("harassment.end_calm_dogpile")
def end_calm_dogpile(dogpile_id: int) -> None:
    """End a wave that has calmed down; come back later while it has not."""
    dogpiles.end_calm_dogpile(dogpile_id=dogpile_id)


@job(streams.JOB, atomic=False)
def coach_stream(account: int) -> None:
    """Look at a stream, and again while it lasts."""
    streams.coach_stream(account_id=account)


@job("harassment.settle_action")
def settle_action(action_id: int) -> None:
    """Write what became of an action into the case of its comment."""
    decisions.settle_action(action_id=action_id)


@job("harassment.seal_day")
def seal_day(day: str) -> None:
    """Sign what all chains of the workspace came to by the end of a day."""
    sealing.seal_day(day=date.fromisoformat(day))


@job("harassment.stamp_seal", atomic=False)
def stamp_seal(seal_id: int) -> None:
    """Have a seal time-stamped."""
    sealing.stamp_seal(seal_id=seal_id)


@job("harassment.build_export", atomic=False)
def build_export(export: str) -> None:
    """Make the file of an export that a person asked for."""
    exports.build_export(code=export)


@job("harassment.typeset_report", atomic=False)
def typeset_report(report: str) -> None:
    """Make the PDF of a report that a person approved."""
    reports.typeset_report(code=report)


@job("harassment.remind_report")
def remind_report(report: str, due: str) -> None:
    """Say that an answer to a report is overdue."""
    reports.remind_report(code=report, due=due)


@job("harassment.address_mails")
def address_mails(kind: str, code: str, besides: int | None, mark: str) -> None:
    """Write down who is to be told of something by e-mail."""
    mails.address_mails(kind=kind, code=code, besides=besides, mark=mark)


@job("harassment.send_mails", atomic=False)
def send_mails(user_id: int) -> None:
    """Tell one person what waits for them, or later when they want quiet."""
    mails.send_mails(user_id=user_id)


@job("harassment.remind_request")
def remind_request(request: str, due: str) -> None:
    """Say that a rights request is nearly due, or late."""
    mails.remind_request(code=request, due=due)


@job("harassment.end_shield")
def end_shield(shield_id: int) -> None:
    """Close a shield whose time is over."""
    shields.end_shield(shield_id=shield_id)


@job("harassment.hide_held", atomic=False)
def hide_held(shield_id: int) -> None:
    """Hide on the platform what a shield holds, where a person chose that."""
    shields.hide_held(shield_id=shield_id)


@job("harassment.restore_held", atomic=False)
def restore_held(shield_id: int) -> None:
    """Show again what a shield hid; come back while the platform has not answered."""
    shields.restore_held(shield_id=shield_id)


@job("harassment.tell_overdue")
def tell_overdue() -> None:
    """Tell once of every case whose time has run out."""
    clocks.tell_overdue()


@job("harassment.forget_authors")
def forget_authors() -> None:
    """Forget the authors whose review date has passed."""
    authors.forget_due_authors()


@shared_task(name="harassment.watch_cases", public_ok=True)
def watch_cases() -> int:
    """Promise what is due on cases: telling of late ones, forgetting authors. The beat calls it."""
    return clocks.promise_case_work()


@job("harassment.rotate_roster")
def rotate_roster() -> None:
    """Begin the roster anew with a fresh key."""
    roster.rotate_roster()


@shared_task(name="harassment.keep_roster", public_ok=True)
def keep_roster() -> int:
    """Promise a fresh key where the present one is old. The beat calls this."""
    return roster.promise_rotation()


@shared_task(name="harassment.keep_evidence", public_ok=True)
def keep_evidence() -> None:
    """Promise the seals of the day that has ended, and remove exports whose time is over."""
    sealing.promise_seals()
    exports.expire_exports()


@shared_task(name="harassment.look_at_model", public_ok=True)
def look_at_model() -> bool:
    """Promise that the scoring worker looks at its model. The beat calls this."""
    return outbox.enqueue("harassment.notice_model", key="notice", public=True)
