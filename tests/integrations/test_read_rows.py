"""The CSV of comments, row by row: what is taken, what is left out and why."""

import io
from datetime import UTC, datetime
from typing import Any

import pytest

from integrations.imports import BadRow, FileError, GoodRow, Reader, encoding, inspect, rows

NOW = datetime(2026, 11, 21, tzinfo=UTC)
HEADER = "author_handle,text,created_at\n"
ROW = "@ana,Bonjour,2026-11-20T15:00:00Z\n"


def read(text: str | bytes, *, skip: int = 0, coding: str = "utf-8"):
    data = text.encode(coding) if isinstance(text, str) else text
    stream = io.BytesIO(data)
    found = inspect(stream)
    reader = Reader(stream, encoding=found.encoding, platform="youtube", now=NOW)
    return list(reader.rows(skip=skip))


def only(text: str) -> Any:
    (found,) = read(text)
    return found


def test_it_reads_the_needed_columns():
    row = only(HEADER + ROW)
    assert isinstance(row, GoodRow)
    assert (row.line, row.platform, row.post_url) == (2, "youtube", "")
    comment = row.comment
    assert (comment.author_handle, comment.text) == ("@ana", "Bonjour")
    assert comment.author_id == "@ana"
    assert comment.created_at == datetime(2026, 11, 20, 15, tzinfo=UTC)
    assert len(comment.id) == 41


def test_it_reads_all_columns_in_any_order():
    row = only(
        "Permalink;LIKE_COUNT;created-at;Text;author name;author_handle;parent_id;comment_id;"
        "post_url;platform\n"
        "https://t.example/c/1;12;2026-11-20 15:00;Salut;Ana B;ana;p1;c1;https://t.example/p;TikTok\n"
    )
    assert isinstance(row, GoodRow)
    assert (row.platform, row.post_url) == ("tiktok", "https://t.example/p")
    comment = row.comment
    assert (comment.id, comment.parent_id, comment.like_count) == ("c1", "p1", 12)
    assert comment.permalink == "https://t.example/c/1"
    assert comment.author_id == "@ana"


@pytest.mark.parametrize("sign", [",", ";", "\t"])
def test_it_finds_the_separator(sign):
    row = only((HEADER + ROW).replace(",", sign))
    assert isinstance(row, GoodRow)


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_it_reads_every_line_ending(end):
    assert len(read((HEADER + ROW + ROW).replace("\n", end))) == 2


def test_an_id_of_its_own_is_stable():
    one, other = only(HEADER + ROW), only(HEADER + ROW)
    changed = only(HEADER + ROW.replace("Bonjour", "Bonsoir"))
    assert one.comment.id == other.comment.id != changed.comment.id


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        (",Hi,2026-11-20", rows.NO_AUTHOR),
        ("@a,  ,2026-11-20", rows.NO_TEXT),
        ("@a,Hi,yesterday", rows.BAD_TIME),
        ("@a,Hi,", rows.BAD_TIME),
        ("@a,Hi", rows.BAD_TIME),
        ("@a,Hi,2027-01-01", rows.FAR_TIME),
        ("@a,Hi,1066-10-14", rows.FAR_TIME),
        ("@a,Hi, you,2026-11-20", rows.TOO_MANY),
        ('@a,"Hi"x,2026-11-20', rows.NOT_READABLE),
    ],
)
def test_it_says_why_a_row_is_left_out(row, reason):
    assert read(HEADER + row + "\n" + ROW)[0] == BadRow(2, reason)
    assert isinstance(read(HEADER + row + "\n" + ROW)[1], GoodRow)


@pytest.mark.parametrize(
    ("column", "value", "reason"),
    [
        ("platform", "myspace", rows.BAD_PLATFORM),
        ("like_count", "1,2", rows.TOO_MANY),
        ("like_count", "-1", rows.BAD_LIKES),
        ("like_count", "½", rows.BAD_LIKES),
        ("permalink", "javascript:alert(1)", rows.BAD_ADDRESS),
        ("post_url", "www.example.org", rows.BAD_ADDRESS),
        ("comment_id", "x" * 201, rows.LONG_ID),
    ],
)
def test_it_checks_the_other_columns(column, value, reason):
    text = HEADER.strip() + f",{column}\n" + ROW.strip() + f",{value}\n"
    assert only(text) == BadRow(2, reason)


def test_an_open_quote_costs_one_row():
    text = (
        HEADER + ROW + '@b,"never closed,2026-11-20\n' + ROW * 3 + '@c,"said ""hi""",2026-11-20\n'
    )
    found = read(text)
    assert [type(item) for item in found] == [GoodRow, BadRow, GoodRow, GoodRow, GoodRow, GoodRow]
    assert found[1] == BadRow(3, rows.NOT_READABLE)
    assert found[-1].comment.text == 'said "hi"'


def test_a_text_may_have_several_lines():
    found = read(HEADER + '@a,"one\ntwo",2026-11-20\n' + ROW)
    assert [item.line for item in found] == [2, 4]
    assert found[0].comment.text == "one\ntwo"


def test_a_text_of_100000_characters_is_read():
    assert len(only(HEADER + f"@a,{'é' * 100_000},2026-11-20\n").comment.text) == 100_000


def test_a_line_without_end_is_one_bad_row(monkeypatch):
    monkeypatch.setattr(rows, "MAX_LINE", 1000)
    found = read(HEADER + "x" * 5500 + "\n" + ROW)
    assert found[0] == BadRow(2, rows.TOO_LONG)
    assert isinstance(found[1], GoodRow)


def test_many_open_quotes_end():
    found = read(HEADER + '@a,"x,2026-11-20\n' * 5000 + ROW)
    assert isinstance(found[0], BadRow)


def test_blank_lines_are_nothing():
    assert [item is None for item in read(HEADER + "\n" + ROW + ",,\n")] == [True, False, True]


def test_it_passes_over_what_was_read():
    text = HEADER + ROW + "\n" + '@b,"open,2026-11-20\n' + ROW.replace("ana", "zoe")
    whole = read(text)
    for skip in range(len(whole) + 1):
        assert read(text, skip=skip) == whole[skip:]


@pytest.mark.parametrize("coding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_it_reads_the_usual_encodings(coding):
    text = HEADER + "@zoé,Ça va très bien à Noël — merci,2026-11-20\n"
    (row,) = read(text, coding=coding)
    assert row.comment.text == "Ça va très bien à Noël — merci"
    assert row.comment.author_handle == "@zoé"


@pytest.mark.parametrize(
    ("text", "coding"),
    [
        ("@é,Это было очень плохо,2026-11-20", "cp1251"),
        ("@a,C'est très réussi et ça me plaît à l'été,2026-11-20", "mac_roman"),
        ("@a,これはコメントです,2026-11-20", "shift_jis"),
        ("@a,Zażółć gęślą jaźń,2026-11-20", "utf-32"),
    ],
)
def test_an_unclear_encoding_is_named_and_how_to_change_it(text, coding):
    if coding == "cp1251":
        text = text.replace("é", "e")
    with pytest.raises(FileError, match="CSV UTF-8"):
        read(HEADER + text + "\n", coding=coding)


def test_utf16_without_a_mark_is_named():
    with pytest.raises(FileError) as caught:
        read((HEADER + ROW).encode("utf-16-le"))
    assert caught.value.sentence == encoding.NO_MARK


def test_mixed_encodings_are_refused_with_the_line():
    data = (HEADER + "@zoé,Ça va très bien,2026-11-20\n" * 3).encode() + b"@z\xe9,x,2026-11-20\n"
    with pytest.raises(FileError) as caught:
        read(data)
    assert (caught.value.sentence, caught.value.line) == (encoding.NOT_UTF8, 5)


def test_damaged_unicode_is_refused():
    with pytest.raises(FileError) as caught:
        read((HEADER + ROW).encode("utf-16") + b"\x00")
    assert caught.value.sentence == encoding.DAMAGED


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", encoding.EMPTY),
        ("author,message\n@a,Hi\n", rows.NO_COLUMNS),
        ("\n" + HEADER + ROW, rows.NO_COLUMNS),
        ('"author_handle,text,created_at\n', rows.NO_COLUMNS),
    ],
)
def test_a_file_without_columns_is_refused(text, sentence):
    with pytest.raises(FileError) as caught:
        read(text)
    assert caught.value.sentence == sentence


def test_a_single_nul_is_no_reason_to_refuse():
    assert only(HEADER + "@a,a\x00b,2026-11-20\n").comment.text == "a\x00b"


def test_the_same_bytes_have_the_same_name():
    data = (HEADER + ROW).encode()
    assert inspect(io.BytesIO(data)) == inspect(io.BytesIO(data))
    assert inspect(io.BytesIO(data)).sha256 != inspect(io.BytesIO(data + b"x")).sha256
