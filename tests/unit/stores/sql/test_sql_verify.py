"""Every invariant that ``verify`` names is one it finds broken."""

from collections.abc import Iterator

import pytest

from memory_os.domain.lifecycle import State
from memory_os.testing.cubes import DAY, START, create, cube, govern, revise, revised, write
from memory_os_stores.sql import SqlCubeStore
from memory_os_stores.sql.verifying import CHECKS

ONE, TWO, GONE = (cube(number).id for number in (1, 2, 3))

DAMAGES = {
    "has no head version": f"UPDATE cubes SET version = 9 WHERE cube_id = '{ONE}'",
    "another number of open versions": "UPDATE versions SET superseded_at = NULL",
    "an open version that is not its head": f"UPDATE cubes SET version = 1 WHERE cube_id = '{ONE}'",
    "lacks a version": f"DELETE FROM versions WHERE cube_id = '{ONE}' AND version = 1",
    "has versions but no row": f"DELETE FROM cubes WHERE cube_id = '{TWO}'",
    "a passage of a version that is not there": f"DELETE FROM versions WHERE cube_id = '{TWO}'",
    "an open passage of a version that is not its head, or of a hidden state": (
        f"UPDATE chunks SET live_to = NULL WHERE cube_id = '{GONE}'"
    ),
    "has passages, and none is open": f"UPDATE chunks SET live_to = 9 WHERE cube_id = '{TWO}'",
    "a passage that no index was told of": f"DELETE FROM outbox WHERE cube_id = '{TWO}'",
    "does not end where its head says": "UPDATE tenants SET seq = seq + 1",
    "without index work, or the reverse": "DELETE FROM outbox WHERE seq = 3",
    "a chunk number beyond its head": "UPDATE tenants SET next_chunk = 2",
    "belongs to a tenant without a head": "DELETE FROM tenants",
    "refers to one that is not there": f"DELETE FROM cubes WHERE cube_id = '{ONE}'",
    "broken at entry 2": "DELETE FROM journal WHERE seq = 2",
    "broken at entry 4": "UPDATE journal SET hash = zeroblob(32) WHERE seq = 4",
}


@pytest.fixture
def store() -> Iterator[SqlCubeStore]:
    opened = SqlCubeStore.open("sqlite://")
    one, gone = cube(1), cube(3)
    opened.write(write(create(one), create(cube(2)), create(gone)))
    opened.write(write(revise(revised(one, "new", START + DAY))))
    opened.write(write(govern(gone, State.EXPIRED, START + DAY)))
    yield opened
    opened.close()


def test_a_healthy_store_has_nothing_wrong(store: SqlCubeStore) -> None:
    assert store.verify() == []


@pytest.mark.parametrize("words", DAMAGES)
def test_damage_is_found_and_named(store: SqlCubeStore, words: str) -> None:
    driver = store._database._writer.driver
    driver.execute("PRAGMA foreign_keys = OFF")
    driver.execute(DAMAGES[words])
    assert any(words in found for found in store.verify())


def test_every_check_has_its_damage() -> None:
    for words in CHECKS:
        assert any(part in words for part in DAMAGES), words
