"""Figures on published sets enter the folder of the model that made them, once."""

import json
import shutil

import pytest

from harassment.classifier import ModelUnavailable, artefact
from harassment.training.publishing import publish


@pytest.fixture
def folder(tmp_path):
    return shutil.copytree(artefact.SHIPPED, tmp_path / "model")


def test_it_writes_figures_and_card_and_seals_again(folder):
    publish(
        folder, name="Herons", language="fr", figures={"n": 12, "auc": 0.81234, "accuracy": None}
    )
    artefact.verify(folder)
    results = json.loads((folder / artefact.FIGURES).read_text())["published"]
    mine = [one for one in results if one["name"] == "Herons"]
    assert [(one["metric"], one["value"], one["n"]) for one in mine] == [("auc", 0.8123, 12)]
    card = (folder / artefact.CARD).read_text("utf-8")
    assert "| Herons | fr | auc | 0.812 | 12 |" in card
    assert "## Known weak spots" in card
    assert card.count("## Published test sets") == 1


def test_once_is_the_rule(folder):
    publish(folder, name="Herons", language="fr", figures={"n": 12, "auc": 0.8})
    with pytest.raises(ValueError, match="already run"):
        publish(folder, name="Herons", language="fr", figures={"n": 12, "auc": 0.9})


def test_a_damaged_folder_is_refused(folder):
    (folder / artefact.CONFIG).write_text("{}")
    with pytest.raises(ModelUnavailable, match="damaged"):
        publish(folder, name="Herons", language="fr", figures={"n": 12, "auc": 0.8})
