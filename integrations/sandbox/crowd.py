"""The invented crowd: who comments what, how they hide abuse, and how a channel grows."""

import random
import re
import tomllib
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from integrations.sandbox import disguise
from integrations.sandbox.world import Author, Channel, Comment, Status, Video, World

CORPUS = Path(__file__).parent / "corpus"
ABUSE_RATE = 0.05
OFFENDERS = 3  # people per channel and language who come back to abuse
PEOPLE = 170  # everybody else on a channel
KINDS = {"praise": 30, "question": 16, "slang": 15, "short": 13, "chatter": 12, "criticism": 10}
RARE = {"spam": 0.03, "intl": 0.012, "markup": 0.006}
_SLOT = re.compile(r"{([a-z]+)}")
ABUSES = {"insult": 36, "body": 18, "threat": 12, "sexual": 14, "identity": 14, "dogpile": 6}


@cache
def corpus(name: str) -> dict[str, Any]:
    """One parsed file of the corpus folder."""
    return tomllib.loads((CORPUS / f"{name}.toml").read_text(encoding="utf-8"))


def channel_keys() -> list[str]:
    """The names of all channels, the main one first."""
    return [spec["key"] for spec in corpus("channels")["channel"]]


@dataclass(frozen=True, slots=True)
class Said:
    """A text before it becomes a comment."""

    text: str
    kind: str
    tongue: str
    abusive: bool = False


class Crowd:
    """All commenters of a world; everything follows from the seed."""

    def __init__(self, world: World, seed: int) -> None:
        self.world = world
        self.seed = seed
        # Not for secrets: the point is that the same seed tells the same story.
        self._random = random.Random(seed)  # noqa: S311
        # By channel and language: whoever comes back to abuse, and everybody else.
        self._offenders: dict[tuple[str, str], list[Author]] = {}
        self._regulars: dict[tuple[str, str], list[Author]] = {}
        self._said: set[str] = set()

    # --- the beginning ---------------------------------------------------------------------------

    def populate(self, sizes: dict[str, int]) -> None:
        """Create the channels, their videos and comments; `sizes` overrides comments by key."""
        for spec in corpus("channels")["channel"]:
            channel = self._channel(spec)
            self._videos(channel, spec)
            self._gather(channel, spec)
            self._seed_comments(channel, sizes.get(spec["key"], int(spec["comments"])))

    def _channel(self, spec: dict[str, Any]) -> Channel:
        channel = Channel(
            id=self.world.mint.channel(self.seed, spec["key"]),
            key=spec["key"],
            title=spec["title"],
            handle=spec["handle"],
            description=spec["description"],
            country=spec["country"],
            language=spec["language"],
            colour=spec["colour"],
            subscribers=int(spec["subscribers"]),
            views=int(spec["views"]),
            views_per_hour=int(spec["views_per_hour"]),
            published_at=self.world.epoch - timedelta(days=self._random.randint(900, 2400)),
        )
        self.world.channels[channel.id] = channel
        self.world.authors[channel.id] = Author(channel.id, channel.handle)
        return channel

    def _videos(self, channel: Channel, spec: dict[str, Any]) -> None:
        at = self.world.epoch - timedelta(days=2, hours=self._random.randint(1, 9))
        for title in spec["videos"]:
            views = self._random.randint(8, 60) * channel.subscribers // 100
            video_id = self.world.mint.video(self.seed, title)
            self.world.videos[video_id] = Video(
                id=video_id,
                channel_id=channel.id,
                title=title,
                description=f"{title}\n\n{channel.description}",
                published_at=at.replace(microsecond=0),
                minutes=self._random.randint(6, 31),
                views=views,
                likes=views * self._random.randint(3, 9) // 100,
                comments_enabled=title != spec["disabled"],
            )
            at -= timedelta(days=7, hours=self._random.randint(-6, 6))

    def _gather(self, channel: Channel, spec: dict[str, Any]) -> None:
        people = corpus("people")
        share = {"fr": spec["share_fr"], "en": 1 - spec["share_fr"]}
        for tongue in ("en", "fr"):
            handles: dict[str, None] = {}
            while len(handles) < OFFENDERS + PEOPLE * share[tongue]:
                first = self._random.choice(people[f"first_{tongue}"])
                noun = self._random.choice(people[f"noun_{tongue}"])
                dot = self._random.choice(["", "", ".", "_", "-"])
                handles[f"@{first}{dot}{noun}{self._random.choice(people['suffix'])}"] = None
            authors = [self.world.author(handle) for handle in handles]
            self._offenders[channel.id, tongue] = authors[:OFFENDERS]
            self._regulars[channel.id, tongue] = authors[OFFENDERS:]

    def _seed_comments(self, channel: Channel, count: int) -> None:
        videos = [video for video in self.world.uploads(channel.id) if video.comments_enabled]
        weights = [
            4.0 if position < 3 else 1.0 + 8 / (position + 2) for position in range(len(videos))
        ]
        piled_on = videos[1]  # one video of every channel has had its bad evening
        tops: dict[str, list[Comment]] = {}
        for number in range(count):
            said = self._think(channel, abusive=self._random.random() < ABUSE_RATE)
            video = self._random.choices(videos, weights)[0]
            if said.abusive and self._random.random() < 0.35:
                video = piled_on
            parent = None
            if self._random.random() < 0.24 and tops.get(video.id):
                # Squaring the draw makes a few threads long, as real ones are.
                position = int(len(tops[video.id]) * self._random.random() ** 2.5)
                parent = tops[video.id][position]
            salt = f"{self.seed}|{channel.key}|{number}"
            comment = self._post(channel, video, parent, said, self._when(video, parent), salt)
            if parent is None and comment.status == "published":
                tops.setdefault(video.id, []).append(comment)
        self.world.touched.clear()

    def _when(self, video: Video, parent: Comment | None) -> datetime:
        start = parent.published_at if parent else video.published_at
        room = (self.world.epoch - start).total_seconds() - 60
        delay = min(self._random.expovariate(1 / (40 * 3600)), room * self._random.random())
        return start + timedelta(seconds=max(delay, 1))

    # --- later -----------------------------------------------------------------------------------

    def post(
        self,
        channel: Channel,
        *,
        abusive: bool | None = None,
        video: Video | None = None,
        at: datetime | None = None,
    ) -> Comment:
        """Somebody comments now, on one of the newest videos unless one is given."""
        if abusive is None:
            abusive = self._random.random() < ABUSE_RATE * 2
        if video is None:
            open_videos = [v for v in self.world.uploads(channel.id) if v.comments_enabled]
            video = self._random.choice(open_videos[:4])
        said = self._think(channel, abusive=abusive)
        parent = None
        threads = self.world.threads("published", video_id=video.id)[:8]
        if threads and self._random.random() < 0.15:
            parent = self._random.choice(threads)
        return self._post(channel, video, parent, said, at or self.world.clock.now())

    # --- one comment -----------------------------------------------------------------------------

    def _post(
        self,
        channel: Channel,
        video: Video,
        parent: Comment | None,
        said: Said,
        at: datetime,
        salt: str = "",
    ) -> Comment:
        if parent and not said.abusive and said.kind not in {"spam", "markup"}:
            said, author = self._answer(channel, parent)
        else:
            author = self._speaker(channel, said)
        return self.world.add(
            video=video,
            author=author,
            text=said.text,
            at=at,
            parent=parent,
            status=self._first_status(said),
            likes=int(self._random.paretovariate(1.1)) - 1 if not said.abusive else 0,
            salt=salt,
        )

    def _speaker(self, channel: Channel, said: Said) -> Author:
        if said.abusive and self._random.random() < 0.65:
            return self._random.choice(self._offenders[channel.id, said.tongue])
        return self._random.choice(self._regulars[channel.id, said.tongue])

    def _answer(self, channel: Channel, parent: Comment) -> tuple[Said, Author]:
        if self._random.random() < 0.12:
            said = self._phrase(channel, "owner", tongue=channel.language)
            return said, self.world.authors[channel.id]
        said = self._phrase(channel, "reply")
        if self._random.random() < 0.35:
            named = f"{self.world.authors[parent.author_id].handle} {said.text}"
            said = Said(named, said.kind, said.tongue)
        return said, self._speaker(channel, said)

    def _first_status(self, said: Said) -> Status:
        # What YouTube's own filters do before the owner sees anything; they are not very good.
        draw = self._random.random()
        if said.kind == "spam":
            return "likelySpam" if draw < 0.7 else "heldForReview" if draw < 0.9 else "published"
        if said.abusive:
            return "heldForReview" if draw < 0.22 else "likelySpam" if draw < 0.26 else "published"
        return "heldForReview" if draw < 0.012 else "published"

    def _think(self, channel: Channel, *, abusive: bool) -> Said:
        if abusive:
            kind = self._random.choices(list(ABUSES), list(ABUSES.values()))[0]
            return self._phrase(channel, kind, abusive=True)
        draw = self._random.random()
        for kind, rate in RARE.items():
            if draw < rate:
                return self._phrase(channel, kind)
            draw -= rate
        return self._phrase(channel, self._random.choices(list(KINDS), list(KINDS.values()))[0])

    def _phrase(
        self, channel: Channel, kind: str, *, abusive: bool = False, tongue: str = ""
    ) -> Said:
        spec = next(s for s in corpus("channels")["channel"] if s["key"] == channel.key)
        tongue = tongue or ("fr" if self._random.random() < spec["share_fr"] else "en")
        if kind in {"intl", "markup"}:
            return Said(self._random.choice(corpus("people")[kind]), kind, tongue)
        text = ""
        for _ in range(4):  # people rarely write the very same thing, short cheers apart
            text = self._worded(channel, kind, corpus(tongue), spec[tongue], abusive=abusive)
            if text not in self._said:
                break
        self._said.add(text)
        return Said(text, kind, tongue, abusive)

    def _worded(
        self,
        channel: Channel,
        kind: str,
        words: dict[str, Any],
        slots: dict[str, list[str]],
        *,
        abusive: bool,
    ) -> str:
        line = self._random.choice(words["abuse"][kind] if abusive else words[kind])
        if abusive:
            if self._random.random() < 0.3:
                line = f"{self._random.choice(words['sneers'])} {line}"
            line = line.replace("@owner", channel.handle)
            return disguise.vary(self._filled(line, words, slots), self._random)
        if kind in {"praise", "question", "criticism", "chatter"}:
            if self._random.random() < 0.16:
                line = f"{line} {self._random.choice(words[kind])}"
            line = self._framed(line, words)
        return self._styled(self._filled(line, words, slots), words)

    def _filled(self, line: str, words: dict[str, Any], slots: dict[str, list[str]]) -> str:
        ranges = {"days": (2, 90), "time": (1, 19), "n": (2, 99)}

        def fill(match: re.Match[str]) -> str:
            name = match[1]
            if name in ranges:
                return str(self._random.randint(*ranges[name]))
            options: list[str] = slots.get(name) or words.get(name) or [match[0]]
            return self._random.choice(options)

        return _SLOT.sub(fill, line)

    def _framed(self, text: str, words: dict[str, Any]) -> str:
        if self._random.random() < 0.3:
            opener = self._random.choice(words["openers"])
            inside = opener[-1] not in ".!👋🌴" and not text.startswith("I ")
            text = f"{opener} {text[:1].lower() + text[1:] if inside else text}"
        if self._random.random() < 0.25:
            text = f"{text} {self._random.choice(words['closers'])}"
        return text

    def _styled(self, text: str, words: dict[str, Any]) -> str:
        draw = self._random.random()
        if draw < 0.18:
            text = text.lower().rstrip(".")
        elif draw < 0.24:
            text = text.rstrip(".") + self._random.choice(["!!", "!!!", "...", " :)"])
        elif draw < 0.28 and len(text) > 12:
            spot = self._random.randrange(3, len(text) - 3)
            if text[spot - 1 : spot + 2].isalpha():
                text = text[:spot] + text[spot + 1] + text[spot] + text[spot + 2 :]
        if self._random.random() < 0.22:
            text += " " + self._random.choice(words["emoji"])
        return text
