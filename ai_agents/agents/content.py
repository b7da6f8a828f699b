"""The content agent: captions, ideas, hashtags, scripts. It writes; nothing is posted."""

from collections import Counter
from collections.abc import Sequence
from typing import Annotated, Literal

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from pydantic import Field, StringConstraints

from ai_agents.agents.base import Closed, Line, Operation, Passage, Wish, Words

EACH = 3  # captions for one network
MOST_CHARACTERS = {  # of a post's text, as the networks count
    "youtube": 5_000, "tiktok": 2_200, "instagram": 2_200, "facebook": 5_000, "x": 280,
    "reddit": 300, "twitch": 140,
}  # fmt: skip
NAMES = {
    "youtube": "YouTube", "tiktok": "TikTok", "instagram": "Instagram", "facebook": "Facebook",
    "x": "X", "reddit": "Reddit", "twitch": "Twitch",
}  # fmt: skip

Network = Literal["youtube", "tiktok", "instagram", "facebook", "x", "reddit", "twitch"]
Hashtag = Annotated[str, StringConstraints(pattern=r"^#[^\W\d]\w{1,59}$")]


class Caption(Closed):
    """One caption for one network."""

    platform: Network
    text: Words
    hashtags: Annotated[list[Hashtag], Field(max_length=10)] = []


class CaptionSet(Closed):
    """Captions for all networks asked for."""

    captions: Annotated[list[Caption], Field(min_length=1, max_length=EACH * len(NAMES))]


class Idea(Closed):
    """One thing to make next."""

    title: Line
    hook: Line
    reason: Line


class IdeaSet(Closed):
    """A few ideas."""

    ideas: Annotated[list[Idea], Field(min_length=1, max_length=6)]


class HashtagSet(Closed):
    """Hashtags, from wide to narrow."""

    wide: Annotated[list[Hashtag], Field(max_length=10)]
    narrow: Annotated[list[Hashtag], Field(min_length=1, max_length=15)]


class Scene(Closed):
    """One scene of a script: what is seen and what is said."""

    shows: Line
    says: Words


class Script(Closed):
    """A short video, scene by scene."""

    title: Line
    scenes: Annotated[list[Scene], Field(min_length=1, max_length=12)]
    ending: Line


def _caption_task(wish: Wish) -> str:
    asked = ", ".join(
        f"{name} (at most {MOST_CHARACTERS[name]} characters)" for name in _nets(wish)
    )
    return (
        f"Write exactly {EACH} captions for each of these networks: {asked}. Tone: {wish.tone}."
        " Each takes another way in. Hashtags stand in their own list, each beginning with #."
    )


def _nets(wish: Wish) -> tuple[str, ...]:
    return tuple(name for name in wish.platforms if name in NAMES) or ("youtube",)


def _caption_pages(answer: CaptionSet, wish: Wish) -> Sequence[Passage]:
    pages = []
    for name in _nets(wish):
        fitting = [
            one
            for one in answer.captions
            if one.platform == name and len(one.text) <= MOST_CHARACTERS[name]
        ]
        pages += [
            Passage(NAMES[name], one.text, tags=" ".join(one.hashtags)) for one in fitting[:EACH]
        ]
    return pages


def _caption_complaint(answer: CaptionSet, wish: Wish) -> str:
    counts = Counter(page.title for page in _caption_pages(answer, wish))
    short = [name for name in _nets(wish) if counts[NAMES[name]] < EACH]
    return f"Write {EACH} captions of allowed length for: {', '.join(short)}." if short else ""


def _idea_pages(answer: IdeaSet, _wish: Wish) -> Sequence[Passage]:
    return [Passage(gettext("Idea"), f"{i.title}\n{i.hook}\n{i.reason}") for i in answer.ideas]


def _hashtag_pages(answer: HashtagSet, _wish: Wish) -> Sequence[Passage]:
    found = ((gettext("Wide"), answer.wide), (gettext("Narrow"), answer.narrow))
    return [Passage(title, " ".join(tags)) for title, tags in found if tags]


def _script_pages(answer: Script, _wish: Wish) -> Sequence[Passage]:
    scenes = [Passage(gettext("Scene"), f"{one.shows}\n{one.says}") for one in answer.scenes]
    return [
        Passage(gettext("Title"), answer.title),
        *scenes,
        Passage(gettext("Ending"), answer.ending),
    ]


OPERATIONS = (
    Operation(
        name="caption",
        agent="content",
        label=_("Captions"),
        help=_("Three for each network, in the language you choose."),
        fields=("text", "platforms", "tone", "language"),
        schema=CaptionSet,
        task=_caption_task,
        pages=_caption_pages,
        complain=_caption_complaint,
    ),
    Operation(
        name="ideas",
        agent="content",
        label=_("Ideas"),
        help=_("What to make next about a theme."),
        fields=("text", "language"),
        schema=IdeaSet,
        task=lambda wish: "Propose ideas for videos about what the person names.",
        pages=_idea_pages,
    ),
    Operation(
        name="hashtags",
        agent="content",
        label=_("Hashtags"),
        help=_("Wide ones and narrow ones for a theme."),
        fields=("text", "language"),
        schema=HashtagSet,
        task=lambda wish: "Propose hashtags: a few wide ones, more narrow ones.",
        pages=_hashtag_pages,
    ),
    Operation(
        name="script",
        agent="content",
        label=_("Script"),
        help=_("A short video, scene by scene."),
        fields=("text", "tone", "language"),
        schema=Script,
        task=lambda wish: f"Write the script of a short video. Tone: {wish.tone}.",
        pages=_script_pages,
    ),
)
