"""The invented crowd: repeatable, varied, in two languages, and as nasty as agreed."""

import random
from collections import Counter
from datetime import UTC, datetime

import pytest

from integrations.sandbox import disguise
from integrations.sandbox.crowd import ABUSES, Crowd, Said, corpus
from integrations.sandbox.memory import Memory, Options
from integrations.sandbox.world import Channel, Clock, World

EPOCH = datetime(2026, 11, 20, 12, tzinfo=UTC)


def crowd(seed: int = 42, epoch: datetime = EPOCH, **sizes: int) -> Crowd:
    made = Crowd(World(Clock(), epoch), seed)
    made.populate(sizes)
    return made


def story(made: Crowd) -> list[tuple[str, str, str, str]]:
    return [(c.id, c.author_id, c.text, c.status) for c in made.world.comments.values()]


def test_it_tells_the_same_story_for_the_same_seed_on_any_day():
    assert story(crowd()) == story(crowd(epoch=datetime(2027, 3, 1, tzinfo=UTC)))
    assert story(crowd()) != story(crowd(seed=7))


@pytest.mark.parametrize("count", [0, 1, 1000, 3000])
def test_it_gives_a_channel_exactly_the_asked_number(count):
    made = crowd(mila=count)
    mila = next(c for c in made.world.channels.values() if c.key == "mila")
    found = [c for c in made.world.comments.values() if c.channel_id == mila.id]
    assert len(found) == count
    assert "rejected" not in {c.status for c in found}
    # Every comment can be found in one of the three listings.
    listed = set()
    for status in ("published", "heldForReview", "likelySpam"):
        for top in made.world.threads(status, channel_id=mila.id):
            listed |= {top.id} | {r.id for r in made.world.replies(top.id, status)}
            listed |= {r.id for r in made.world.replies(top.id)}
    assert listed == {c.id for c in found}


def test_it_does_not_repeat_itself():
    texts = Counter(c.text for c in crowd(mila=1000).world.comments.values())
    assert len(texts) > 0.93 * texts.total()
    assert texts.most_common(1)[0][1] < 8


def test_it_happens_before_now_and_after_its_video():
    world = crowd().world
    for comment in world.comments.values():
        assert comment.published_at < world.epoch
        assert comment.published_at > world.videos[comment.video_id].published_at
        if comment.parent_id:
            assert comment.published_at > world.comments[comment.parent_id].published_at


class Listener(Crowd):
    """A crowd that remembers what it thought before it was posted."""

    def __init__(self, world: World, seed: int) -> None:
        super().__init__(world, seed)
        self.thoughts: list[Said] = []

    def _think(self, channel: Channel, *, abusive: bool) -> Said:
        said = super()._think(channel, abusive=abusive)
        self.thoughts.append(said)
        return said


def test_it_is_abusive_in_about_one_of_twenty_and_repeatedly():
    made = Listener(World(Clock(), EPOCH), 42)
    made.populate({"mila": 1000})
    abuse = [said for said in made.thoughts if said.abusive]
    assert 0.04 <= len(abuse) / len(made.thoughts) <= 0.06
    assert {said.kind for said in abuse} == set(ABUSES)
    assert {said.tongue for said in abuse} == {"en", "fr"}
    offenders = {author.id for group in made._offenders.values() for author in group}
    theirs = Counter(c.author_id for c in made.world.comments.values() if c.author_id in offenders)
    assert sum(count >= 3 for count in theirs.values()) >= 5


def test_it_fills_every_slot():
    texts = [c.text for c in crowd(mila=3000).world.comments.values()]
    templates = ("{thing}", "{tool}", "{step}", "{place}", "{matter}", "{kin}", "{n}", "@owner")
    assert not [text for text in texts if any(slot in text for slot in templates)]
    assert any("\u200b" in text for text in texts)
    assert any("\u202e" in text for text in texts)
    assert any("<script>" in text for text in texts)


def test_it_populates_every_listing_of_every_channel():
    world = crowd().world
    for channel in world.channels.values():
        assert 12 <= len(world.uploads(channel.id)) <= 25
        for status in ("published", "heldForReview", "likelySpam"):
            assert world.threads(status, channel_id=channel.id)


@pytest.mark.parametrize("change", disguise.DISGUISES)
def test_it_disguises_words_visibly_or_not(change):
    chance = random.Random(5)
    text = "you are a worthless clown and nobody likes you"
    changed = change(text, chance)
    assert changed != text
    assert change("ok?", chance) == "ok?"


def test_it_goes_on_commenting():
    memory = Memory(Options(seed=3))
    channel = next(iter(memory.world.channels.values()))
    before = len(memory.world.comments)
    made = [memory.crowd.post(channel) for _ in range(60)]
    assert len(memory.world.comments) == before + 60
    assert len({comment.id for comment in made}) == 60
    assert {c.video_id for c in made} <= {v.id for v in memory.world.uploads(channel.id)[:5]}


def test_its_corpus_has_the_same_shape_in_both_languages():
    english, french = corpus("en"), corpus("fr")
    assert set(english) == set(french)
    assert set(english["abuse"]) == set(french["abuse"]) == set(ABUSES)
