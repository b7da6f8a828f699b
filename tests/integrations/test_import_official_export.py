"""An export of a platform: told before anything is taken, chosen from, taken once."""

import json
from datetime import UTC, datetime

import pytest
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command

from accounts import tenancy
from accounts.models import AuditEntry, Job, Membership, Role
from integrations.models import Comment, ImportProblem, ImportRun, SocialAccount
from integrations.services import imports
from tests.factories import make_account, make_comment
from tests.integrations.official_exports import OWN_ID, instagram, pack, takeout, tiktok

IMPORTS = "/integrations/imports/"
State = ImportRun.State


@pytest.fixture
def bring(bob, lumen, client_for, run_jobs):
    """`bring(data)`: Bob uploads it and the survey runs; the address of the import."""
    client = client_for(bob, lumen)

    def upload(data, name="export.zip", who=client):
        file = SimpleUploadedFile(name, data)
        answer = who.post(f"{IMPORTS}new/", {"file": file, "platform": "youtube"})
        assert answer.status_code == 302
        run_jobs()
        return answer["Location"]

    upload.client = client  # type: ignore[attr-defined]
    return upload


def choose(client, where, *parts):
    return client.post(f"{where}choose/", {"part": parts})


def stored(lumen):
    with tenancy.enter(lumen):
        return ImportRun.objects.get()


def test_it_tells_first_and_takes_what_was_chosen(bring, lumen, run_jobs, heard):
    where = bring(pack(instagram()))
    text = bring.client.get(where).content.decode()
    assert "What is in this export of Instagram" in text
    assert "Message requests from people you do not know" in text
    assert "The comments that other people wrote to you" in text
    assert "only a picture, a reaction or a shared post" in text
    with tenancy.enter(lumen):
        assert not Comment.objects.exists()
        assert default_storage.exists(str(ImportRun.objects.get().file))
    assert choose(bring.client, where, "requests", "comments").status_code == 302
    run_jobs()
    with tenancy.enter(lumen):
        run = ImportRun.objects.get()
        assert (run.state, run.rows_new, run.rows_bad) == (State.DONE, 2, 0)
        assert run.file.name == ""
        assert "owner" not in run.found
        request = Comment.objects.get(is_own=False)
        own = Comment.objects.get(is_own=True)
        assert (request.text, request.visibility) == ("tu vas le regretter 😡", "private")
        assert own.text == "Merci à toi ♥"
        assert {request.source, own.source} == {Comment.Source.IMPORT}
        assert request.account.is_import
        scored = Job.objects.filter(name="harassment.score_comments")
        assert request.pk in [pk for job in scored for pk in job.payload["comment_ids"]]


@pytest.mark.parametrize("end", ["cancel", "take"])
def test_the_file_goes_when_it_is_over(bring, lumen, bob, end, django_capture_on_commit_callbacks):
    bring(json.dumps(tiktok()).encode())
    with tenancy.enter(lumen):
        run = ImportRun.objects.get()
        name = str(run.file)
        assert default_storage.exists(name)
        with django_capture_on_commit_callbacks(execute=True):
            if end == "cancel":
                imports.cancel_import(run=run, actor=bob)
            else:
                imports.choose_parts(run=run, parts=["comments"], actor=bob)
                imports.run_import(run_code=str(run.code))
        assert not default_storage.exists(name)


def test_rows_that_cannot_be_taken_are_listed_with_their_file(bring, lumen, run_jobs):
    where = bring(pack(instagram()))
    choose(bring.client, where, "messages")
    run_jobs()
    with tenancy.enter(lumen):
        problem = ImportProblem.objects.get()
        assert (problem.line, problem.place[-14:]) == (3, "message_1.json")
    text = bring.client.get(where).content.decode()
    assert "ami_17800000000000001" in text
    assert "It holds no text" in text


def test_twice_is_once(bring, lumen, run_jobs):
    for data in (json.dumps(tiktok()).encode(), pack({"user_data_tiktok.json": tiktok()})):
        where = bring(data, "user_data_tiktok.json")
        choose(bring.client, where, "comments", "messages")
        run_jobs()
    with tenancy.enter(lumen):
        assert Comment.objects.count() == 4
        runs = ImportRun.objects.order_by("pk").values_list("rows_new", "rows_known", "platform")
        assert list(runs) == [(4, 0, "tiktok"), (0, 4, "tiktok")]


def test_a_synced_comment_is_known_by_its_id(bring, lumen, run_jobs):
    with tenancy.enter(lumen):
        make_comment(make_account(), external_id=OWN_ID, text="Thanks, all!", is_own=True)
    where = bring(pack(takeout()))
    choose(bring.client, where, "comments")
    run_jobs()
    with tenancy.enter(lumen):
        assert Comment.objects.count() == 1
    run = stored(lumen)
    assert (run.rows_new, run.rows_known) == (0, 1)


@pytest.mark.parametrize(("is_own", "new"), [(True, 1), (False, 2)])
def test_a_synced_comment_is_known_by_words_and_time(bring, lumen, run_jobs, is_own, new):
    with tenancy.enter(lumen):
        at = datetime(2026, 11, 1, 10, tzinfo=UTC)
        account = make_account(platform="tiktok")
        make_comment(account, "Thank you!", published_at=at, is_own=is_own)
    choose(bring.client, bring(json.dumps(tiktok()).encode()), "comments")
    run_jobs()
    run = stored(lumen)
    assert (run.rows_new, run.rows_known) == (new, 2 - new)


def test_the_other_platforms_are_not_asked(bring, lumen, run_jobs):
    with tenancy.enter(lumen):
        make_comment(make_account(platform="tiktok"), external_id=OWN_ID)
    choose(bring.client, bring(pack(takeout())), "comments")
    run_jobs()
    assert stored(lumen).rows_new == 1


@pytest.mark.parametrize("parts", [[], ["live"], ["comments", "x"]])
def test_only_what_is_offered_can_be_chosen(bring, lumen, run_jobs, parts):
    where = bring(json.dumps(tiktok()).encode())
    assert choose(bring.client, where, *parts).status_code == 302
    run_jobs()
    assert stored(lumen).state == State.ASKING
    assert "Choose at least one" in bring.client.get(where).content.decode()


def test_a_choice_counts_once(bring, lumen, run_jobs):
    where = bring(json.dumps(tiktok()).encode())
    choose(bring.client, where, "messages")
    choose(bring.client, where, "comments")
    assert "not waiting for a choice" in bring.client.get(where).content.decode()
    run_jobs()
    assert stored(lumen).rows_new == 2


def test_a_doubled_job_surveys_once_and_takes_once(bring, lumen, run_jobs):
    where = bring(json.dumps(tiktok()).encode())
    code = str(stored(lumen).code)
    with tenancy.enter(lumen):
        imports.run_import(run_code=code)
    assert stored(lumen).state == State.ASKING
    choose(bring.client, where, "messages")
    run_jobs()
    with tenancy.enter(lumen):
        imports.run_import(run_code=code)
        assert Comment.objects.count() == 2


class Killed(BaseException):
    """kill -9."""


def test_it_goes_on_after_a_kill(bring, lumen, run_jobs, monkeypatch):
    records = [
        {"date": f"2026-11-01 10:{n // 60:02}:{n % 60:02}", "comment": f"c{n}"} for n in range(500)
    ]
    data = json.dumps(tiktok(Comment={"CommentsList": records})).encode()
    where = bring(data)
    choose(bring.client, where, "comments")
    monkeypatch.setattr(imports, "BATCH", 100)
    keep, count = imports._keep, 0

    def dying(*args, **fields):
        nonlocal count
        count += 1
        if count == 3:
            raise Killed
        keep(*args, **fields)

    code = str(stored(lumen).code)
    with monkeypatch.context() as patch, tenancy.enter(lumen):
        patch.setattr(imports, "_keep", dying)
        with pytest.raises(Killed):
            imports.run_import(run_code=code)
        assert (ImportRun.objects.get().next_row, Comment.objects.count()) == (200, 200)
    with tenancy.enter(lumen):
        imports.run_import(run_code=code)
        run = ImportRun.objects.get()
        assert (run.state, run.rows_new, run.rows_known) == (State.DONE, 500, 0)


def test_a_person_ends_it_while_it_is_read(bring, lumen, bob, run_jobs, monkeypatch):
    where = bring(json.dumps(tiktok()).encode())
    choose(bring.client, where, "comments", "messages")
    monkeypatch.setattr(imports, "BATCH", 2)
    keep, names = imports._keep, []

    def ended(run, *args, **fields):
        if run.next_row:
            imports.cancel_import(run=ImportRun.objects.get(pk=run.pk), actor=bob)
        keep(run, *args, **fields)

    with tenancy.enter(lumen):
        names.append(str(ImportRun.objects.get().file))
    monkeypatch.setattr(imports, "_keep", ended)
    run_jobs()
    run = stored(lumen)
    assert (run.state, run.rows_new) == (State.CANCELED, 2)
    with tenancy.public():
        entry = AuditEntry.objects.get(action="integrations.import.canceled")
        assert entry.actor_id == bob.pk


def test_a_person_ends_it_on_the_page(bring, lumen, run_jobs):
    where = bring(json.dumps(tiktok()).encode())
    bring.client.post(f"{where}cancel/")
    assert stored(lumen).state == State.CANCELED
    choose(bring.client, where, "comments")
    run_jobs()
    with tenancy.enter(lumen):
        assert not Comment.objects.exists()


def test_what_nobody_chose_from_goes_after_a_day(bring, lumen, run_jobs):
    where = bring(json.dumps(tiktok()).encode())
    run_jobs(later=True)
    run = stored(lumen)
    assert (run.state, run.file.name) == (State.FAILED, "")
    assert "Nobody chose" in bring.client.get(where).content.decode()


def test_a_chosen_one_is_not_dropped(bring, lumen, run_jobs):
    choose(bring.client, bring(json.dumps(tiktok()).encode()), "comments")
    run_jobs(later=True)
    assert stored(lumen).state == State.DONE


def test_an_unknown_shape_says_what_was_expected(bring, lumen):
    where = bring(b'{"Something": {"else": []}}')
    text = bring.client.get(where).content.decode()
    assert "Nothing was taken." in text
    assert "CommentsList: date, comment" in text
    assert stored(lumen).state == State.FAILED


def test_hostile_names_stay_text(bring, lumen, run_jobs):
    files = {
        "messages/inbox/<img src=x onerror=alert(1)>/message_1.json": {
            "participants": [{"name": "Zoé"}, {"name": "<b hx-get=/x>"}],
            "messages": [
                {"sender_name": "<b hx-get=/x>", "timestamp_ms": 1793613600000, "photos": []}
            ],
        }
    }
    where = bring(pack(instagram(**files)))
    choose(bring.client, where, "messages")
    run_jobs()
    text = bring.client.get(where).content.decode()
    assert "<img src=x" not in text
    assert "&lt;img src=x" in text


def test_an_analyst_looks_and_chooses_nothing(bring, lumen, vera, client_for):
    where = bring(json.dumps(tiktok()).encode())
    client = client_for(vera, lumen)
    text = client.get(where).content.decode()
    assert 'name="part"' not in text
    assert choose(client, where, "comments").status_code == 403
    assert client.post(f"{where}cancel/").status_code == 403


def test_a_creator_brings_their_own_and_sees_no_others(
    bring, bob, vera, lumen, client_for, run_jobs
):
    Membership.objects.filter(user=vera).update(role=Role.CREATOR)
    theirs = bring(json.dumps(tiktok()).encode())
    client = client_for(vera, lumen)
    assert choose(client, theirs, "comments").status_code == 404
    mine = bring(json.dumps(tiktok()).encode(), who=client)
    choose(client, mine, "messages")
    run_jobs()
    with tenancy.enter(lumen):
        account = SocialAccount.objects.get()
        assert (account.owner_id, account.platform) == (vera.pk, "tiktok")


def test_another_workspace_sees_nothing(bring, charlie, lumen, nova, client_for):
    where = bring(json.dumps(tiktok()).encode())
    for workspace in (lumen, nova):
        client = client_for(charlie, workspace)
        assert choose(client, where, "comments").status_code == 404
        assert client.post(f"{where}cancel/").status_code == 404


def test_the_command_sends_people_to_the_page(lumen, tmp_path):
    path = tmp_path / "x.zip"
    path.write_bytes(pack(takeout()))
    with pytest.raises(CommandError, match="on the page Imports"):
        call_command("import_comments", "--workspace", "lumen", str(path))


def test_the_page_costs_at_most_eight(bring, django_assert_max_num_queries):
    where = bring(pack(instagram()))
    with django_assert_max_num_queries(8):
        assert bring.client.get(where).status_code == 200
    with django_assert_max_num_queries(8):
        assert bring.client.get(where, headers={"HX-Request": "true"}).status_code == 200
