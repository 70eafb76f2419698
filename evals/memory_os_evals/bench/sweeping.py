"""Sweeps over many memories, and what a reader notices of them."""

import json
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import cycle
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Thread

import memory_os
from memory_os.clock import ManualClock
from memory_os.sdk import Memory
from memory_os_evals.bench.baselines import quantiles
from memory_os_evals.bench.corpus import Corpus

START = datetime(2026, 1, 1, tzinfo=UTC)
BATCH = 1_000
TOP_K = 10
ASKED = 200
FADED, LIMITED = 0.04, 0.01
"""Shares of the memories that a day's sweep archives and expires; all others stay."""

A_DAY, ALL = timedelta(days=191), timedelta(days=400)
"""How long after the start only those are due, and how long after it everything is."""

Row = dict[str, float | int | str]


def sweeps(seed: int, size: int) -> list[Row]:
    """Measure sweeps over ``size`` memories while somebody searches them."""
    corpus = Corpus(seed)
    texts = list(corpus.texts(size))
    questions = [corpus.question(text) for text in texts[:: max(1, size // ASKED)][:ASKED]]
    with TemporaryDirectory() as folder:
        made = Path(folder) / "made"
        made.mkdir()
        _fill(f"sqlite:///{made}/memory.db", texts)
        return [
            _measured(made, size, questions, *case)
            for case in (
                ("a day, same process", A_DAY, _here),
                ("a day, other process", A_DAY, _elsewhere),
                ("all due, other process", ALL, _elsewhere),
            )
        ]


def _fill(url: str, texts: list[str]) -> None:
    """Store facts: a few long ago, a few with a time to live, the rest 100 days later."""
    clock = ManualClock(START)
    old, limited = int(len(texts) * FADED), int(len(texts) * LIMITED)
    parts = (
        (texts[:old], timedelta(0), None),
        (texts[old : old + limited], timedelta(days=100), 30 * 86_400),
        (texts[old + limited :], timedelta(days=100), None),
    )
    with memory_os.connect(url, clock=clock) as memory:
        for part, after, ttl in parts:
            clock.set(START + after)
            for at in range(0, len(part), BATCH):
                some = part[at : at + BATCH]
                memory.add_many(some, user_id="bench", semantic_type="fact", ttl_seconds=ttl)


def _measured(
    made: Path,
    size: int,
    questions: list[str],
    name: str,
    after: timedelta,
    sweep: Callable[[str, Memory, datetime], dict[str, float]],
) -> Row:
    copy = made.with_name(name.replace(" ", "-"))
    shutil.copytree(made, copy)
    url, now = f"sqlite:///{copy}/memory.db", START + after
    with memory_os.connect(url, clock=ManualClock(now)) as memory:
        for question in questions[:20]:
            memory.search(question, user_id="bench", top_k=TOP_K)
        before = [_timed(memory, question) for question in questions]
        found: dict[str, float] = {}
        thread = Thread(target=lambda: found.update(sweep(url, memory, now)))
        thread.start()
        reads, asked = list[tuple[float, float]](), cycle(questions)
        while thread.is_alive():
            reads.append((time.monotonic(), _timed(memory, next(asked))))
        thread.join()
    shutil.rmtree(copy)
    begun, ended = found["begun"], found["begun"] + found["seconds"]
    during = [taken for at, taken in reads if begun <= at + taken and at <= ended]
    then, meanwhile = quantiles(before), quantiles(during)
    return {
        "sweep": name,
        "cubes": size,
        "moved": int(found["moved"]),
        "sweep_s": found["seconds"],
        "reads": len(during),
        **{f"before_{key}": value for key, value in then.items()},
        **{f"during_{key}": value for key, value in meanwhile.items()},
    }


def _timed(memory: Memory, question: str) -> float:
    start = time.perf_counter()
    memory.search(question, user_id="bench", top_k=TOP_K)
    return time.perf_counter() - start


def swept(memory: Memory) -> dict[str, float]:
    """Carry every policy out; return when that began, its seconds, and the moves."""
    begun = time.monotonic()
    done = memory.run_policies(limit=0)
    return {"begun": begun, "seconds": time.monotonic() - begun, "moved": float(done.moved)}


def _here(_url: str, memory: Memory, _now: datetime) -> dict[str, float]:
    return swept(memory)


def _elsewhere(url: str, _memory: Memory, now: datetime) -> dict[str, float]:
    command = [sys.executable, "-m", "memory_os_evals.bench.sweeping", url, now.isoformat()]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    found: dict[str, float] = json.loads(done.stdout)
    return found


def main(url: str, now: str) -> None:
    """Sweep the store at ``url`` as of ``now`` and print what it took."""
    with memory_os.connect(url, clock=ManualClock(datetime.fromisoformat(now))) as memory:
        sys.stdout.write(json.dumps(swept(memory)))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
