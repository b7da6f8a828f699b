"""The scoring worker has its model before the first job comes; other workers never load one."""

import pytest
from celery.signals import worker_process_init

from creator_ai.celery import app
from harassment import classifier


@pytest.fixture
def loads(monkeypatch):
    found = []
    monkeypatch.setattr(classifier, "version", lambda: found.append("loaded"))
    return found


def _start(monkeypatch, queues):
    monkeypatch.setattr(app.amqp.queues, "_consume_from", dict.fromkeys(queues))
    worker_process_init.send(sender=None)


@pytest.mark.parametrize(
    ("queues", "times"), [(["score"], 1), (["default", "score"], 1), (["default", "sync"], 0)]
)
def test_it_warms_where_scoring_jobs_are_taken(monkeypatch, loads, queues, times):
    _start(monkeypatch, queues)
    assert len(loads) == times


def test_a_foreign_model_loads_with_its_first_job(monkeypatch, loads, settings):
    settings.CLASSIFIER_BACKEND = "hf"
    _start(monkeypatch, ["score"])
    assert loads == []


def test_a_missing_model_does_not_stop_the_worker(monkeypatch, settings, tmp_path, caplog):
    settings.CLASSIFIER_MODEL = str(tmp_path)
    _start(monkeypatch, ["score"])
    assert "scoring will wait for its model" in caplog.text
