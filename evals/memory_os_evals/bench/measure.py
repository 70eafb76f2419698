"""The measurements: adds, searches, opening, bytes."""

import json
import subprocess
import sys
import time
from collections.abc import Sequence
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory

import memory_os
from memory_os_agents.models.static_embedder import StaticEmbedder
from memory_os_evals.bench.baselines import FlatLoop, FtsLoop, quantiles, timed
from memory_os_evals.bench.corpus import Corpus

TOP_K = 10
BATCH = 1_000
SINGLES = 3_000
QUESTIONS = 300
WARM_UP = 30
Row = dict[str, float | int | str]


def adds(seed: int) -> list[Row]:
    """Measure durable adds of short facts a second, single and batched, beside plain loops."""
    texts = list(Corpus(seed).facts(SINGLES + 20 * BATCH))
    singles, batched = texts[:SINGLES], texts[SINGLES:]
    rows: list[Row] = []
    with TemporaryDirectory() as folder:
        with memory_os.connect(f"sqlite:///{folder}/memory.db") as memory:
            memory.add("warm up", user_id="bench")
            start = time.perf_counter()
            for text in singles:
                memory.add(text, user_id="bench")
            single = SINGLES / (time.perf_counter() - start)
            start = time.perf_counter()
            for at in range(0, len(batched), BATCH):
                memory.add_many(batched[at : at + BATCH], user_id="bench")
            rows.append(_adds("memory-os", single, len(batched) / (time.perf_counter() - start)))
        fts = FtsLoop(Path(folder) / "fts.db")
        rows.append(_loop(fts, singles, batched))
        fts.close()
        embedder = StaticEmbedder()
        embedder.embed(["warm up"])
        rows.append(_loop(FlatLoop(embedder), singles, batched))
    return rows


def _loop(loop: FtsLoop | FlatLoop, singles: Sequence[str], batched: Sequence[str]) -> Row:
    start = time.perf_counter()
    for text in singles:
        loop.add([text])
    single = len(singles) / (time.perf_counter() - start)
    start = time.perf_counter()
    for at in range(0, len(batched), BATCH):
        loop.add(batched[at : at + BATCH])
    return _adds(loop.name, single, len(batched) / (time.perf_counter() - start))


def _adds(name: str, single: float, batch: float) -> Row:
    return {"system": name, "single_adds_per_s": single, "batched_adds_per_s": batch}


def searches(seed: int, size: int) -> tuple[list[Row], Row]:
    """Measure search at ``size`` cubes in one scope, then opening it again and its bytes."""
    corpus = Corpus(seed)
    texts = list(corpus.texts(size))
    step = max(1, size // (QUESTIONS + WARM_UP))
    questions = [corpus.question(text) for text in islice(texts, 0, None, step)]
    asked, warm = questions[WARM_UP : WARM_UP + QUESTIONS], questions[:WARM_UP]
    with TemporaryDirectory() as folder:
        url = f"sqlite:///{folder}/memory.db"
        with memory_os.connect(url) as memory:
            for at in range(0, size, BATCH):
                memory.add_many(texts[at : at + BATCH], user_id="bench")
            for question in warm:
                memory.search(question, user_id="bench", top_k=TOP_K)
            taken = []
            for question in asked:
                start = time.perf_counter()
                memory.search(question, user_id="bench", top_k=TOP_K)
                taken.append(time.perf_counter() - start)
        rows: list[Row] = [{"system": "memory-os", "cubes": size, **quantiles(taken)}]
        opened = _opening(url, size, asked[0])
        disk = sum(file.stat().st_size for file in Path(folder).rglob("*") if file.is_file())
        opened["disk_bytes_per_cube"] = disk / size
        fts = FtsLoop(Path(folder) / "fts.db")
        fts.add(texts)
        rows.append({"system": fts.name, "cubes": size, **timed(fts, asked, TOP_K)})
        fts.close()
    flat = FlatLoop(StaticEmbedder())
    flat.add(texts)
    rows.append({"system": flat.name, "cubes": size, **timed(flat, asked, TOP_K)})
    return rows, opened


def _opening(url: str, size: int, question: str) -> Row:
    """Open the store in a fresh process and return seconds to the first answer and RAM."""
    command = [sys.executable, "-m", "memory_os_evals.bench.opening", url, question]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    found: dict[str, float] = json.loads(done.stdout)
    return {
        "cubes": size,
        "open_s": found["open_s"],
        "first_search_s": found["first_search_s"],
        "ram_bytes_per_cube": found["ram_bytes"] / size,
    }
