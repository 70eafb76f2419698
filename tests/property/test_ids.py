"""Ids ascend, whoever asks and whatever the clock does."""

import random
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from memory_os.clock import EPOCH, ManualClock, SystemClock, from_micros
from memory_os.ids import UlidSource, encode_ulid

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
STEPS = st.lists(st.integers(-(10**7), 10**7), min_size=1, max_size=60)


def decode(ulid: str) -> int:
    value = 0
    for char in ulid:
        value = value * 32 + ALPHABET.index(char)
    return value


@settings(deadline=None)
@given(st.integers(0, 2**128 - 1))
def test_a_ulid_decodes_to_its_number(value: int) -> None:
    text = encode_ulid(value)
    assert len(text) == 26
    assert decode(text) == value


@settings(deadline=None)
@given(st.lists(st.integers(0, 2**128 - 1), min_size=2, max_size=2))
def test_ulids_sort_as_their_numbers_do(pair: list[int]) -> None:
    left, right = pair
    assert (encode_ulid(left) < encode_ulid(right)) is (left < right)


@settings(deadline=None)
@given(st.integers(-(10**9), 10**15), STEPS, st.integers(0, 2**32))
def test_ids_ascend_strictly_while_the_clock_steps_about(
    start: int, steps: list[int], seed: int
) -> None:
    clock = ManualClock(from_micros(start))
    source = UlidSource(clock, random.Random(seed).randbytes)
    made = [source.new("mem")]
    for step in steps:
        clock.advance(timedelta(microseconds=step))
        made.append(source.new("mem"))
    assert made == sorted(set(made))
    assert all(len(name) == 30 and name.startswith("mem_") for name in made)


@settings(deadline=None)
@given(st.integers(0, 2**47))
def test_an_id_tells_the_millisecond_it_was_made_in(millis: int) -> None:
    clock = ManualClock(EPOCH + timedelta(milliseconds=millis))
    made = UlidSource(clock, random.Random(7).randbytes).new("mem")
    assert decode(made.removeprefix("mem_")) >> 80 == millis


def test_the_greatest_chance_leaves_room_to_count_within_a_millisecond() -> None:
    clock = ManualClock(from_micros(1_700_000_000_000_000))
    source = UlidSource(clock, lambda count: b"\xff" * count)
    made = [source.new("mem") for _ in range(1_000)]
    assert made == sorted(set(made))
    assert {decode(name.removeprefix("mem_")) >> 80 for name in made} == {1_700_000_000_000}


def test_two_sources_at_1970_and_before_do_not_make_the_same_ids() -> None:
    for clock in (ManualClock(), ManualClock(EPOCH - timedelta(days=9))):
        one = UlidSource(clock, random.Random(1).randbytes)
        other = UlidSource(clock, random.Random(2).randbytes)
        assert one.new("mem") != other.new("mem")


def test_the_same_clock_and_chance_make_the_same_ids_again() -> None:
    def run() -> list[str]:
        source = UlidSource(ManualClock(), random.Random(3).randbytes)
        return [source.new("mem") for _ in range(5)]

    assert run() == run()


def test_threads_never_get_the_same_id_and_each_sees_them_ascend() -> None:
    source = UlidSource(SystemClock(), random.Random(5).randbytes)

    def take(_: int) -> list[str]:
        return [source.new("mem") for _ in range(2_000)]

    with ThreadPoolExecutor(8) as pool:
        runs = list(pool.map(take, range(8)))
    assert all(run == sorted(run) for run in runs)
    assert len({name for run in runs for name in run}) == 16_000
