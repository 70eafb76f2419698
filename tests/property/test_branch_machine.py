"""Random lives of main and two branches against plain dicts, and searches against fresh memory."""

import inspect
import tempfile
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from random import Random

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

import memory_os
from memory_os.clock import ManualClock
from memory_os.errors import IllegalTransition, NotFound
from memory_os.kernel.memory_os import KernelConnector
from memory_os.sdk import Memory

START = datetime(2026, 3, 1, 12, tzinfo=UTC)
SECOND = timedelta(seconds=1)
SAME = 1e-6
MAIN, NAMES = None, ("one", "two")
THINGS = ("harbour", "kettle", "ladder", "lantern", "meadow", "oven")
DEEDS = ("is red", "was sold to Ben", "stands in room nine", "broke on Monday")
QUESTIONS = ("Where is the harbour?", "red lantern", "what broke on Monday?")
LISTED = ("generated", "archived")
MOVES = ("archive", "restore", "delete")

layers = st.sampled_from((MAIN, *NAMES))
places = st.integers(0, 99)
texts = st.tuples(st.sampled_from(THINGS), st.sampled_from(DEEDS), st.integers(0, 99)).map(
    lambda words: f"The {words[0]} {words[1]}, note {words[2]}."
)


@dataclass(frozen=True)
class Held:
    """What a plain reader knows of a memory."""

    text: str
    version: int
    state: str = "generated"


World = dict[str, Held]


@dataclass
class Layer:
    """Main or a branch: what is there, what was at each moment, and the branch point."""

    world: World
    base: World = field(default_factory=dict)
    moments: dict[datetime, World] = field(default_factory=dict)


class BranchMachine(RuleBasedStateMachine):
    """Do the same to memory and to the dicts, and compare what every layer answers."""

    @initialize(first=st.lists(texts, min_size=2, max_size=4, unique=True))
    def begin(self, first: list[str]) -> None:
        self.folder = tempfile.TemporaryDirectory()
        self.clock = ManualClock(START)
        self.memory = self.opened()
        self.layers: dict[str | None, Layer] = {MAIN: Layer({})}
        self.numbers = 0
        for text in first:
            self.add(MAIN, text)
        for name in NAMES:
            self.branch(name, back=False, place=0)

    def opened(self) -> Memory:
        return memory_os.connect(f"sqlite:///{self.folder.name}/memory.db", clock=self.clock)

    def teardown(self) -> None:
        if hasattr(self, "memory"):
            assert isinstance(self.memory.connector, KernelConnector)
            assert self.memory.connector.kernel.parts.store.verify() == []
            self.memory.close()
            self.folder.cleanup()

    def noted(self) -> None:
        """Note what every layer holds at this moment."""
        for layer in self.layers.values():
            layer.moments[self.clock.now()] = dict(layer.world)
        self.clock.advance(SECOND)

    def on(self, branch: str | None) -> Layer | None:
        return self.layers.get(branch)

    @rule(name=st.sampled_from(NAMES), back=st.booleans(), place=places)
    def branch(self, name: str, back: bool, place: int) -> None:
        if name in self.layers:
            return
        main = self.layers[MAIN]
        moment, world = None, dict(main.world)
        if back and main.moments:
            moment = sorted(main.moments)[place % len(main.moments)]
            world = dict(main.moments[moment])
        self.memory.branch(name, moment, user_id="ada")
        past = {at: held for at, held in main.moments.items() if moment is None or at < moment}
        late = {at: world for at in main.moments if moment is not None and at >= moment}
        self.layers[name] = Layer(dict(world), dict(world), {**past, **late})
        self.noted()

    @rule(name=st.sampled_from(NAMES))
    def drop(self, name: str) -> None:
        if name in self.layers:
            self.memory.delete_branch(name, user_id="ada")
            del self.layers[name]
            self.noted()

    @rule(branch=layers, text=texts)
    def add(self, branch: str | None, text: str) -> None:
        layer = self.on(branch)
        if layer is None:
            return
        added = self.memory.add(text, user_id="ada", branch=branch).results[0]
        same = [
            i for i, held in layer.world.items() if (held.text, held.state) == (text, LISTED[0])
        ]
        if same:
            assert (added.event, added.id in same) == ("TOUCH", True)
        else:
            assert added.event == "ADD"
            layer.world[added.id] = Held(text, 1)
        self.noted()

    @rule(branch=layers, place=places, text=texts)
    def revise(self, branch: str | None, place: int, text: str) -> None:
        layer = self.on(branch)
        if layer is None or not layer.world:
            return
        cube_id = sorted(layer.world)[place % len(layer.world)]
        held = layer.world[cube_id]
        try:
            record = self.memory.update(cube_id, text, branch=branch)
        except NotFound:
            assert held.state == "expired"
            return
        layer.world[cube_id] = replace(held, text=text, version=held.version + 1)
        assert record.version == held.version + 1
        self.noted()

    @rule(branch=layers, place=places, event=st.sampled_from(MOVES))
    def move(self, branch: str | None, place: int, event: str) -> None:
        layer = self.on(branch)
        if layer is None or not layer.world:
            return
        cube_id = sorted(layer.world)[place % len(layer.world)]
        held = layer.world[cube_id]
        to = {"archive": "archived", "restore": "generated", "delete": "expired"}[event]
        try:
            self.memory.move(cube_id, event, reason="drawn", branch=branch)
        except IllegalTransition:
            legal = {"archive": ("generated",), "restore": ("archived", "expired")}
            assert held.state not in legal.get(event, LISTED)
            return
        layer.world[cube_id] = replace(held, state=to)
        self.noted()

    @rule(name=st.sampled_from(NAMES), prefer=st.sampled_from((None, "branch", "main")))
    def adopt(self, name: str, prefer: str | None) -> None:
        layer, main = self.on(name), self.layers[MAIN]
        if layer is None:
            return
        planned = self.memory.adopt(name, user_id="ada", prefer=prefer, dry_run=True)
        done = self.memory.adopt(name, user_id="ada", prefer=prefer)
        assert (planned.results, planned.conflicts) == (done.results, done.conflicts)
        assert done.refused == ()
        applied, conflicts = set(), set()
        for cube_id, held in layer.world.items():
            was, there = _seen(layer.base.get(cube_id)), _seen(held)
            is_ = _seen(main.world.get(cube_id))
            if there in (was, is_):
                continue
            if is_ != was and prefer is None:
                conflicts.add(cube_id)
            elif is_ == was or prefer == "branch":
                applied.add(cube_id)
                main.world[cube_id] = _adopted(main.world.get(cube_id), held)
        assert {each.id for each in done.results} == applied
        assert {each.id for each in done.conflicts} == conflicts
        for result in done.results:
            assert result.version == main.world[result.id].version
        self.noted()

    @rule()
    def reopen(self) -> None:
        self.memory.close()
        self.memory = self.opened()

    @rule(branch=layers)
    def read(self, branch: str | None) -> None:
        layer = self.on(branch)
        if layer is not None:
            self.check(branch, layer.world, None)

    @precondition(lambda self: self.layers[MAIN].moments)
    @rule(branch=layers, place=places)
    def read_the_past(self, branch: str | None, place: int) -> None:
        layer = self.on(branch)
        if layer is not None and layer.moments:
            moment = sorted(layer.moments)[place % len(layer.moments)]
            self.check(branch, layer.moments[moment], moment)

    @rule(branch=layers)
    def compare(self, branch: str | None) -> None:
        layer, main = self.on(branch), self.layers[MAIN]
        if branch is None or layer is None:
            return
        expected = {
            cube_id
            for cube_id in {*layer.world, *main.world}
            if _seen(layer.world.get(cube_id)) != _seen(main.world.get(cube_id))
        }
        found = self.memory.diff(branch=branch, user_id="ada").results
        assert {each.id for each in found} == expected

    @rule(branch=layers, question=st.sampled_from(QUESTIONS), archived=st.booleans())
    def search_like_fresh_memory(self, branch: str | None, question: str, archived: bool) -> None:
        """Ask a memory that was built with just what the layer holds, in the same order."""
        layer = self.on(branch)
        if layer is None:
            return
        states = list(LISTED) if archived else ["generated"]
        page = self.memory.get_all(user_id="ada", branch=branch, states=list(LISTED), limit=1_000)
        asked = {"user_id": "ada", "states": states, "top_k": 50, "threshold": 0.0}
        found = self.memory.search(question, branch=branch, **asked).results
        with memory_os.connect("sqlite://", clock=ManualClock(self.clock.now())) as fresh:
            ids = {}
            for record in page.results:
                made = fresh.add(record.memory, user_id="ada", external_id=record.id).results[0].id
                ids[made] = record.id
                if record.state == "archived":
                    fresh.archive(made)
            expected = fresh.search(question, **asked).results
        mine = {hit.id: hit.score for hit in found}
        theirs = {ids[hit.id]: hit.score for hit in expected}
        assert mine.keys() == theirs.keys()
        assert all(abs(score - theirs[cube_id]) <= SAME for cube_id, score in mine.items())

    def check(self, branch: str | None, world: World, moment: datetime | None) -> None:
        there = {i: held for i, held in world.items() if held.state != "expired"}
        page = self.memory.get_all(
            user_id="ada", branch=branch, as_of=moment, states=list(LISTED), limit=1_000
        )
        listed = {each.id: Held(each.memory, each.version, each.state) for each in page.results}
        assert listed == there
        found = self.memory.search(
            "note", user_id="ada", branch=branch, as_of=moment, states=list(LISTED), threshold=0.0,
            top_k=100,
        ).results  # fmt: skip
        assert {hit.id: Held(hit.memory, hit.version, hit.state) for hit in found} == there
        for cube_id in self.everything():
            if cube_id not in there:
                try:
                    self.memory.get(cube_id, branch=branch, as_of=moment)
                except NotFound:
                    continue
                raise AssertionError(cube_id)
            record = self.memory.get(cube_id, branch=branch, as_of=moment)
            assert Held(record.memory, record.version, record.state) == there[cube_id]
        if moment is None:
            for cube_id, held in there.items():
                history = self.memory.history(cube_id, branch=branch).results
                assert [each.version for each in history] == list(range(1, held.version + 1))
                assert history[-1].memory == held.text

    def everything(self) -> set[str]:
        return {cube_id for layer in self.layers.values() for cube_id in layer.world}


def _seen(held: Held | None) -> tuple[str, str] | None:
    return None if held is None or held.state == "expired" else (held.text, held.state)


def _adopted(head: Held | None, held: Held) -> Held:
    if head is None:
        return Held(held.text, 1, held.state)
    if held.state == "expired":
        return replace(head, state="expired")
    version = head.version + (head.text != held.text)
    return Held(held.text, version, held.state)


WEIGHTS = {
    "add": 3, "revise": 4, "move": 3, "branch": 2, "adopt": 1, "drop": 0.5, "reopen": 0.3,
    "read": 1.5, "read_the_past": 1.5, "compare": 1, "search_like_fresh_memory": 1.5,
}  # fmt: skip


@pytest.mark.parametrize("seed", range(3))
def test_a_long_life_of_branches(seed: int) -> None:
    """The same as the machine, drawn evenly: branches meet many changes before they go."""
    draw, machine = Random(seed), BranchMachine()

    def text() -> str:
        return f"The {draw.choice(THINGS)} {draw.choice(DEEDS)}, note {draw.randint(0, 99)}."

    drawn = {
        "branch": lambda: draw.choice((MAIN, *NAMES, *NAMES)),
        "name": lambda: draw.choice(NAMES),
        "back": lambda: draw.random() < 0.3,
        "place": lambda: draw.randint(0, 99),
        "text": text,
        "event": lambda: draw.choice(MOVES),
        "prefer": lambda: draw.choice((None, "branch", "main")),
        "question": lambda: draw.choice(QUESTIONS),
        "archived": lambda: draw.random() < 0.5,
    }
    try:
        machine.begin([text() for _ in range(3)])
        for name in draw.choices(list(WEIGHTS), list(WEIGHTS.values()), k=50):
            if name == "branch":
                machine.branch(*(drawn[each]() for each in ("name", "back", "place")))
                continue
            act = getattr(machine, name)
            wanted = [each for each in inspect.signature(act).parameters if each in drawn]
            act(**{each: drawn[each]() for each in wanted})
        for layer in machine.layers:
            machine.read(layer)
    finally:
        machine.teardown()


BranchMachine.TestCase.settings = settings(
    max_examples=6,
    stateful_step_count=20,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
TestBranchMachine = BranchMachine.TestCase
