"""Random lives of a planted canary: after an erasure no byte of it is left and no read finds it."""

import base64
import logging
import sqlite3
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from pathlib import Path
from random import Random
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import memory_os
from memory_os.clock import ManualClock
from memory_os.domain.access import Principal
from memory_os.domain.operations.erase import Receipt
from memory_os.domain.scope import Scope
from memory_os.errors import IllegalTransition, InvalidInput, NotFound
from memory_os.ids import UlidSource
from memory_os.scheduler import Worker, WorkerRules
from memory_os.sdk import Memory
from memory_os_api.doctor import examine
from memory_os_api.transfer import stored
from tests.unit.kernel.stage import START, WordEmbeddings, journal, kernel, saying

SECOND = timedelta(seconds=1)
WHO: Any = {"user_id": "ada"}
BRANCH = "trial"
CLEAN = "Ada keeps tea in drawer nine."
MOVES = ("archive", "restore", "activate", "delete", "quarantine", "release")

steps = st.lists(
    st.tuples(
        st.sampled_from(
            (
                "add", "again", "document", "messages", "template", "facts", "infer", "revise",
                "merge", "snapshot", "rollback", "branch_add", "branch_revise", "branch_move",
                "adopt", "move", "unmerge", "recall", "sweep", "work", "reopen",
            )
        ),
        st.integers(0, 9),
        st.integers(0, 9),
    ),
    min_size=4,
    max_size=12,
)  # fmt: skip


@dataclass
class World:
    """A memory in a folder of its own, and what was planted there."""

    folder: Path
    canary: str
    clock: ManualClock = field(default_factory=lambda: ManualClock(START))
    planted: list[str] = field(default_factory=list)
    merged: list[str] = field(default_factory=list)
    snapshots: int = 0

    def __post_init__(self) -> None:
        self.log = logging.FileHandler(self.folder / "memory.log", encoding="utf-8")
        logging.getLogger().addHandler(self.log)
        logging.getLogger().setLevel(logging.DEBUG)
        self.ids = UlidSource(self.clock, Random(7).randbytes)
        self.memory = self.opened()
        self.unrelated = [
            self.memory.add(f"The kettle {n} is blue.", user_id="ben", tags=["tea"]).results[0].id
            for n in range(3)
        ]
        self.clean = self.memory.add(CLEAN, **WHO).results[0].id
        self.memory.branch(BRANCH)
        self.add(0)

    def close(self) -> None:
        self.memory.close()
        logging.getLogger().setLevel(logging.WARNING)
        logging.getLogger().removeHandler(self.log)
        self.log.close()

    @property
    def url(self) -> str:
        return f"sqlite:///{self.folder}/memory.db"

    def opened(self) -> Memory:
        fact = {"fact": f"Ada keeps {self.canary}.", "quote": self.canary, "item": 1}
        return memory_os.connect(
            self.url,
            clock=self.clock,
            ids=self.ids,
            embeddings=WordEmbeddings(),
            language_model=saying([fact]),
            follow_up=True,
        )

    def text(self, number: int) -> str:
        return f"Ada keeps the code {self.canary} in drawer {number}."

    def plant(self, content: Any, **options: Any) -> None:
        added = self.memory.add(content, **options)
        self.planted += [one.id for one in added.results if one.id not in self.planted]

    def chosen(self, number: int) -> str:
        return self.planted[number % len(self.planted)]

    def add(self, number: int, other: int = 0) -> None:
        self.plant(
            self.text(number),
            **WHO,
            metadata={"where": self.canary, "n": other},
            tags=[self.canary],
            external_id=f"{self.canary}-{number}-{other}-{len(self.planted)}",
        )

    def again(self, number: int, other: int) -> None:
        self.plant(f"{self.text(number)} Sure.", **WHO, idempotency_key=f"k{number}-{other % 2}")

    def document(self, number: int, _other: int) -> None:
        title = f"Codes {self.canary}"
        uri = f"file:///{self.canary}"
        text = f"# Part {number}\n\nIt is {self.canary}.\n\n" * 3
        self.plant(memory_os.Document(text=text, title=title, uri=uri), **WHO)

    def messages(self, number: int, _other: int) -> None:
        turn = {"role": "user", "content": self.text(number), "name": self.canary}
        self.plant([turn, {"role": "assistant", "content": f"Noted {self.canary}."}], **WHO)

    def template(self, number: int, _other: int) -> None:
        fields = {"code": self.canary, "n": number}
        self.plant(memory_os.Template(schema_id="drawer", fields=fields), **WHO)

    def facts(self, number: int, _other: int) -> None:
        said = f"Ada's code {number} is {self.canary}."
        parts = {"subject": "Ada", "predicate": f"code {number % 2}", "object": self.canary}
        self.plant(said, **WHO, **parts, resolve=True)

    def infer(self, number: int, _other: int) -> None:
        self.plant(f"Note {number}: {self.canary} it is.", **WHO, infer=True)

    def revise(self, number: int, other: int) -> None:
        text = self.text(other) if other % 2 else f"Ada keeps nothing in drawer {other}."
        self.memory.update(self.chosen(number), text, metadata={"was": self.canary})

    def merge(self, number: int, other: int) -> None:
        known = [*self.planted, self.clean]
        first, second = number % len(known), (number + 1 + other) % len(known)
        pair = [known[first], known[second if second != first else first - 1]]
        merged = self.memory.merge(pair, reason="the same")
        self.merged.append(merged.results[0].id)
        self.planted += self.merged[-1:]

    def unmerge(self, number: int, _other: int) -> None:
        parted = self.memory.unmerge((self.merged or self.planted)[-1 - number % 2 :][0])
        self.planted += [parted.kept.id] if parted.kept else []

    def snapshot(self, number: int, _other: int) -> None:
        self.snapshots += 1
        self.memory.snapshot(f"s{self.snapshots}", reason=f"moment {number}")

    def rollback(self, number: int, other: int) -> None:
        if self.snapshots and other % 2:
            self.memory.rollback(f"snapshot:s{1 + number % self.snapshots}", **WHO)
        else:
            self.memory.rollback(memory_id=self.chosen(number), version=1)

    def branch_add(self, number: int, _other: int) -> None:
        self.plant(f"{self.text(number)} On trial.", **WHO, branch=BRANCH)

    def branch_revise(self, number: int, other: int) -> None:
        self.memory.update(self.chosen(number), f"Trial {other} {self.canary}", branch=BRANCH)

    def branch_move(self, number: int, other: int) -> None:
        event = MOVES[other % len(MOVES)]
        self.memory.move(self.chosen(number), event, reason="tried", branch=BRANCH)

    def adopt(self, number: int, _other: int) -> None:
        self.memory.adopt(BRANCH, prefer="branch" if number % 2 else "main")

    def move(self, number: int, other: int) -> None:
        event = MOVES[other % len(MOVES)]
        self.memory.move(self.chosen(number), event, reason=f"because {self.canary}")

    def recall(self, number: int, _other: int) -> None:
        self.memory.search(self.text(number), **WHO)
        self.memory.context(f"the code {self.canary}", **WHO)

    def sweep(self, number: int, _other: int) -> None:
        self.clock.advance(timedelta(days=40 * number))
        self.memory.run_policies(**WHO, reason="a while later")

    def work(self, number: int, _other: int) -> None:
        self.clock.advance(timedelta(minutes=number))
        Worker(kernel(self.memory), "w", rules=WorkerRules(heartbeats=False)).run_due()

    def reopen(self, _number: int, _other: int) -> None:
        self.memory.close()
        self.memory = self.opened()

    def live(self, lived: Iterable[tuple[str, int, int]]) -> None:
        for name, number, other in lived:
            self.clock.advance(SECOND)
            with suppress(IllegalTransition, NotFound, InvalidInput):
                getattr(self, name)(number, other)
        self.clock.advance(SECOND)

    def vectors(self) -> list[bytes]:
        """Return the bytes of every vector that was made of what was planted."""
        with sqlite3.connect(self.folder / "memory.db") as database:
            rows = database.execute("SELECT cube_id, vector FROM chunks").fetchall()
        database.close()
        return [vector for cube_id, vector in rows if cube_id.partition("~")[0] in self.planted]

    def needles(self) -> list[bytes]:
        """Return what the canary looks like, whole and its ends, in every encoding."""
        texts = [self.canary, self.canary[:12], self.canary[-12:]]
        found = [text.encode(code) for text in texts for code in ("utf-8", "utf-16-le")]
        found += [text.encode("utf-16-be") for text in texts]
        raw = self.canary.encode()
        for shift in range(3):
            coded = base64.b64encode(b"x" * shift + raw)
            found.append(coded[4 : len(coded) - 4])
        return [*found, bytes.fromhex(self.canary)]

    def written(self, needles: Iterable[bytes]) -> set[str]:
        """Return the files, names included, in which any of the needles lies."""
        wanted = list(needles)
        found = set()
        for path in sorted(self.folder.rglob("*")):
            content = path.name.encode() + (path.read_bytes() if path.is_file() else b"")
            if any(one in content for one in wanted):
                found.add(path.name)
        return found


def doors(world: World) -> Iterator[tuple[str, Callable[[], Any]]]:
    """Yield every way to read, with whatever might bring the canary back."""
    memory, question = world.memory, world.text(0)
    for branch in (None, BRANCH):
        yield "search", partial(memory.search, question, branch=branch, top_k=50)
        yield "context", partial(memory.context, question, branch=branch)
        yield "list", partial(_listed, memory, branch=branch)
        yield "diff", partial(memory.diff, START, branch=branch)
        for one in world.planted:
            yield "get", partial(memory.get, one, branch=branch)
            yield "history", partial(memory.history, one, branch=branch)
    moments: list[Any] = [f"snapshot:s{n}" for n in range(1, 1 + world.snapshots)]
    for moment in (START + SECOND, *moments):
        yield "past search", partial(memory.search, question, as_of=moment, top_k=50)
        yield "past list", partial(_listed, memory, as_of=moment)
    yield "tagged", partial(memory.get_all, filters={"tags": {"contains": world.canary}})
    yield "duplicates", partial(memory.duplicates, user_id="ada")
    yield "held", memory.held
    yield "journal", partial(journal, memory)
    yield "jobs", memory.jobs
    yield "branches", memory.branches
    yield "export", lambda: list(stored(kernel(memory), Principal(), Scope("ada")))


def _listed(memory: Memory, branch: str | None = None, as_of: Any = None) -> list[Any]:
    page = memory.get_all(branch=branch, as_of=as_of, states=STATES, any_validity=True, limit=1_000)
    return list(page.results)


STATES = ("generated", "activated", "merged", "archived", "expired", "frozen", "quarantined")


def told(world: World) -> set[str]:
    """Return the names of the ways to read that show more of the canary than was asked."""
    found = set()
    for name, read in doors(world):
        with suppress(NotFound):
            if world.canary in str(read()).lower():
                found.add(name)
    return found


def erased(world: World, how: int) -> Receipt:
    if how == 0:
        roots = [one for one in world.planted if one not in world.merged]
        return world.memory.erase(roots, reason="asked")
    target: dict[str, Any] = {"subject": "ada"} if how == 1 else dict(WHO)
    return world.memory.erase(**target, reason="asked")


@settings(
    max_examples=15,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow],
)
@given(steps, st.integers(0, 2), st.binary(min_size=16, max_size=16))
def test_no_byte_of_what_is_erased_is_left(
    lived: list[tuple[str, int, int]], how: int, seed: bytes
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        canary = Random(seed).randbytes(16).hex()
        world = World(Path(folder), canary)
        try:
            examined(world, lived, how)
        finally:
            world.close()


def examined(world: World, lived: list[tuple[str, int, int]], how: int) -> None:
    world.live(lived)
    before = [world.memory.get(one) for one in world.unrelated]
    vectors = world.vectors()
    assert vectors
    assert world.written([world.canary.encode()]), "the control: it is in the files"
    assert world.written(vectors)
    assert told(world), "the control: it can be read"

    receipt = erased(world, how)
    assert receipt.status == "complete", receipt.probes
    gone(world, vectors)
    assert [world.memory.get(one) for one in world.unrelated] == before
    if how == 0:
        assert world.memory.history(world.clean).results[-1].memory == CLEAN
    world.reopen(0, 0)
    gone(world, vectors)
    assert world.memory.verify_erasure(receipt).ok
    opened = kernel(world.memory)
    files = world.folder / "memory.db"
    assert examine(opened, files, files.with_suffix(".db.index")).findings == ()
    assert opened.oversight.auditing.verify(Principal()).ok


def gone(world: World, vectors: list[bytes]) -> None:
    assert world.written([*world.needles(), *vectors]) == set()
    assert told(world) == set()
