"""What a policy answers: an action, a stable reason, and the facts it was taken from."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from memory_os.domain.lifecycle import Event

Input = float | str | bool | None


class Action(StrEnum):
    """What is to be done with a memory; ``keep`` is nothing."""

    KEEP = "keep"
    EXPIRE = "expire"
    ACTIVATE = "activate"
    DEACTIVATE = "deactivate"
    ARCHIVE = "archive"
    PROMOTE = "promote"
    DEMOTE = "demote"

    @property
    def event(self) -> Event | None:
        """Return the lifecycle event that carries the action out, if one does."""
        return _EVENTS.get(self)


_EVENTS = {
    Action.EXPIRE: Event.EXPIRE,
    Action.ACTIVATE: Event.ACTIVATE,
    Action.DEACTIVATE: Event.DEACTIVATE,
    Action.ARCHIVE: Event.ARCHIVE,
}


@dataclass(frozen=True, slots=True)
class Verdict:
    """A decision; ``reason`` is a stable code, ``inputs`` the numbers behind it."""

    action: Action
    reason: str
    inputs: Mapping[str, Input] = field(default_factory=dict)
