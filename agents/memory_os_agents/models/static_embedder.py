"""Embed text with the static table that ships in the wheel: no network, no neural network.

A text's vector is the mean of its tokens' rows, scaled to length one (Model2Vec; see
`static/NOTICE` for the origin of the table and `scripts/build_static_model.py` for its making).
"""

import json
import re
import threading
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from importlib.resources import as_file, files
from importlib.resources.abc import Traversable
from itertools import chain
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from tokenizers import Tokenizer

MAX_CHARACTERS = 16_384
"""Only this much of a text is read; chunks are far shorter, so only unchunked text is cut."""

_BLOCK_TOKENS = 16_384
_CACHED_WORDS = 131_072
_LONGEST_WORD = 100
_SPECIAL_TOKENS = frozenset({"[PAD]", "[UNK]"})
_PLAIN_WORD = re.compile(r"[a-z0-9]+|[!-/:-@\[-`{-~]")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


@dataclass(frozen=True, slots=True)
class _Table:
    """Hold the loaded asset: one float32 row per token and the tokenizer that names the rows."""

    rows: NDArray[np.float32]
    tokenizer: Tokenizer
    special: frozenset[int]


class StaticEmbedder:
    """Turn texts into unit vectors by averaging the rows of their tokens.

    A text without a known token (empty, blank, an unknown script) gets the zero vector, whose
    cosine with everything is 0; no result is ever NaN. The table is read at the first call, not
    when the object is made. One object may serve many threads.
    """

    def __init__(self, folder: Path | None = None) -> None:
        """Prepare to read the asset in `folder`, by default the one that ships with the package."""
        self._folder: Traversable = folder or files("memory_os_agents.models").joinpath("static")
        manifest = json.loads(self._folder.joinpath("manifest.json").read_text(encoding="utf-8"))
        digests: dict[str, str] = manifest["sha256"]
        self.name: str = manifest["name"]
        self.dimensions: int = manifest["dimensions"]
        self.fingerprint: str = ":".join(
            (self.name, str(self.dimensions), *(digests[name][:16] for name in sorted(digests)))
        )
        self._lock = threading.Lock()
        self._table: _Table | None = None
        self._words: dict[str, tuple[int, ...]] = {}

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return one row per text, in order, each of length one (or zero, see the class)."""
        table = self._loaded()
        out = np.zeros((len(texts), self.dimensions), dtype=np.float32)
        block: list[Sequence[int]] = []
        places: list[int] = []
        size = 0
        for place, text in enumerate(texts):
            ids = self._token_ids(text, table)
            if not ids:
                continue
            block.append(ids)
            places.append(place)
            size += len(ids)
            if size >= _BLOCK_TOKENS:
                out[places] = _means(table.rows, block, size)
                block, places, size = [], [], 0
        if block:
            out[places] = _means(table.rows, block, size)
        return out

    def _loaded(self) -> _Table:
        if self._table is None:
            with self._lock:
                if self._table is None:
                    self._table = _read(self._folder)
        return self._table

    def _token_ids(self, text: str, table: _Table) -> Sequence[int]:
        text = text[:MAX_CHARACTERS]
        if not text.isascii() or _CONTROL.search(text):
            return self._ids(text, table)
        words = _PLAIN_WORD.findall(text.lower())
        known = self._words
        try:
            return list(chain.from_iterable([known[word] for word in words]))
        except KeyError:
            self._learn(words, table)
        return list(chain.from_iterable([self._cached(word, table) for word in words]))

    def _learn(self, words: Iterable[str], table: _Table) -> None:
        if len(self._words) > _CACHED_WORDS:
            self._words = {}
        known = self._words
        for word in words:
            if word not in known and len(word) <= _LONGEST_WORD:
                known[word] = self._ids(word, table)

    def _cached(self, word: str, table: _Table) -> tuple[int, ...]:
        ids = self._words.get(word)
        return self._ids(word, table) if ids is None else ids

    def _ids(self, text: str, table: _Table) -> tuple[int, ...]:
        clean = text.encode("utf-8", errors="ignore").decode("utf-8")
        ids = table.tokenizer.encode(clean, add_special_tokens=False).ids
        return tuple(number for number in ids if number not in table.special)


def _means(
    rows: NDArray[np.float32], block: Sequence[Sequence[int]], size: int
) -> NDArray[np.float32]:
    """Return the normalised sum of the rows of each list of token ids; no list may be empty."""
    flat = np.fromiter(chain.from_iterable(block), dtype=np.intp, count=size)
    lengths = np.fromiter(map(len, block), dtype=np.intp, count=len(block))
    sums = np.add.reduceat(rows[flat], np.cumsum(lengths) - lengths, axis=0)
    norms = np.sqrt(np.einsum("ij,ij->i", sums, sums))[:, None]
    unit: NDArray[np.float32] = np.divide(sums, norms, out=np.zeros_like(sums), where=norms > 0)
    return unit


def _read(folder: Traversable) -> _Table:
    """Load the table and the tokenizer, without the tokenizer's own truncation and padding."""
    with as_file(folder.joinpath("table.npz")) as path, np.load(path) as asset:
        rows = asset["rows"].astype(np.float32)
        rows *= asset["scales"][:, None]
    tokenizer = Tokenizer.from_str(folder.joinpath("tokenizer.json").read_text(encoding="utf-8"))
    tokenizer.no_truncation()
    tokenizer.no_padding()
    special = frozenset(
        number for token in _SPECIAL_TOKENS if (number := tokenizer.token_to_id(token)) is not None
    )
    return _Table(rows=rows, tokenizer=tokenizer, special=special)
