"""Nothing that hangs on an account outlives it but what a room keeps by name, with its reason."""

from datetime import timedelta
from typing import Any, cast
from uuid import uuid4

import pytest
from django.apps import apps
from django.db import models
from django.utils import timezone

from accounts import tenancy
from harassment.models import Case
from harassment.services.evidence import Capture as Seal
from harassment.services.evidence import seal
from integrations import holds
from integrations.models import Comment, CommentOrigin, Post, SocialAccount
from integrations.routing.models import ConnectionRoute, PushLease
from integrations.services.erasure import erase_account
from tests.factories import make_account, make_comment, make_post

ROOMS = ("accounts", "routing", "integrations", "ai_agents", "harassment")
MODELS = [model for room in ROOMS for model in apps.get_app_config(room).get_models()]
HANGING = [relation.related_model for relation in SocialAccount._meta.related_objects]
# Columns that lead to an account although no key does, and who clears them.
BY_VALUE = {
    "ConnectionRoute": "goes when the account is disconnected",
    "PushLease": "goes with the last account that is heard through it",
    "OAuthState": "ends by itself within a day",
    "DeletionRequest": "is emptied when it is fulfilled",
}
VALUES = {"account_code", "account_id", "account_ids", "social_account", "external_id"}


def hangs_on(model: type[models.Model], seen: frozenset[type[models.Model]] = frozenset()) -> bool:
    """Whether some chain of keys leads from a row of the model to an account."""
    targets = {
        cast("type[models.Model]", field.related_model)
        for field in model._meta.concrete_fields
        if field.is_relation and field.related_model not in {*seen, model}
    }
    return SocialAccount in targets or any(hangs_on(one, seen | {model}) for one in targets)


def value_of(field: "models.Field[Any, Any]") -> Any:
    """Something that fits a column which has no default."""
    if field.choices:
        return next(iter(field.flatchoices))[0]
    for kind, value in (
        (models.UUIDField, uuid4()),
        (models.DateTimeField, timezone.now()),
        (models.DateField, timezone.now().date()),
        (models.DurationField, timedelta(hours=1)),
        (models.BooleanField, False),
        (models.JSONField, {}),
        (models.BinaryField, b"x"),
        (models.FloatField, 1.0),
        (models.IntegerField, 1),
        (models.DecimalField, 1),
    ):
        if isinstance(field, kind):
            return value
    return uuid4().hex[: getattr(field, "max_length", None) or 32]


def row_of(model: type[models.Model], account: SocialAccount) -> models.Model:
    """A row of the model that hangs on the account, and whatever that needs."""
    given: dict[str, Any] = {}
    for field in model._meta.concrete_fields:
        if field.is_relation and field.related_model is SocialAccount:
            given[field.name] = account
        elif not (field.primary_key or field.has_default() or field.null):
            related = cast("type[models.Model]", field.related_model)
            given[field.name] = row_of(related, account) if related else value_of(field)
    return model._base_manager.create(**given)


@pytest.fixture
def proven(in_lumen: Any) -> SocialAccount:
    """An account of whose comments one is sealed evidence in a case: its row stays."""
    account = make_account()
    post = make_post(account)
    comment = make_comment(account, "the proof", post=post, raw={"id": "Ug"})
    CommentOrigin.objects.create(
        comment=comment, source=Comment.Source.IMPORT, external_id="h1", raw={"line": 2},
        author_external_id="@a", published_at=timezone.now(),
    )  # fmt: skip
    make_comment(account, "of no matter", post=make_post(account))
    seal(captures=[Seal(comment, cast("Case", row_of(Case, account)), "incident")])
    return account


def test_every_row_goes_that_no_room_keeps(proven):
    others = make_account()
    for model in {*HANGING} - {Comment, Post} - {*holds.kept_models()}:
        row_of(model, proven)
        row_of(model, others)
    erase_account(account=proven)
    proven.refresh_from_db()
    assert proven.is_erased
    for relation in SocialAccount._meta.related_objects:
        model = relation.related_model
        of = {relation.field.name: proven}
        if model in {Comment, Post}:
            assert model._base_manager.filter(**of).count() == 1, model
        elif model not in holds.kept_models():
            assert not model._base_manager.filter(**of).exists(), model
            assert model._base_manager.filter(**{relation.field.name: others}).exists(), model


def test_what_is_kept_has_a_reason_and_hangs_on_accounts():
    for model, why in holds.kept_models().items():
        assert model in HANGING, model
        assert why


def test_the_proof_stays_without_what_the_platform_answered(proven):
    erase_account(account=proven)
    comment = Comment.objects.get()
    assert (comment.text, comment.raw) == ("the proof", {})
    assert CommentOrigin.objects.get().raw == {}
    assert Case.objects.count() == 1
    assert comment.evidence.count() == 1


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_what_leads_to_an_account_by_value_is_known(model):
    if hangs_on(model) or model is SocialAccount:
        return
    named = {field.name for field in model._meta.local_fields} & VALUES
    assert not named or model.__name__ in BY_VALUE, f"who clears {named}?"


def test_nothing_public_leads_to_an_erased_account(consent_free_route, in_lumen, run_jobs):
    account = consent_free_route
    erase_account(account=account)
    run_jobs()
    with tenancy.public():
        assert not ConnectionRoute.objects.filter(account_code=account.code).exists()
        assert not PushLease.objects.filter(external_id=account.external_id).exists()


@pytest.fixture
def consent_free_route(in_lumen: Any, lumen: Any) -> SocialAccount:
    """A connected account with its public route and nothing else."""
    account = make_account()
    with tenancy.public():
        ConnectionRoute.objects.create(
            workspace=lumen, platform=account.platform, external_id=account.external_id,
            account_code=account.code,
        )  # fmt: skip
    return account
