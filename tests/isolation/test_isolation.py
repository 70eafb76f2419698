"""No answer at any door shows a caller more, or less, than the law allows."""

import time
from collections import Counter

import pytest

from tests.isolation.fuzz import WEIGHTS, Tally, run

CALLS, LONG_CALLS, WORLD = 250, 100_000, 2_000
SECONDS = 8.0


def test_every_answer_is_the_laws_for_some_seconds() -> None:
    tally, until, seed = Tally(), time.monotonic() + SECONDS, 0
    while not seed or time.monotonic() < until:
        run(seed, CALLS, tally)
        seed += 1
    assert tally.calls >= CALLS
    assert set(tally.doors) == {"SDK", "REST"}


@pytest.mark.long
def test_every_answer_is_the_laws_a_hundred_thousand_times() -> None:
    tally = Tally()
    for seed in range(1_000, 1_000 + LONG_CALLS // WORLD):
        run(seed, WORLD, tally)
    told(tally)
    assert tally.calls == LONG_CALLS
    assert set(tally.kinds) == set(WEIGHTS)
    assert min(tally.doors.values()) > LONG_CALLS // 3


def told(tally: Tally) -> None:
    """Print what a run was made of."""
    kinds = Counter(tally.kinds)
    print(f"{tally.calls} calls: {dict(tally.doors)}; answers: {dict(tally.codes)}")
    print(f"{tally.shown} ids shown; kinds: {dict(kinds.most_common())}")
