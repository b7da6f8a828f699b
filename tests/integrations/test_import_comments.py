"""Files of comments, by command and by upload: good rows land, bad ones are told, twice is once."""

import csv
from datetime import UTC, datetime, timedelta

import pytest
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command

from accounts import tenancy
from accounts.models import Job, Membership, Role
from integrations.imports import encoding, rows
from integrations.models import Comment, CommentRevision, ImportProblem, ImportRun, SocialAccount
from integrations.services import imports

IMPORTS = "/integrations/imports/"
HEADER = ["platform", "post_url", "comment_id", "author_handle", "text", "created_at"]
BEGAN = datetime(2026, 11, 1, tzinfo=UTC)


@pytest.fixture
def make_file(tmp_path):
    """`make_file(n)`: a CSV of n rows; `replace` puts other rows at some places."""

    def make(count: int, *, replace=None, name="comments.csv"):
        path = tmp_path / name
        with path.open("w", newline="", encoding="utf-8") as file:
            writer = csv.writer(file)
            writer.writerow(HEADER)
            for number in range(count):
                at = (BEGAN + timedelta(seconds=number)).isoformat()
                row = ["", "https://v.example/1", f"c{number}", f"@v{number % 50}", "Hi", at]
                writer.writerow((replace or {}).get(number, row))
        return path

    return make


@pytest.fixture
def command(lumen, capsys):
    """`command(path)`: what it printed."""

    def run(path, *args, workspace="lumen"):
        call_command("import_comments", "--workspace", workspace, str(path), *args)
        return capsys.readouterr().out.strip()

    return run


def test_a_thousand_rows_twice(command, make_file, lumen, nova):
    path = make_file(1000)
    assert command(path) == "1000 new, 0 already known, 0 bad"
    assert command(path) == "0 new, 1000 already known, 0 bad"
    with tenancy.enter(lumen):
        assert Comment.objects.filter(source=Comment.Source.IMPORT).count() == 1000
        account = SocialAccount.objects.get()
        assert (account.platform, account.is_import) == ("youtube", True)
        assert Comment.objects.values("post__url").distinct().get()["post__url"]
        scored = Job.objects.filter(name="harassment.score_comments")
        assert sum(len(job.payload["comment_ids"]) for job in scored) == 1000
    with tenancy.enter(nova):
        assert not Comment.objects.exists()


def test_bad_rows_are_told_and_the_good_ones_land(command, make_file, lumen, capsys):
    bad = {1: ["", "", "", "", "Hi", "2026-11-20"], 3: ["", "", "", "@a", "Hi", "later"]}
    assert command(make_file(5, replace=bad)) == "3 new, 0 already known, 2 bad"
    with tenancy.enter(lumen):
        found = list(ImportProblem.objects.values_list("line", "reason"))
    assert found == [(3, rows.NO_AUTHOR), (5, rows.BAD_TIME)]


def test_rows_go_to_the_platform_they_name(command, make_file, lumen):
    named = {0: ["TikTok", "", "t1", "@a", "Hi", "2026-11-20"]}
    command(make_file(3, replace=named), "--platform", "instagram")
    with tenancy.enter(lumen):
        accounts = {a.platform: a.comments.count() for a in SocialAccount.objects.all()}
    assert accounts == {"tiktok": 1, "instagram": 2}


def test_the_same_row_twice_in_a_file_is_one(command, make_file):
    twin = {1: ["", "https://v.example/1", "c0", "@v0", "Hi", BEGAN.isoformat()]}
    assert command(make_file(2, replace=twin)) == "1 new, 1 already known, 0 bad"


def test_a_changed_text_keeps_the_earlier_one(command, make_file, lumen):
    command(make_file(1))
    other = {0: ["", "", "c0", "@v0", "Hi again", BEGAN.isoformat()]}
    assert command(make_file(1, replace=other)) == "0 new, 1 already known, 0 bad"
    with tenancy.enter(lumen):
        assert Comment.objects.get().text == "Hi again"
        assert CommentRevision.objects.get().text == "Hi"


def test_hostile_cells_land_as_they_are(command, make_file, lumen):
    text = "<b hx-get=/x>\x00\u202e" + "x" * 100_000
    command(make_file(1, replace={0: ["", "", "", "@<i>", text, "2026-11-20"]}))
    with tenancy.enter(lumen):
        comment = Comment.objects.get()
    assert comment.text.startswith("<b hx-get=/x>\ufffd\u202e")
    assert comment.is_cut


class Killed(BaseException):
    """kill -9."""


def test_it_goes_on_after_a_kill(command, make_file, lumen, monkeypatch):
    monkeypatch.setattr(imports, "BATCH", 100)
    path = make_file(1000, replace={150: ["", "", "", "", "no author", "2026-11-20"]})
    keep, count = imports._keep, 0

    def dying(*args, **fields):
        nonlocal count
        count += 1
        if count == 4:
            raise Killed
        keep(*args, **fields)

    with monkeypatch.context() as patch:
        patch.setattr(imports, "_keep", dying)
        with pytest.raises(Killed):
            command(path)
    with tenancy.enter(lumen):
        run = ImportRun.objects.get()
        assert (run.state, run.next_row) == (ImportRun.State.RUNNING, 300)
    assert command(path) == "999 new, 0 already known, 1 bad"
    with tenancy.enter(lumen):
        assert ImportRun.objects.get().state == ImportRun.State.DONE
        assert Comment.objects.count() == 999
        assert ImportProblem.objects.count() == 1


def test_two_readers_of_one_file_do_not_mix(command, make_file, lumen, monkeypatch):
    keep = imports._keep

    def overtaken(run, batch, *args, **fields):
        ImportRun.objects.filter(pk=run.pk).update(next_row=run.next_row + 7)
        keep(run, batch, *args, **fields)

    monkeypatch.setattr(imports, "_keep", overtaken)
    with pytest.raises(CommandError, match="Another process"):
        command(make_file(5))
    with tenancy.enter(lumen):
        assert not Comment.objects.exists()


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"", "empty"),
        (
            "author_handle,text,created_at\n@a,Привет всем,2026-11-20\n".encode("cp1251"),
            "CSV UTF-8",
        ),
        (b"name,message\nana,hi\n", "author_handle"),
        (b"author_handle,text,created_at\n,,\n,x,y\n", "No row"),
    ],
)
def test_a_file_that_says_nothing_is_an_error(command, tmp_path, data, sentence):
    path = tmp_path / "bad.csv"
    path.write_bytes(data)
    with pytest.raises(CommandError, match=sentence):
        command(path)


def test_a_missing_file_or_workspace_is_an_error(command, make_file, tmp_path):
    with pytest.raises(CommandError, match="cannot be opened: No such file"):
        command(tmp_path / "none.csv")
    with pytest.raises(CommandError, match="no workspace 'venus'"):
        command(make_file(1), workspace="venus")


def upload(client, data: bytes, name="c.csv", **fields):
    file = SimpleUploadedFile(name, data, content_type="text/csv")
    return client.post(f"{IMPORTS}new/", {"file": file, "platform": "youtube", **fields})


def test_an_upload_is_read_by_a_job(bob, lumen, client_for, make_file, run_jobs, heard):
    client = client_for(bob, lumen)
    data = make_file(120, replace={7: ["", "", "", "", "x", "y"]}).read_bytes()
    response = upload(client, data, name='<img src=x onerror="1">.csv')
    assert response.status_code == 302
    waiting = client.get(response["Location"]).content.decode()
    assert "hx-trigger" in waiting
    with tenancy.enter(lumen):
        stored = str(ImportRun.objects.get().file)
        assert default_storage.exists(stored)
        assert "img" not in stored
    run_jobs()
    text = client.get(response["Location"]).content.decode()
    assert "author_handle is empty." in text
    assert "<img src=x" not in text
    assert 'hx-trigger="live:imports' not in text  # a finished one asks no more
    with tenancy.enter(lumen):
        run = ImportRun.objects.get()
        assert (run.rows_new, run.rows_bad, run.state) == (119, 1, ImportRun.State.DONE)
        assert (run.file.name, run.actor_id) == ("", bob.pk)


def test_an_upload_in_a_wrong_encoding_is_explained(bob, lumen, client_for, run_jobs):
    client = client_for(bob, lumen)
    data = "author_handle,text,created_at\n@a,Привет всем,2026-11-20\n".encode("cp1251")
    where = upload(client, data)["Location"]
    run_jobs()
    text = client.get(where).content.decode()
    assert "Export it again as “CSV UTF-8”" in text
    with tenancy.enter(lumen):
        run = ImportRun.objects.get()
        assert (run.state, run.error) == (ImportRun.State.FAILED, encoding.NOT_UTF8)
        assert ImportProblem.objects.get().line == 2


def test_a_file_that_was_lost_meanwhile_is_told(bob, lumen, client_for, make_file, run_jobs):
    client = client_for(bob, lumen)
    where = upload(client, make_file(3).read_bytes())["Location"]
    with tenancy.enter(lumen):
        default_storage.delete(str(ImportRun.objects.get().file))
    run_jobs()
    assert "Upload it again." in client.get(where).content.decode()


def test_the_job_is_safe_to_run_twice(bob, lumen, client_for, make_file, run_jobs):
    upload(client_for(bob, lumen), make_file(10).read_bytes())
    run_jobs()
    with tenancy.enter(lumen):
        imports.run_import(run_code=str(ImportRun.objects.get().code))
        assert Comment.objects.count() == 10


@pytest.mark.parametrize("fields", [{"platform": "myspace"}, {"file": ""}])
def test_a_bad_form_comes_back_with_its_errors(bob, lumen, client_for, make_file, fields):
    response = upload(client_for(bob, lumen), make_file(1).read_bytes(), **fields)
    assert response.status_code == 422
    assert b"aria-invalid" in response.content


def test_a_file_that_is_too_large_is_refused(bob, lumen, client_for, make_file, settings):
    settings.IMPORT_MAX_BYTES = 10
    response = upload(client_for(bob, lumen), make_file(1).read_bytes())
    assert response.status_code == 422
    assert "Split it" in response.content.decode()


def test_a_creator_sees_only_what_they_brought(vera, bob, lumen, client_for, make_file, run_jobs):
    Membership.objects.filter(user=vera).update(role=Role.CREATOR)
    upload(client_for(bob, lumen), make_file(3).read_bytes())
    upload(client_for(vera, lumen), make_file(2).read_bytes())
    run_jobs()
    with tenancy.enter(lumen):
        membership = Membership.objects.get(user=vera)
        (mine,) = ImportRun.objects.visible_to(membership)
        (theirs,) = ImportRun.objects.exclude(pk=mine.pk)
        assert Comment.objects.visible_to(membership).count() == 2
    client = client_for(vera, lumen)
    text = client.get(IMPORTS).content.decode()
    assert str(mine.code) in text
    assert str(theirs.code) not in text
    assert client.get(f"{IMPORTS}{theirs.code}/").status_code == 404


def test_another_workspace_sees_no_import(charlie, bob, lumen, nova, client_for, make_file):
    where = upload(client_for(bob, lumen), make_file(1).read_bytes())["Location"]
    assert client_for(charlie, nova).get(where).status_code == 404
    assert client_for(charlie, lumen).get(where).status_code == 404


def test_an_analyst_looks_and_brings_nothing(vera, lumen, client_for, make_file):
    client = client_for(vera, lumen)
    assert client.get(IMPORTS).status_code == 200
    assert upload(client, make_file(1).read_bytes()).status_code == 403


@pytest.mark.parametrize("path", [IMPORTS, f"{IMPORTS}new/"])
def test_pages_cost_at_most_eight(
    bob, lumen, client_for, path, make_file, django_assert_max_num_queries
):
    client = client_for(bob, lumen)
    upload(client, make_file(1).read_bytes())
    client.get(path)
    with django_assert_max_num_queries(8):
        assert client.get(path).status_code == 200
