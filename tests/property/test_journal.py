"""The journal is a chain: whoever touches a link is found out."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from memory_os.domain.journal import GENESIS, Entry, Note, chain, first_break, seal_of

TEXT = st.text(st.characters(exclude_categories=("Cs",)), max_size=12)
NOTES = st.builds(Note, TEXT, TEXT, st.lists(TEXT, max_size=3).map(tuple), TEXT, TEXT)
TIMES = st.datetimes(timezones=st.just(UTC))
ITEMS = st.lists(st.tuples(NOTES, TIMES), min_size=1, max_size=8)


def linked(items: list[tuple[Note, datetime]], *, seq: int = 0, prev: str = GENESIS) -> list[Entry]:
    entries: list[Entry] = []
    for note, at in items:
        entry = chain(note, seq=seq + 1, at=at, prev=prev)
        entries.append(entry)
        seq, prev = entry.seq, entry.hash
    return entries


@settings(deadline=None)
@given(ITEMS)
def test_an_untouched_chain_is_whole_from_any_link_on(
    items: list[tuple[Note, datetime]],
) -> None:
    entries = linked(items)
    assert first_break(entries) is None
    assert first_break(iter(entries)) is None
    middle = entries[len(entries) // 2]
    rest = entries[len(entries) // 2 + 1 :]
    assert first_break(rest, middle.hash, middle.seq) is None
    assert first_break([]) is None


def test_a_reason_can_be_taken_out_but_not_replaced() -> None:
    at = datetime(2026, 3, 1, tzinfo=UTC)
    note = Note("ada", "delete", ("mem_1",), "she moved", salt="5a17")
    entry = chain(note, seq=1, at=at, prev=GENESIS)
    sealed = seal_of(note)
    taken = replace(entry, note=replace(note, reason="", salt="", sealed=sealed))
    assert first_break([entry]) is None
    assert first_break([taken]) is None
    for forged in ({"reason": "she died"}, {"reason": "she died", "salt": "5a17"}):
        assert first_break([replace(taken, note=replace(taken.note, **forged))]) == 1


@settings(deadline=None)
@given(ITEMS, st.data())
def test_tampering_with_any_part_of_any_entry_is_found_where_it_happened(
    items: list[tuple[Note, datetime]], data: st.DataObject
) -> None:
    entries = linked(items)
    place = data.draw(st.integers(0, len(entries) - 1))
    entry = entries[place]
    touched = data.draw(
        st.one_of(
            NOTES.map(lambda note: replace(entry, note=note)),
            TIMES.map(lambda at: replace(entry, at=at)),
            st.integers(0, 20).map(lambda seq: replace(entry, seq=seq)),
            st.text("0123456789abcdef", min_size=64, max_size=64).map(
                lambda digest: replace(entry, hash=digest)
            ),
            st.text("0123456789abcdef", min_size=64, max_size=64).map(
                lambda digest: replace(entry, prev=digest)
            ),
        )
    )
    assume(touched != entry)
    assert first_break([*entries[:place], touched, *entries[place + 1 :]]) == place + 1


@settings(deadline=None)
@given(ITEMS, st.data())
def test_an_entry_forged_with_its_own_hash_breaks_the_chain_behind_it(
    items: list[tuple[Note, datetime]], data: st.DataObject
) -> None:
    entries = linked(items)
    assume(len(entries) > 1)
    place = data.draw(st.integers(0, len(entries) - 2))
    entry = entries[place]
    forged = chain(data.draw(NOTES), seq=entry.seq, at=entry.at, prev=entry.prev)
    assume(forged != entry)
    found = first_break([*entries[:place], forged, *entries[place + 1 :]])
    assert found == place + 2


@settings(deadline=None)
@given(ITEMS, st.data())
def test_dropping_an_entry_before_the_last_is_found(
    items: list[tuple[Note, datetime]], data: st.DataObject
) -> None:
    entries = linked(items)
    assume(len(entries) > 1)
    place = data.draw(st.integers(0, len(entries) - 2))
    assert first_break(entries[:place] + entries[place + 1 :]) == place + 1


@settings(deadline=None)
@given(ITEMS, st.data())
def test_reordering_and_repeating_are_found(
    items: list[tuple[Note, datetime]], data: st.DataObject
) -> None:
    entries = linked(items)
    repeated = data.draw(st.integers(0, len(entries) - 1))
    doubled = [*entries[: repeated + 1], *entries[repeated:]]
    assert first_break(doubled) == repeated + 2
    shuffled = data.draw(st.permutations(entries))
    assume(shuffled != entries)
    moved = next(
        n for n, pair in enumerate(zip(entries, shuffled, strict=True)) if pair[0] != pair[1]
    )
    assert first_break(shuffled) == moved + 1


@settings(deadline=None)
@given(ITEMS, ITEMS)
def test_the_head_stands_for_everything_before_it(
    items: list[tuple[Note, datetime]], others: list[tuple[Note, datetime]]
) -> None:
    assume(items != others)
    assert linked(items)[-1].hash != linked(others)[-1].hash


def test_a_hash_is_sha256_over_the_one_before_and_the_canonical_entry() -> None:
    entry = chain(
        Note("ada", "create", ("mem_1",), "why", "aa"),
        seq=1,
        at=datetime(2026, 3, 1, tzinfo=UTC),
        prev=GENESIS,
    )
    assert entry.hash == "79fcd734191e124525151a1acaa4504c2a55a76d5e2231baf3be612064f7ef58"


def test_the_same_moment_in_another_zone_is_the_same_entry() -> None:
    note = Note("ada", "create", ("mem_1",))
    moment = datetime(2026, 3, 1, 12, tzinfo=UTC)
    later = moment + timedelta(microseconds=1)
    first = chain(note, seq=1, at=moment, prev=GENESIS)
    assert chain(note, seq=1, at=moment, prev=GENESIS).hash == first.hash
    assert chain(note, seq=1, at=later, prev=GENESIS).hash != first.hash
