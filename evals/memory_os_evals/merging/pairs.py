"""The labelled pairs that ship with the package."""

import hashlib
import json
from dataclasses import dataclass
from importlib.resources import files

NAME = "pairs.jsonl"
HALVES = ("choose", "held")


@dataclass(frozen=True, slots=True)
class Pair:
    """Two sentences and whether they say the same.

    ``kind`` is in what they are alike or differ. The threshold is chosen on the half ``choose``;
    what is reported is measured on the half ``held``.
    """

    id: str
    half: str
    kind: str
    same: bool
    by_hand: bool
    one: str
    other: str


def pairs() -> tuple[Pair, ...]:
    """Return every pair, in the order of the file."""
    return tuple(map(_pair, _text().splitlines()))


def digest() -> str:
    """Return the SHA-256 of the file, in hex."""
    return hashlib.sha256(_text().encode()).hexdigest()


def _text() -> str:
    return files("memory_os_evals.merging").joinpath(NAME).read_text(encoding="utf-8")


def _pair(line: str) -> Pair:
    row = json.loads(line)
    return Pair(
        id=row["id"],
        half=row["half"],
        kind=row["class"],
        same=row["label"] == "same",
        by_hand=row["source"] == "hand",
        one=row["one"],
        other=row["other"],
    )
