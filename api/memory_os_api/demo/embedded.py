"""The first act: one SQLite file in this process, with the conversation's own times."""

from pathlib import Path
from time import perf_counter

from rich.console import Console
from rich.progress import track

import memory_os
from memory_os.clock import ManualClock
from memory_os_api.demo import show
from memory_os_api.demo.asking import abstention_check, changed_check, recall_check
from memory_os_api.demo.conversation import Conversation, Question
from memory_os_api.demo.result import Act, Asked, percentile
from memory_os_api.demo.steps import AGENT, USER, Stage, ask_all, correct, look_back, move, pack


def play_embedded(
    console: Console, conversation: Conversation, questions: tuple[Question, ...], folder: Path
) -> Act:
    """Do every step of the first act and return what was measured and checked."""
    show.heading(console, "Act 1: embedded, one SQLite file in this process")
    show.opening(console, conversation)
    file = folder / "demo.db"
    clock = ManualClock(conversation.sessions[0].started_at)
    started = perf_counter()
    with memory_os.connect(f"sqlite:///{file}", clock=clock) as memory:
        opened = perf_counter() - started
        stage = Stage(console, conversation, questions, memory, clock)
        ingested = _ingest(stage)
        asked = ask_all(stage)
        checks = [recall_check(asked), abstention_check(asked), pack(stage)]
        look_back(stage)
        checks.append(changed_check(memory, questions, user_id=USER))
        checks += [correct(stage), move(stage)]
    measured = {
        "first_open_ms": opened * 1000,
        "reopen_ms": _reopened(file),
        **ingested,
        **_latency(asked),
        "bytes_on_disk": _size(folder),
    }
    act = Act("embedded", measured, asked, tuple(checks))
    show.note(console, "Measured")
    show.measured(console, act)
    show.checks(console, act.checks)
    return act


def _ingest(stage: Stage) -> dict[str, float | int | str]:
    show.note(stage.console, "Session by session, at the time it happened")
    count, seconds = 0, 0.0
    for session in track(
        stage.conversation.sessions, description="  storing", console=stage.console
    ):
        stage.clock.set(session.ended_at)
        started = perf_counter()
        added = stage.memory.add(
            session.messages(), user_id=USER, agent_id=AGENT, session_id=session.id
        )
        seconds += perf_counter() - started
        count += len(added.results)
    return {"memories": count, "store_seconds": seconds, "stored_per_second": count / seconds}


def _latency(asked: tuple[Asked, ...]) -> dict[str, float | int | str]:
    times = [one.milliseconds for one in asked]
    return {
        "search_p50_ms": percentile(times, 0.5),
        "search_p95_ms": percentile(times, 0.95),
    }


def _reopened(file: Path) -> float:
    started = perf_counter()
    with memory_os.connect(f"sqlite:///{file}") as memory:
        memory.search("trip", user_id=USER, top_k=1)
        return (perf_counter() - started) * 1000


def _size(folder: Path) -> int:
    return sum(part.stat().st_size for part in folder.rglob("*") if part.is_file())
