"""Admission: whether a new text becomes a cube, and why."""

from dataclasses import dataclass
from enum import StrEnum

from memory_os.domain.payload import Message, Payload


class Admit(StrEnum):
    """What is to be done with an incoming text."""

    ADD = "add"
    TOUCH = "touch"


@dataclass(frozen=True, slots=True)
class Verdict:
    """A decision with its reason; ``existing`` names the cube that already says the same."""

    action: Admit
    reason: str
    existing: str | None = None


def deduplicates(payload: Payload) -> bool:
    """Tell whether the very same text in the same scope is one memory.

    A message never is: saying "yes" twice is two turns, and the order of turns is kept.
    """
    return not isinstance(payload, Message)


def judge(payload: Payload, existing: str | None) -> Verdict:
    """Decide on a text whose exact content is already held by ``existing``, if by any."""
    if existing is not None and deduplicates(payload):
        return Verdict(Admit.TOUCH, "exact_duplicate", existing)
    return Verdict(Admit.ADD, "new")
