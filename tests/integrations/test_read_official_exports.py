"""Official exports are told apart by content, read whole and in parts, and doubted where needed."""

import io
import json
import stat
import struct
import zipfile
from datetime import UTC, datetime

import pytest

from integrations.imports.encoding import DAMAGED, EMPTY, FileError
from integrations.imports.official import ExportReader, Part, archive, is_official, json_walk
from integrations.imports.official import reader as readers
from integrations.imports.official.fields import moment, repair
from integrations.imports.official.shape import (
    NO_OWNER,
    NO_RECORD,
    NO_TIME,
    NO_WORDS,
    UNKNOWN_SHAPE,
)
from integrations.imports.rows import BadRow, GoodRow
from integrations.platforms.base import Visibility
from tests.integrations.official_exports import (
    OWN_ID,
    broken_letters,
    facebook,
    instagram,
    pack,
    takeout,
    tiktok,
)

EVERYTHING = [part.value for part in Part]


def open_(data: bytes) -> ExportReader:
    return ExportReader(io.BytesIO(data), size=len(data))


def survey(data: bytes):
    return open_(data).survey(lambda: None)


def rows(data: bytes, parts=EVERYTHING):
    reader = open_(data)
    owner = reader.survey(lambda: None).owner
    return [item for item in open_(data).rows(parts, owner=owner) if item is not None]


def texts(data: bytes, parts=EVERYTHING):
    return [row.comment.text for row in rows(data, parts) if isinstance(row, GoodRow)]


def counts(found):
    return {part.value: (told.rows, told.own, told.bad) for part, told in found.parts.items()}


def refused(data: bytes) -> FileError:
    with pytest.raises(FileError) as caught:
        survey(data)
    return caught.value


TIKTOK = json.dumps(tiktok()).encode()


@pytest.mark.parametrize("data", [TIKTOK, pack({"user_data_tiktok.json": tiktok()})])
def test_tiktok_as_json_and_in_its_zip(data):
    found = survey(data)
    assert (found.platform, found.owner) == ("tiktok", "lumen")
    assert counts(found) == {"comments": (2, 0, 0), "messages": (2, 1, 0)}
    assert texts(data, ["messages"]) == ["go away", "now"]
    message = rows(data, ["messages"])[0].comment
    assert (message.author_name, message.is_own) == ("troll77", False)
    assert message.visibility is Visibility.PRIVATE
    assert message.created_at == datetime(2026, 11, 2, 9, tzinfo=UTC)
    own = rows(data, ["comments"])[1].comment
    assert (own.text, own.is_own) == ("See you é🙂", True)
    assert not rows(data, ["comments"])[1].is_named


def test_older_names_of_tiktoks_fields():
    old = {
        "Activity": {"Comment": {"Comments": {"CommentsList": [
            {"Date": "2020-01-02 03:04:05", "Comment": "old"},
        ]}}},
        "Direct Messages": {"Chat History": {"ChatHistory": {"Chat History with a b:": [
            {"Date": "2020-01-02 03:04:05", "From": "a b", "Content": "hm"},
        ]}}},
    }  # fmt: skip
    data = json.dumps(old).encode()
    assert texts(data) == ["old", "hm"]


def test_instagram_is_repaired_and_told_apart():
    data = pack(instagram())
    found = survey(data)
    assert (found.platform, found.owner) == ("instagram", "Zoé")
    assert counts(found) == {"comments": (1, 0, 0), "messages": (1, 1, 1), "requests": (1, 0, 0)}
    assert texts(data) == ["Merci à toi ♥", "salut", "tu vas le regretter 😡"]
    (bad,) = [row for row in rows(data) if isinstance(row, BadRow)]
    assert (bad.reason, bad.line) == (NO_WORDS, 3)
    assert bad.place.endswith("ami_17800000000000001/message_1.json")
    assert rows(data, ["requests"])[0].comment.visibility is Visibility.PRIVATE


def test_without_a_profile_the_shared_name_is_the_owner():
    files = instagram()
    del files["personal_information/personal_information/personal_information.json"]
    assert survey(pack(files)).owner == "Zoé"


def test_an_unknown_owner_takes_no_messages():
    files = instagram()
    del files["personal_information/personal_information/personal_information.json"]
    del files["your_instagram_activity/messages/message_requests/nobody_178/message_1.json"]
    found = survey(pack(files))
    assert (found.owner, found.offered) == ("", [Part.COMMENTS])
    assert found.reasons[NO_OWNER] == 3


def test_facebook():
    data = pack(facebook())
    assert survey(data).platform == "facebook"
    assert [(row.comment.text, row.comment.is_own) for row in rows(data)] == [
        ("Bravo", True),
        ("ugh", False),
    ]


def test_takeout():
    data = pack(takeout())
    assert counts(survey(data)) == {"comments": (1, 0, 0)}
    (row,) = rows(data)
    comment = row.comment
    assert (comment.id, comment.post_id, comment.text) == (OWN_ID, "dQw4w9WgXcQ", "Thanks, all!")
    assert comment.permalink == f"https://www.youtube.com/watch?v=dQw4w9WgXcQ&lc={OWN_ID}"
    assert row.is_named
    assert comment.is_own


@pytest.mark.parametrize(
    "header",
    [
        "ID du commentaire,ID de la chaîne,Horodatage de création du commentaire,Prix,"
        "ID du commentaire parent,ID du post,ID de la vidéo,Texte du commentaire,X",
        "コメント,チャンネル,日時,価格,親,投稿,動画,本文,上",  # told by what stands in the columns
    ],
)
def test_takeout_in_another_language(header):
    data = pack(takeout(header, folder="コメント"))
    assert texts(data) == ["Thanks, all!"]


def test_takeout_live_chat_and_json():
    root = "Takeout/YouTube and YouTube Music"
    live = (
        "Live Chat ID,Channel ID,Live Chat Create Timestamp,Price,Video ID,Live Chat Text\n"
        'Lc1,UCa,2026-11-01T10:00:00+00:00,0,dQw4w9WgXcQ,"{""text"":""hello""}"\n'
        'Lc1,UCa,2026-11-01T10:00:01+00:00,0,dQw4w9WgXcQ,"{""text"":""hello""}"\n'
    )
    listed = [{"commentId": "UgJ", "commentText": "hi", "commentCreateTimestamp": "2026-11-01"}]
    files = takeout() | {
        f"{root}/live chats/live chats.csv": live,
        f"{root}/comments/comments.json": listed,
    }
    found = survey(pack(files))
    assert counts(found) == {"comments": (2, 0, 0), "live": (2, 0, 0)}
    assert len({row.comment.id for row in rows(pack(files), ["live"])}) == 2


def test_changed_fields_are_named():
    error = refused(b'{"Komment": {"Liste": [{"wann": 1, "was": "x"}]}}')
    assert error.sentence == UNKNOWN_SHAPE
    assert "CommentsList" in error.expected
    error = refused(pack(takeout("A,B,C,D,E,F,G,H,I") | {
        "Takeout/YouTube and YouTube Music/comments/comments.csv": "A,B\n1,2\n",
    }))  # fmt: skip
    assert error.sentence == UNKNOWN_SHAPE
    assert "Comment Create Timestamp" in error.expected


def test_records_that_are_none_are_left_out():
    odd = tiktok(Comment={"CommentsList": [
        7, None, [], {"date": "x", "comment": "a"}, {"date": "2026-11-01 10:00:00"},
        {"date": "1971-01-01 10:00:00", "comment": "a"}, {"Comment": 2**63 + 1, "Date": 1793527000},
    ]})  # fmt: skip
    found = survey(json.dumps(odd).encode())
    assert counts(found)["comments"] == (1, 0, 6)
    assert found.reasons[NO_RECORD] == 3
    assert found.reasons[NO_TIME] == 1
    assert texts(json.dumps(odd).encode(), ["comments"]) == ["9223372036854775809"]


def test_doubled_keys_lose_nothing():
    doubled = (
        b'{"CommentsList": [{"date": "2026-11-01 10:00:00", "comment": "one"}],'
        b' "CommentsList": [{"date": "2026-11-01 10:00:01", "comment": "x", "comment": "two"}]}'
    )
    assert texts(doubled) == ["one", "two"]


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-32"])
def test_marks_of_other_encodings(encoding):
    data = json.dumps(tiktok(), ensure_ascii=False).encode(encoding)
    if encoding != "utf-32":
        assert is_official(io.BytesIO(data))
    assert "See you é🙂" in texts(data)


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (TIKTOK[:-40], json_walk.CUT_OFF),
        (TIKTOK.replace(b"Thank", b"\xff\xfe"), DAMAGED),
        (TIKTOK.replace(b'"Thank you!"', b"NaN"), json_walk.NOT_JSON),
        (b"[" * 200_000, json_walk.TOO_DEEP),
        (b'{"CommentsList": [' + b"[" * 1000 + b"]" * 1000 + b"]}", json_walk.TOO_DEEP),
        (b'{"CommentsList": [' + b"1," * 9_000_000 + b"1]}", json_walk.TOO_DEEP),
        (b'{"x": "' + b"a" * 9_000_000 + b'"}', json_walk.TOO_DEEP),
        (b'{"CommentsList": [{"a": [' + b'"1",' * 100_001 + b'"1"]}]}', json_walk.TOO_DEEP),
        (pack(instagram())[:-30], archive.BROKEN),
        (b"PK\x03\x04 nothing", archive.BROKEN),
        (pack({"a.txt": "x"}), readers.UNKNOWN_ARCHIVE),
        (pack({"messages/inbox/a/message_1.html": "x"}), readers.AS_PAGES),
        (pack({"TikTok/Comments.txt": "x"}), readers.AS_PAGES),
    ],
)
def test_what_cannot_be_read_is_refused_whole(data, sentence):
    assert refused(data).sentence == sentence


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"", EMPTY),
        (b"\x1f\x8b\x08", readers.OTHER_PACKING),
        (b"  <!doctype html>", readers.NOT_A_TABLE),
        (b"%PDF-1.7", readers.NOT_A_TABLE),
    ],
)
def test_other_files_are_named(data, sentence):
    with pytest.raises(FileError) as caught:
        is_official(io.BytesIO(data))
    assert caught.value.sentence == sentence


def test_a_table_is_no_export():
    assert not is_official(io.BytesIO(b"author_handle,text,created_at\n"))


# --- archives that mean harm ---------------------------------------------------------------------

NAME = "user_data_tiktok.json"


def test_a_bomb_by_ratio():
    data = pack({NAME: b'{"a": "' + b"0" * 50_000_000 + b'"}'})
    assert len(data) < 100_000
    assert refused(data).sentence == archive.BOMB


def test_a_bomb_by_sum(monkeypatch):
    monkeypatch.setattr(archive, "MAX_TOTAL", 100)
    assert refused(pack({NAME: tiktok()})).sentence == archive.BOMB


def test_a_bomb_by_count(monkeypatch):
    monkeypatch.setattr(archive, "MAX_ENTRIES", 3)
    assert refused(pack(instagram())).sentence == archive.TOO_MANY


def test_a_list_of_entries_that_would_fill_memory(monkeypatch):
    monkeypatch.setattr(archive, "MAX_DIRECTORY", 200)
    assert refused(pack(instagram())).sentence in {archive.TOO_MANY, archive.BROKEN}


def test_entries_that_share_their_bytes():
    """Every entry of the list points at the one stored file: it would inflate again and again."""
    data = bytearray(pack({NAME: tiktok()}))
    start = data.rindex(b"PK\x01\x02")
    end = data.rindex(b"PK\x05\x06")
    entry = bytes(data[start:end])
    tail = bytearray(data[end:])
    struct.pack_into("<HHL", tail, 8, 40, 40, len(entry) * 40)
    assert refused(bytes(data[:start]) + entry * 40 + bytes(tail)).sentence == archive.BOMB


def test_an_archive_within_is_never_opened():
    found = survey(pack(instagram() | {"more.zip": pack({NAME: tiktok()})}))
    assert found.passed_over[archive.NESTED] == 1
    assert found.platform == "instagram"


@pytest.mark.parametrize(
    "name",
    [
        "../../messages/inbox/a/message_1.json",
        "/etc/comments/post_comments_1.json",
        "C:/messages/inbox/a/message_1.json",
        "..\\messages\\inbox\\a\\message_1.json",
    ],
)
def test_a_path_that_leads_out_is_passed_over(name):
    found = survey(pack(instagram() | {name: [{"x": 1}]}))
    assert found.passed_over[archive.UNSAFE] == 1
    assert sum(told.bad for told in found.parts.values()) == 1


def test_a_link_is_passed_over():
    made = io.BytesIO(pack(instagram()))
    with zipfile.ZipFile(made, "a") as writer:
        link = zipfile.ZipInfo("your_instagram_activity/messages/inbox/b/message_1.json")
        link.create_system, link.external_attr = 3, (stat.S_IFLNK | 0o777) << 16
        writer.writestr(link, "/etc/passwd")
    assert survey(made.getvalue()).passed_over[archive.LINKS] == 1


def test_a_password():
    data = bytearray(pack({NAME: tiktok()}))
    at = data.rindex(b"PK\x01\x02")
    data[at + 8] |= 1  # the flag in the list of entries
    data[data.index(b"PK\x03\x04") + 6] |= 1
    assert refused(bytes(data)).sentence == archive.ENCRYPTED


def test_bytes_that_changed_on_the_way():
    data = bytearray(pack({NAME: json.dumps(tiktok())}))
    at = data.index(NAME.encode()) + len(NAME) + 20
    data[at] ^= 0xFF
    assert refused(bytes(data)).sentence in {archive.BROKEN, json_walk.NOT_JSON, DAMAGED}


# --- values --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "value",
    [
        "2026-11-01 10:00:00", "2026-11-01 10:00:00 UTC", "2026-11-01T10:00:00Z",
        "2026-11-01T11:00:00+01:00", "2026/11/01 10:00:00", "Nov 1, 2026, 10:00:00\u202fAM",
        1793527200, 1793527200000, 1793527200000000, "1793527200", "Nov 1, 2026 10:00 AM UTC",
    ],
)  # fmt: skip
def test_times_in_many_forms(value):
    assert moment(value) == datetime(2026, 11, 1, 10, tzinfo=UTC)


@pytest.mark.parametrize("value", ["", "03/04/2026", "soon", None, True, [], 10**30, "9" * 40])
def test_what_is_no_time(value):
    assert moment(value) is None


@pytest.mark.parametrize("text", ["Zoé", "naïve ♥ 😡", "Привет", "日本語", "a\u0301"])
def test_broken_letters_are_mended_once(text):
    assert repair(broken_letters(text)) == text
    assert repair(text) == text


@pytest.mark.parametrize("text", ["", "plain", "Ã", "50 Â°", "Ã‰", "é è", "Â£5 ♥"])
def test_what_is_not_broken_stays(text):
    assert repair(text) == (text if text != "50 Â°" else "50 °")
