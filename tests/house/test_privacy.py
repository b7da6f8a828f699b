"""Every model says what it holds about people, and every text field was judged."""

import pytest
from django.apps import apps
from django.db import models

from accounts import privacy

ROOMS = ("accounts", "routing", "integrations", "ai_agents", "harassment")
MODELS = [model for room in ROOMS for model in apps.get_app_config(room).get_models()]
TEXTS = (
    models.CharField,
    models.TextField,
    models.JSONField,
    models.FileField,
    models.BinaryField,  # bytes may be somebody's words, too
)


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_a_model_is_registered_whole(model: type[models.Model]) -> None:
    held = privacy.entry_of(model)
    texts = {f.name for f in model._meta.local_fields if isinstance(f, TEXTS)}
    named = held.personal | held.secret | held.neutral
    assert texts == named, f"judge these fields: {texts ^ named}"
    assert len(named) == len(held.personal) + len(held.secret) + len(held.neutral)
    assert isinstance(held.leaves, privacy.Leaves)


def test_what_cannot_be_taken_back_is_guarded_by_the_database() -> None:
    from accounts.provisioning import APPEND_ONLY_IN_WORKSPACE

    kept = {
        model._meta.db_table
        for model in MODELS
        if privacy.entry_of(model).leaves is privacy.Leaves.NEVER
    }
    assert kept == {*APPEND_ONLY_IN_WORKSPACE, "accounts_auditentry"}
