"""What a platform's own export does not contain, told before anything is imported."""

from django.utils.translation import gettext_noop as _

RECEIVED = _("The comments that other people wrote to you: the platform leaves them out.")
DELETED = _("What was deleted, withdrawn or hidden before the export was made.")
IDS = _("The ids of the comments, so Aura compares their words and times instead.")
AUTHORS = _("Who stands behind a name: only names as they were shown.")
PICTURES = _("Aura takes texts only: pictures, voice messages and videos stay in the file.")
LIVE_CHATS = _("Chats of your live streams.")

HOLDS = (
    ("TikTok", _("comments you wrote, direct messages")),
    ("Instagram", _("comments you wrote, direct messages, message requests")),
    ("Facebook", _("comments you wrote, direct messages, message requests")),
    ("YouTube (Google Takeout)", _("comments and live chat messages you wrote")),
)
ABSENT = {
    "tiktok": (RECEIVED, LIVE_CHATS, DELETED, IDS, PICTURES),
    "instagram": (RECEIVED, DELETED, IDS, AUTHORS, PICTURES),
    "facebook": (RECEIVED, DELETED, IDS, AUTHORS, PICTURES),
    "youtube": (RECEIVED, DELETED),
}
