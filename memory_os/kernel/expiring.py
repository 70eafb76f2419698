"""Sweeping cubes whose time is over out of the way of new ones."""

from dataclasses import replace
from datetime import datetime, timedelta

from memory_os.domain.cube import Cube
from memory_os.domain.journal import Note
from memory_os.domain.lifecycle import Event, State, transition
from memory_os.domain.writing import Govern
from memory_os.governance.seal import Seal

ACTOR = "platform"


def overdue(cube: Cube, now: datetime) -> bool:
    """Tell whether the cube's time is over though its state does not say so yet."""
    return cube.gone(now) and cube.governance.state not in (State.EXPIRED, State.ERASED)


def swept(cube: Cube, now: datetime, purge_after: timedelta, seal: Seal) -> Govern:
    """Return the write that records the expiry of an overdue cube; it stays recoverable.

    It is refused if the cube was governed otherwise meanwhile, such as restored.
    """
    governance, planned = cube.governance, transition(cube.position, Event.EXPIRE)
    expired = replace(
        governance,
        state=planned.target,
        state_reason=Event.EXPIRE.value,
        state_since=now,
        resume=planned.resume,
        lifespan=replace(governance.lifespan, purge_at=now + purge_after),
    )
    version = cube.version
    salted = seal.salted(cube.tenant_id, version.signature, version.content_hash)
    note = Note(ACTOR, Event.EXPIRE.value, (cube.id,), "its time is over", salted)
    return Govern(cube.id, version.number, expired, note, governance)
