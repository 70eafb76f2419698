"""Admission: whether a new text becomes a cube, and why."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from memory_os.domain.cube import Cube
from memory_os.domain.operations import AddRequest
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


def covers(held: Cube, request: AddRequest, expires_at: datetime | None) -> bool:
    """Tell whether ``held``, of the same content, says all that the request says of it.

    It holds as long and is seen by the same; type, tags and metadata count if they are given.
    ``expires_at`` is when the new cube would expire.
    """
    version, governance = held.version, held.governance
    return (
        (version.valid_from, version.valid_to) == (request.valid_from, request.valid_to)
        and governance.lifespan.expires_at == expires_at
        and governance.visibility is request.visibility
        and request.semantic_type in (None, version.semantic_type)
        and (not request.tags or set(request.tags) == set(version.tags))
        and (not request.metadata or request.metadata == version.metadata)
    )


def judge(payload: Payload, existing: str | None) -> Verdict:
    """Decide on a text whose exact content is already held by ``existing``, if by any."""
    if existing is not None and deduplicates(payload):
        return Verdict(Admit.TOUCH, "exact_duplicate", existing)
    return Verdict(Admit.ADD, "new")
