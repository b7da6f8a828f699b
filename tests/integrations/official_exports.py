"""Small exports as the platforms pack them, written for the tests; `pack` makes any zip."""

import io
import json
import zipfile
from typing import Any

Files = dict[str, Any]


def pack(files: Files) -> bytes:
    """A zip; values that are neither text nor bytes become JSON."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            is_plain = isinstance(content, (str, bytes))
            archive.writestr(name, content if is_plain else json.dumps(content))
    return made.getvalue()


def tiktok(**changes: Any) -> dict[str, Any]:
    """user_data_tiktok.json of @lumen: two comments of hers, a chat with two received messages."""
    return {
        "Profile And Settings": {"Profile Info": {"ProfileMap": {"userName": "lumen"}}},
        "Comment": {
            "Comments": {
                "CommentsList": [
                    {"date": "2026-11-01 10:00:00", "comment": "Thank you!", "url": ""},
                    {"date": "2026-11-01 11:00:00", "comment": "See you é🙂", "url": ""},
                ]
            }
        },
        "Direct Message": {
            "Direct Messages": {
                "ChatHistory": {
                    "Chat History with troll77:": [
                        {"Date": "2026-11-02 09:00:00", "From": "troll77", "Content": "go away"},
                        {"Date": "2026-11-02 09:01:00", "From": "lumen", "Content": "no"},
                        {"Date": "2026-11-02 09:02:00 UTC", "From": "troll77", "Content": "now"},
                    ]
                }
            }
        },
        **changes,
    }


def broken_letters(text: str) -> str:
    """What Meta writes for a text: its UTF-8 read as Latin-1."""
    return text.encode().decode("latin-1")


def instagram(**changes: Any) -> Files:
    """An Instagram export of Zoé: a comment of hers, a friend's thread, a stranger's request."""
    chat = {
        "participants": [{"name": "Ami"}, {"name": broken_letters("Zoé")}],
        "messages": [
            {"sender_name": "Ami", "timestamp_ms": 1793527200123, "content": "salut"},
            {
                "sender_name": broken_letters("Zoé"),
                "timestamp_ms": 1793527200124,
                "content": "oui",
            },
            {"sender_name": "Ami", "timestamp_ms": 1793527200125, "photos": [{"uri": "x.jpg"}]},
        ],
    }
    request = {
        "participants": [{"name": "Nobody"}, {"name": broken_letters("Zoé")}],
        "messages": [
            {
                "sender_name": "Nobody",
                "timestamp_ms": 1793613600000,
                "content": broken_letters("tu vas le regretter 😡"),
            }
        ],
    }
    root = "your_instagram_activity"
    return {
        "personal_information/personal_information/personal_information.json": {
            "profile_user": [
                {
                    "string_map_data": {
                        "Username": {"value": "zoe.lumen"},
                        "Name": {"value": broken_letters("Zoé")},
                    }
                }
            ]
        },
        f"{root}/comments/post_comments_1.json": [
            {
                "string_map_data": {
                    "Commentaire": {"value": broken_letters("Merci à toi ♥")},
                    broken_letters("Propriétaire du média"): {"value": "ami"},
                    "Heure": {"timestamp": 1793527000},
                }
            }
        ],
        f"{root}/messages/inbox/ami_17800000000000001/message_1.json": chat,
        f"{root}/messages/message_requests/nobody_178/message_1.json": request,
        f"{root}/media/posts_1.json": [],
        "media/posts/202611/a.jpg": b"\xff\xd8",
        **changes,
    }


def facebook(**changes: Any) -> Files:
    """A Facebook export of Zoé: a comment of hers, and a filtered thread."""
    return {
        "personal_information/profile_information/profile_information.json": {
            "profile_v2": {"name": {"full_name": broken_letters("Zoé Lumen")}}
        },
        "your_facebook_activity/comments_and_reactions/comments.json": {
            "comments_v2": [
                {
                    "timestamp": 1793527000,
                    "data": [{"comment": {"timestamp": 1793527000, "comment": "Bravo"}}],
                    "title": "Zoé commented on a post.",
                },
            ]
        },
        "your_facebook_activity/messages/filtered_threads/x_1/message_1.json": {
            "participants": [{"name": "X"}, {"name": broken_letters("Zoé Lumen")}],
            "messages": [{"sender_name": "X", "timestamp_ms": 1793613600000, "content": "ugh"}],
        },
        **changes,
    }


TAKEOUT_HEADER = (
    "Comment ID,Channel ID,Comment Create Timestamp,Price,Parent Comment ID,Post ID,Video ID,"
    "Comment Text,Top-Level Comment ID"
)
OWN_ID = "UgxKREWxIgDrw8w2e_Z4AaABAg"


def takeout(header: str = TAKEOUT_HEADER, folder: str = "comments", **changes: Any) -> Files:
    """YouTube's part of a Takeout: one comment, and a list of something else."""
    row = (
        f"{OWN_ID},UCaaaaaaaaaaaaaaaaaaaaaa,2026-11-01T10:00:00.123456+00:00,0,,,dQw4w9WgXcQ,"
        '"{""text"":""Thanks, ""},{""text"":""all!""}",'
    )
    root = "Takeout/YouTube and YouTube Music"
    return {
        f"{root}/{folder}/{folder}.csv": f"\ufeff{header}\n{row}\n",
        f"{root}/subscriptions/subscriptions.csv": "Channel Id,Channel Url\nUCx,http://x\n",
        "Takeout/archive_browser.html": "<html></html>",
        **changes,
    }
