"""The labelled texts that ship with the package."""

import hashlib
import json
from dataclasses import dataclass
from importlib.resources import files

NAME = "texts.jsonl"
Span = tuple[str, int, int]


@dataclass(frozen=True, slots=True)
class Text:
    """A text with the spans that must be found in it.

    ``group`` is ``marked``, ``plain`` (look-alikes, nothing to find), ``attack`` (orders to a
    model) or ``innocent`` (look-alikes of those).
    """

    group: str
    by_hand: bool
    text: str
    spans: tuple[Span, ...]


def texts() -> tuple[Text, ...]:
    """Return every text, in the order of the file."""
    return tuple(map(_text, _whole().splitlines()))


def digest() -> str:
    """Return the SHA-256 of the file, in hex."""
    return hashlib.sha256(_whole().encode()).hexdigest()


def _whole() -> str:
    return files("memory_os_evals.redaction").joinpath(NAME).read_text(encoding="utf-8")


def _text(line: str) -> Text:
    row = json.loads(line)
    spans = tuple((kind, start, end) for kind, start, end in row["spans"])
    return Text(row["group"], row["hand"], row["text"], spans)
