"""The port of every memory that an evaluation compares."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from memory_os_evals.shape import Bank


@dataclass(frozen=True, slots=True)
class Ask:
    """One question put to one bank; it does not carry the evidence.

    ``depth`` is how many items count. A longer answer is welcome where it costs nothing; only the
    rank of the first hit can gain by it.
    """

    question: str
    bank: str
    text: str
    depth: int


@dataclass(frozen=True, slots=True)
class Setting:
    """What an arm may know before the run: chance, and the evidence, which only a ceiling reads."""

    seed: int
    gold: Mapping[str, frozenset[str]]


class Arm(Protocol):
    """A memory under measurement. All banks are remembered before the first question is asked."""

    def remember(self, bank: Bank) -> None:
        """Take in a whole bank, in its order."""
        ...

    def recall(self, ask: Ask) -> Sequence[str]:
        """Return ids of the bank's items, best first; a repeated id counts at its first place."""
        ...

    def close(self) -> None:
        """Release what is held."""
        ...
