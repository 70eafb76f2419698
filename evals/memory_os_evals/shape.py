"""The one shape into which every recall data set is normalised."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Item:
    """One retrieval unit: a turn, a message, a session or a passage.

    ``text`` is what a user would store. ``stored`` is the text as the data file has it, where that
    differs (authoring marks); only the BM25 floor reads it, because its published figures do.
    An item with a ``role`` is a message; one without is a document.
    """

    id: str
    text: str
    speaker: str | None = None
    role: str | None = None
    session: str | None = None
    at: datetime | None = None
    title: str | None = None
    stored: str | None = None

    def line(self, *, as_stored: bool = False) -> str:
        """Return the text behind its speaker or title, as a single searchable line."""
        text = self.stored if as_stored and self.stored is not None else self.text
        if self.speaker is not None:
            return f"{self.speaker}: {text}"
        return text if self.title is None else f"{self.title} {text}"


@dataclass(frozen=True, slots=True)
class Bank:
    """What one memory holds before it is asked: a conversation, or a corpus of passages."""

    id: str
    items: tuple[Item, ...]


@dataclass(frozen=True, slots=True)
class Question:
    """A question to one bank, with the ids of the items that hold its evidence."""

    id: str
    bank: str
    text: str
    gold: frozenset[str]
    category: str
    cluster: str


@dataclass(frozen=True, slots=True)
class SourceFile:
    """Which file was read, so that two results can be known to be of the same data."""

    name: str
    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Dataset:
    """A whole set after normalisation; ``defects`` counts what was mended or dropped, by name."""

    suite: str
    unit: str
    banks: tuple[Bank, ...]
    questions: tuple[Question, ...]
    files: tuple[SourceFile, ...]
    dropped_evidence: int = 0
    defects: Mapping[str, int] = field(default_factory=dict)
