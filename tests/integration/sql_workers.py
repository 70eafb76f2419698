"""What other processes do to a store in the tests of this folder."""

import multiprocessing
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from multiprocessing.connection import Connection
from multiprocessing.context import ForkServerProcess

from memory_os.domain.access import DEFAULT_TENANT
from memory_os.domain.cube import Governance, Parent
from memory_os.domain.lifecycle import State
from memory_os.errors import VersionConflict
from memory_os.testing.cubes import DAY, EVERYONE, START, create, cube, govern, revise, revised
from memory_os.testing.cubes import write as writing
from memory_os_stores.sql import SqlCubeStore

PROCESSES = multiprocessing.get_context("forkserver")
PROCESSES.set_forkserver_preload(["memory_os_stores.sql", "memory_os.testing.cubes"])
SLOT = 1_000


def start(work: Callable[..., None], *args: object) -> ForkServerProcess:
    """Start a process that does ``work``."""
    process = PROCESSES.Process(target=work, args=args, daemon=True)
    process.start()
    return process


def open_once(url: str, answers: Connection) -> None:
    """Wait for the start signal, open the store, say who it is."""
    answers.recv()
    store = SqlCubeStore.open(url, busy_timeout_s=30)
    answers.send((store.instance_id, store.verify()))
    store.close()


def add_from_threads(url: str, slot: int, threads: int, each: int, answers: Connection) -> None:
    """Add cubes from several threads, reading each back, and say what was acknowledged."""
    store = SqlCubeStore.open(url, busy_timeout_s=60)

    def add(thread: int) -> list[str]:
        added = []
        for step in range(each):
            one = cube(slot * SLOT + thread * each + step)
            store.write(writing(create(one)))
            if store.get(EVERYONE, [one.id]) != [one]:
                raise AssertionError(f"{one.id} is not there at once")
            added.append(one.id)
        return added

    with ThreadPoolExecutor(threads) as pool:
        answers.send([cube_id for added in pool.map(add, range(threads)) for cube_id in added])
    store.close()


def write_until_killed(url: str, slot: int, answers: Connection) -> None:
    """Create, revise and delete without end; say of each what was acknowledged, once it was."""
    store = SqlCubeStore.open(url, busy_timeout_s=60)
    for number in range(slot * SLOT, slot * SLOT + SLOT):
        one = cube(number, governance=Governance())
        store.write(writing(create(one, count=2)))
        answers.send((one.id, 1, State.GENERATED.value))
        if number % 2:
            one = revised(one, "changed", START + DAY)
            store.write(writing(revise(one)))
            answers.send((one.id, 2, State.GENERATED.value))
        if number % 3 == 0:
            store.write(writing(govern(one, State.EXPIRED, START + 2 * DAY)))
            answers.send((one.id, one.version.number, State.EXPIRED.value))


def derive_until_refused(url: str, parent: str, slot: int, answers: Connection) -> None:
    """Store memories made from ``parent`` until that is refused, and say which were stored."""
    store = SqlCubeStore.open(url, busy_timeout_s=60)
    made: list[str] = []
    for number in range(slot * SLOT, slot * SLOT + 60):
        one = cube(number, parents=(Parent(parent, 1, "extract"),))
        try:
            store.write(writing(create(one)))
        except VersionConflict:
            break
        made.append(one.id)
        if len(made) == 1:
            answers.send("begun")
    answers.send(made)
    store.close()


def head(url: str) -> int:
    """Return how many journal entries the store has."""
    store = SqlCubeStore.open(url)
    entries = store.head(DEFAULT_TENANT)
    store.close()
    return entries
