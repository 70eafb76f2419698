"""What Memory OS is compared with: a BM25-only and a dense-only loop, each as plain as can be."""

import sqlite3
import time
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

import faiss
import numpy as np

from memory_os.retrieval.analyze import analyze
from memory_os_agents.models.static_embedder import StaticEmbedder


class FtsLoop:
    """BM25 only: SQLite's FTS5, one durable transaction per add."""

    name = "bm25-only (FTS5)"

    def __init__(self, path: Path) -> None:
        self._connection = sqlite3.connect(path, isolation_level=None)
        self._connection.execute("PRAGMA journal_mode=WAL")
        self._connection.execute("PRAGMA synchronous=FULL")
        self._connection.execute(
            "CREATE VIRTUAL TABLE texts USING fts5(body, tokenize='porter unicode61')"
        )

    def add(self, texts: Sequence[str]) -> None:
        """Store ``texts`` in one transaction."""
        with closing(self._connection.cursor()) as cursor:
            cursor.execute("BEGIN IMMEDIATE")
            cursor.executemany("INSERT INTO texts(body) VALUES (?)", [(text,) for text in texts])
            cursor.execute("COMMIT")

    def search(self, question: str, top_k: int) -> list[tuple[int, str]]:
        """Return the best rows by BM25."""
        match = " OR ".join(f'"{term}"' for term in dict.fromkeys(analyze(question)))
        return self._connection.execute(
            "SELECT rowid, body FROM texts WHERE texts MATCH ? ORDER BY rank LIMIT ?",
            (match, top_k),
        ).fetchall()

    def close(self) -> None:
        """Close the file."""
        self._connection.close()


class FlatLoop:
    """Dense only: the same embedder and a flat FAISS index in RAM; nothing is durable."""

    name = "dense-only (flat FAISS)"

    def __init__(self, embedder: StaticEmbedder) -> None:
        self._embedder = embedder
        self._index = faiss.IndexFlatIP(embedder.dimensions)
        self._texts: list[str] = []

    def add(self, texts: Sequence[str]) -> None:
        """Embed and keep ``texts``."""
        self._index.add(self._embedder.embed(texts))
        self._texts += texts

    def search(self, question: str, top_k: int) -> list[tuple[int, str]]:
        """Return the nearest texts."""
        _, places = self._index.search(self._embedder.embed([question]), top_k)
        return [(int(place), self._texts[place]) for place in places[0] if place >= 0]

    def close(self) -> None:
        """Forget everything."""
        self._texts.clear()


def quantiles(seconds: Sequence[float]) -> dict[str, float]:
    """Return the median and the 95th percentile in milliseconds."""
    millis = np.asarray(seconds) * 1_000
    return {"p50_ms": float(np.median(millis)), "p95_ms": float(np.percentile(millis, 95))}


def timed(searcher: "FtsLoop | FlatLoop", questions: Sequence[str], top_k: int) -> dict[str, float]:
    """Return the latencies of a baseline over ``questions``."""
    taken = []
    for question in questions:
        start = time.perf_counter()
        searcher.search(question, top_k)
        taken.append(time.perf_counter() - start)
    return quantiles(taken)
