"""A foreign id and one that nobody has take the same time to be refused."""

import time
from random import Random
from statistics import median

import pytest

from memory_os.errors import NotFound
from memory_os.sdk import Memory
from tests.isolation.fuzz import NOTHING
from tests.isolation.world import World, opened

PAIRS, MOST = 3_000, 0.08


def _refusal(memory: Memory, memory_id: str) -> float:
    begun = time.perf_counter()
    with pytest.raises(NotFound):
        memory.get(memory_id)
    return time.perf_counter() - begun


def _doors(world: World) -> list[tuple[Memory, str]]:
    admin = next(s for s in world.seats if s.caller.kind == "operator" and not any(s.caller.bound))
    reader = next(s for s in world.seats if s.caller.tenant != admin.caller.tenant)
    for number in range(200):
        admin.embedded.add(f"Note {number} of the ferry.", user_id="ada")
    foreign = admin.embedded.get_all(limit=1).results[0].id
    return [(reader.embedded, foreign), (reader.served, foreign)]


@pytest.mark.long
def test_a_foreign_id_takes_as_long_as_an_unknown_one() -> None:
    """Compare interleaved pairs, in random order, by how often the foreign one is slower.

    Of equal clocks that is one half, give or take 0.02 for so many pairs; one that tells them apart
    by as little as the noise of one call shows as more than ``MOST`` off.
    """
    draw = Random(5)
    with opened(draw) as world:
        for door, foreign in _doors(world):
            slower, gaps = 0.0, []
            for _ in range(PAIRS):
                first = draw.random() < 0.5
                order = (foreign, NOTHING[0]) if first else (NOTHING[0], foreign)
                one, other = (_refusal(door, each) for each in order)
                theirs, nobodys = (one, other) if first else (other, one)
                slower += 0.5 if theirs == nobodys else float(theirs > nobodys)
                gaps.append(theirs - nobodys)
            share = slower / PAIRS
            print(f"foreign slower in {share:.3f} of pairs, median gap {median(gaps) * 1e6:.1f} µs")
            assert abs(share - 0.5) < MOST
