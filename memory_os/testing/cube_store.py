"""The conformance suite of ``CubeStore``: subclass it and say how to make a store."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from memory_os.domain.access import DEFAULT_TENANT
from memory_os.domain.journal import first_break
from memory_os.errors import NotSupported, StoreUnavailable
from memory_os.ports.cube_store import Ability, CubeStore
from memory_os.testing.cube_store_finding import CubeStoreFinding
from memory_os.testing.cube_store_following import CubeStoreFollowing
from memory_os.testing.cube_store_paging import CubeStorePaging
from memory_os.testing.cube_store_reading import CubeStoreReading
from memory_os.testing.cube_store_travelling import CubeStoreTravelling
from memory_os.testing.cube_store_writing import CubeStoreWriting
from memory_os.testing.cubes import EVERYONE, create, cube, write

Another = Callable[[CubeStore], CubeStore]
"""Open a second store on the rows of a first, or raise ``NotSupported``."""


class CubeStoreSuite(
    CubeStoreWriting,
    CubeStoreReading,
    CubeStoreFinding,
    CubeStorePaging,
    CubeStoreFollowing,
    CubeStoreTravelling,
):
    """Every sentence of the port.

    A subclass has a fixture ``store``, which gives an empty store and closes it, and a fixture
    ``another``, which gives an ``Another``.
    """

    def test_threads_write_and_read_together(self, store: CubeStore) -> None:
        def work(thread: int) -> None:
            for step in range(10):
                one = cube(thread * 100 + step)
                store.write(write(create(one)))
                assert store.get(EVERYONE, [one.id]) == [one]

        with ThreadPoolExecutor(8) as pool:
            list(pool.map(work, range(8)))
        entries = store.journal(DEFAULT_TENANT, 0, 1000)
        assert len(entries) == 80
        assert first_break(entries) is None
        assert store.verify() == []

    def test_declared_abilities_are_of_the_port(self, store: CubeStore) -> None:
        assert store.capabilities <= set(Ability)

    def test_what_is_durable_is_there_after_closing(
        self, store: CubeStore, another: Another
    ) -> None:
        if Ability.DURABLE not in store.capabilities:
            with pytest.raises(NotSupported):
                another(store)
            return
        store.write(write(create(cube(1))))
        identity = store.instance_id
        store.close()
        opened = another(store)
        assert opened.get(EVERYONE, [cube(1).id]) == [cube(1)]
        assert opened.instance_id == identity
        assert opened.verify() == []
        opened.close()

    def test_what_is_shared_is_seen_by_both_at_once(
        self, store: CubeStore, another: Another
    ) -> None:
        if Ability.SHARED_BY_PROCESSES not in store.capabilities:
            with pytest.raises(NotSupported):
                another(store)
            return
        second = another(store)
        for number in range(1, 11):
            writer, reader = (store, second) if number % 2 else (second, store)
            writer.write(write(create(cube(number))))
            assert reader.head(DEFAULT_TENANT) == number
            assert reader.get(EVERYONE, [cube(number).id]) == [cube(number)]
        assert first_break(store.journal(DEFAULT_TENANT, 0, 99)) is None
        second.close()

    def test_closing_twice_does_nothing_more(self, store: CubeStore) -> None:
        store.close()
        store.close()

    def test_a_closed_store_says_so(self, store: CubeStore) -> None:
        store.close()
        with pytest.raises(StoreUnavailable):
            store.get(EVERYONE, [cube(1).id])
        with pytest.raises(StoreUnavailable):
            store.write(write(create(cube(1))))
