"""The asynchronous twin: the same methods, the same arguments, the same answers."""

import asyncio
import inspect
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from memory_os import AsyncMemory, Memory
from memory_os.errors import IllegalTransition, NotFound
from tests.unit.kernel.stage import only, opened


def public(kind: type) -> dict[str, Callable[..., Any]]:
    return {
        name: member
        for name, member in inspect.getmembers(kind, inspect.isfunction)
        if not name.startswith("_")
    }


def test_the_twin_has_exactly_the_same_methods() -> None:
    assert public(AsyncMemory).keys() == public(Memory).keys()


@pytest.mark.parametrize("name", public(Memory))
def test_a_method_takes_and_gives_the_same_on_both_sides(name: str) -> None:
    plain, twin = public(Memory)[name], public(AsyncMemory)[name]
    assert inspect.iscoroutinefunction(twin)
    assert inspect.signature(plain) == inspect.signature(twin)
    assert f"Memory.{name}``" in (twin.__doc__ or "")


Step = Callable[[Any, str], Any]
STEPS: list[Step] = [
    lambda m, _: m.add("Ada drinks tea.", user_id="ada", tags=["x"]),
    lambda m, _: m.add_many(["one", [{"content": "two"}]], user_id="ada", run_id="s1"),
    lambda m, _: m.search("tea", user_id="ada", explain=True),
    lambda m, _: m.context("tea", user_id="ada", max_tokens=100),
    lambda m, i: m.get(i),
    lambda m, i: m.update(i, "Ada drinks green tea.", expected_version=1),
    lambda m, i: m.get(i, as_of="2026-03-01T12:00:00Z"),
    lambda m, _: m.get_all(user_id="ada", limit=1),
    lambda m, i: m.pin(i),
    lambda m, i: m.pin(i, pinned=False),
    lambda m, i: m.move(i, "archive", reason="x", dry_run=True),
    lambda m, i: m.activate(i),
    lambda m, i: m.archive(i),
    lambda m, i: m.restore(i),
    lambda m, i: m.freeze(i),
    lambda m, i: m.delete(i),
    lambda m, i: m.unfreeze(i),
    lambda m, i: m.quarantine(i),
    lambda m, i: m.release(i),
    lambda m, i: m.delete(i, reason="done"),
    lambda m, i: m.get(i),
    lambda m, i: m.history(i),
    lambda m, _: m.delete_all(user_id="ada", dry_run=True),
    lambda m, _: m.add("", user_id="ada"),
    lambda m, _: m.search("tea", mood="good"),
]


class Names:
    """Ids that are the same for both."""

    def __init__(self) -> None:
        self.made = 0

    def new(self, prefix: str) -> str:
        self.made += 1
        return f"{prefix}_{self.made:026}"


FIRST = f"mem_{1:026}"


def told(error: Exception) -> tuple[type[Exception], str]:
    return type(error), str(error)


def without_timings(answer: Any) -> Any:
    shown = answer.model_dump(mode="json")
    if shown.get("explanation"):
        shown["explanation"] = sorted(shown["explanation"])
    return shown


def plainly(steps: list[Step]) -> list[Any]:
    answers: list[Any] = []
    with opened(ids=Names()) as memory:
        for step in steps:
            try:
                answers.append(without_timings(step(memory, FIRST)))
            except Exception as error:
                answers.append(told(error))
    return answers


async def asynchronously(steps: list[Step]) -> list[Any]:
    answers: list[Any] = []
    async with AsyncMemory(opened(ids=Names())) as memory:
        for step in steps:
            try:
                answers.append(without_timings(await step(memory, FIRST)))
            except Exception as error:
                answers.append(told(error))
    return answers


def test_the_twin_gives_the_same_answers_and_errors() -> None:
    plain = plainly(STEPS)
    assert asyncio.run(asynchronously(STEPS)) == plain
    refusals = [answer[0] for answer in plain if isinstance(answer, tuple)]
    assert {IllegalTransition, NotFound} <= set(refusals)
    assert len(refusals) == 4


def test_calls_run_beside_each_other_and_leave_the_loop_free() -> None:
    async def run() -> int:
        async with AsyncMemory(opened()) as memory:
            ticks = 0

            async def tick() -> None:
                nonlocal ticks
                while True:
                    await asyncio.sleep(0)
                    ticks += 1

            ticking = asyncio.create_task(tick())
            adds: list[Awaitable[Any]] = [memory.add(f"text {n}", user_id="a") for n in range(20)]
            await asyncio.gather(*adds)
            ticking.cancel()
            assert len((await memory.get_all(user_id="a")).results) == 20
            return ticks

    assert asyncio.run(run()) > 20


def test_the_twin_wraps_a_memory_and_closes_it() -> None:
    async def run() -> None:
        memory = opened()
        async with AsyncMemory(memory) as twin:
            assert twin.memory is memory
            assert only(await twin.add("tea")).event == "ADD"
        with pytest.raises(Exception, match="closed"):
            memory.add("tea")

    asyncio.run(run())
