"""What governance costs: the same adds and searches with it on and off, in turns.

On: the policies as shipped, which scan every text, and a quota and a grant that every call is held
against. Off: a policy set that ignores what scans find, holds nothing and knows no echo, without
quota or grant. Journal, versions and access filters are never off.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from itertools import islice
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any, Final

import memory_os
from memory_os.sdk import Memory
from memory_os_evals.bench.corpus import Corpus

ROUNDS = 12
SINGLES = 150
SEARCHES = 30
CUBES = 10_000
TOP_K = 10
BATCH = 1_000
OFF: Final[dict[str, Any]] = {
    "redaction": {"secret": "ignore", "pci": "ignore", "pii": "ignore"},
    "admission": {"hold_sources": [], "echo_bits": None},
}

Row = dict[str, float | int | str]


def governance(seed: int) -> list[Row]:
    """Measure one add and one search in microseconds, governed and not, and the ratios."""
    corpus = Corpus(seed)
    facts = corpus.facts(2 * ROUNDS * SINGLES)
    texts = list(corpus.texts(CUBES))
    questions = [corpus.question(text) for text in texts[:: CUBES // SEARCHES][:SEARCHES]]
    with TemporaryDirectory() as folder, ExitStack() as stack:
        stores = [
            stack.enter_context(memory_os.connect(f"sqlite:///{Path(folder) / name}.db"))
            for name in ("on", "off")
        ]
        _set(*stores)
        for memory in stores:
            for at in range(0, CUBES, BATCH):
                memory.add_many(texts[at : at + BATCH], user_id="bench")
            memory.search(questions[0], user_id="bench", top_k=TOP_K)
        adds = _in_turns(stores, lambda memory: _adds(memory, facts))
        searches = _in_turns(stores, lambda memory: _searches(memory, questions))
    return [
        {
            "governance": name,
            "add_us": added,
            "search_us": found,
            "add_ratio": added / adds[1],
            "search_ratio": found / searches[1],
        }
        for name, added, found in zip(("on", "off"), adds, searches, strict=True)
    ]


def _set(on: Memory, off: Memory) -> None:
    on.set_quota("cubes", 10 * CUBES, user_id="bench")
    on.grant({"agent_id": "reader"}, user_id="bench", role="read")
    off.set_policy("default", OFF, reason="measured without")


def _in_turns(stores: Sequence[Memory], act: Callable[[Memory], float]) -> list[float]:
    """Let each act in turn, and return the median of each."""
    taken: list[list[float]] = [[] for _ in stores]
    for _ in range(ROUNDS):
        for memory, times in zip(stores, taken, strict=True):
            times.append(act(memory))
    return [median(times) for times in taken]


def _adds(memory: Memory, facts: Iterator[str]) -> float:
    texts = list(islice(facts, SINGLES))
    start = time.perf_counter()
    for text in texts:
        memory.add(text, user_id="bench")
    return (time.perf_counter() - start) / len(texts) * 1e6


def _searches(memory: Memory, questions: Sequence[str]) -> float:
    start = time.perf_counter()
    for question in questions:
        memory.search(question, user_id="bench", top_k=TOP_K)
    return (time.perf_counter() - start) / len(questions) * 1e6
