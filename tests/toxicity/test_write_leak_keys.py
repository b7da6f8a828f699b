"""The command that turns published test sets into keys."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from harassment.training.leaks import leaks, read_leak_keys


def test_it_keys_tables_and_lines(tmp_path):
    (tmp_path / "cases.csv").write_text("id,text\n1,a case about herons that fly\n2,\n", "utf-8")
    (tmp_path / "lines.txt").write_text("another one on frogs that leap\n", "utf-8")
    out = tmp_path / "keys.bin"
    call_command(
        "toxicity_leak_keys",
        f"{tmp_path / 'cases.csv'}:text",
        str(tmp_path / "lines.txt"),
        out=out,
        stdout=StringIO(),
    )
    keys = read_leak_keys(out)
    assert leaks("A case about herons... that fly", keys)
    assert leaks("Another one on frogs, that leap!", keys)
    assert not leaks("nobody wrote this about toads", keys)


def test_it_says_which_columns_there_are(tmp_path):
    (tmp_path / "cases.csv").write_text("id,comment\n1,a\n", "utf-8")
    with pytest.raises(CommandError, match='no column "text"; it has id, comment'):
        call_command("toxicity_leak_keys", f"{tmp_path / 'cases.csv'}:text", out=tmp_path / "k")


def test_it_says_which_file_is_missing(tmp_path):
    with pytest.raises(CommandError, match="cannot be read"):
        call_command("toxicity_leak_keys", f"{tmp_path / 'none.csv'}:text", out=tmp_path / "k")
