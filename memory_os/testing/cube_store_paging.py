"""The conformance suite of ``CubeStore``: turning the pages of a listing."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from memory_os.domain.access import DEFAULT_TENANT, AccessFilter
from memory_os.domain.cube import Cube
from memory_os.domain.filters import parse_filter
from memory_os.domain.lifecycle import State
from memory_os.domain.query import Visibility
from memory_os.errors import InvalidCursor, InvalidInput
from memory_os.ports.cube_store import CubeStore, Listing
from memory_os.testing.cubes import ADA, DAY, EVERYONE, START, create, cube, govern, write


def pages(store: CubeStore, listing: Listing) -> Iterator[tuple[Cube, ...]]:
    """Turn the pages of a listing to its end."""
    while True:
        page = store.find(EVERYONE, listing, START + 99 * DAY)
        yield page.cubes
        if page.cursor is None:
            return
        listing = replace(listing, cursor=page.cursor)


class CubeStorePaging:
    """``find``, page by page."""

    def test_pages_come_in_the_order_of_creation_then_id(self, store: CubeStore) -> None:
        created = {1: 2, 2: 0, 3: 1, 4: 0, 5: 2}
        store.write(write(*(create(cube(n, at=START + d * DAY)) for n, d in created.items())))
        for newest_first, order in ((False, [2, 4, 3, 1, 5]), (True, [5, 1, 3, 4, 2])):
            for limit in (1, 2, 3, 5, 9):
                listing = Listing(limit=limit, newest_first=newest_first)
                turned = list(pages(store, listing))
                found = [int(c.id.removeprefix("mem_")) for page in turned for c in page]
                assert found == order
                assert [len(page) for page in turned[:-1]] == [limit] * (len(turned) - 1)

    def test_pages_hold_while_cubes_come_and_go(self, store: CubeStore) -> None:
        store.write(write(*(create(cube(n, at=START + n * DAY)) for n in range(1, 7))))
        listing = Listing(limit=2)
        first = store.find(EVERYONE, listing, START)
        store.write(write(govern(cube(2), State.EXPIRED, START + 9 * DAY), create(cube(9))))
        rest = list(pages(store, replace(listing, cursor=first.cursor)))
        assert [c.id for page in rest for c in page] == [cube(n).id for n in (3, 4, 5, 6)]

    def test_an_empty_listing_has_one_empty_page(self, store: CubeStore) -> None:
        assert list(pages(store, Listing())) == [()]

    @pytest.mark.parametrize(
        "cursor", ["", "x", "!!!", "e30", "WzEsMiwzXQ", "bnVsbA", "é", "a" * 5000, "\x00"]
    )
    def test_a_cursor_from_elsewhere_is_refused(self, store: CubeStore, cursor: str) -> None:
        with pytest.raises(InvalidCursor):
            store.find(EVERYONE, Listing(cursor=cursor), START)

    def test_a_cursor_belongs_to_its_listing_and_caller(self, store: CubeStore) -> None:
        store.write(write(*(create(cube(n)) for n in range(1, 5))))
        listing = Listing(limit=1)
        cursor = store.find(EVERYONE, listing, START).cursor
        assert store.find(EVERYONE, replace(listing, cursor=cursor, limit=3), START).cubes
        for other in (
            Listing(cursor=cursor, newest_first=True),
            Listing(Visibility(ADA), cursor=cursor),
            Listing(Visibility(filter=parse_filter({"city": "Oslo"})), cursor=cursor),
            Listing(Visibility(states=frozenset({State.GENERATED})), cursor=cursor),
        ):
            with pytest.raises(InvalidCursor):
                store.find(EVERYONE, other, START)
        with pytest.raises(InvalidCursor):
            store.find(AccessFilter(DEFAULT_TENANT, "p"), replace(listing, cursor=cursor), START)

    @pytest.mark.parametrize("limit", [0, -1])
    def test_a_page_holds_at_least_one(self, store: CubeStore, limit: int) -> None:
        with pytest.raises(InvalidInput):
            store.find(EVERYONE, Listing(limit=limit), START)
