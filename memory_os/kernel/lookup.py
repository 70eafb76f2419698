"""Finding one cube by its id, and saying why it is not there."""

from dataclasses import replace
from datetime import datetime

from memory_os.domain.access import AccessFilter
from memory_os.domain.cube import Cube
from memory_os.domain.grants import Purpose
from memory_os.domain.lifecycle import State
from memory_os.domain.scope import check_id
from memory_os.errors import AccessDenied, Erased, InvalidInput, NotFound
from memory_os.kernel.moving import recoverable_until
from memory_os.kernel.parts import Parts


def known(
    parts: Parts, access: AccessFilter, memory_id: str, as_of: datetime | None = None
) -> Cube:
    """Return the cube in whatever state it is.

    Raises:
        NotFound: unknown, foreign, or not recorded by ``as_of``.
        Erased: only its tombstone is left.
        AccessDenied: it is restricted, and no grant names the purpose.
        InvalidInput: the id is no text.
    """
    found = parts.store.get(access, [checked(memory_id)], as_of=as_of)
    if not found:
        raise hidden(parts, access, memory_id, as_of)
    return found[0]


def missing(parts: Parts, access: AccessFilter, memory_id: str) -> NotFound:
    """Return the error for an id under which there is nothing, or nothing any more.

    Only who erased a memory, and who governs the tenant, is told that it was there.
    """
    left = parts.erasures.tombstone(access.tenant_id, memory_id)
    if left is None or not (access.sees_quarantined or left.by == access.principal_id):
        return unknown(memory_id)
    return Erased(
        f"memory {memory_id!r} was erased on {left.erased_at.isoformat()}; nothing brings it "
        f"back, its receipt is {left.erasure_id!r}",
        id=memory_id,
        erasure=left.erasure_id,
    )


def hidden(
    parts: Parts, access: AccessFilter, memory_id: str, as_of: datetime | None = None
) -> NotFound | AccessDenied:
    """Return the error for an id behind which ``access`` shows nothing."""
    anyway = parts.store.get(replace(access, purpose=None), [memory_id], as_of=as_of)
    if not anyway:
        return missing(parts, access, memory_id)
    if access.purpose is None:
        return unknown(memory_id)
    held = anyway[0].governance.state is State.QUARANTINED
    purpose = Purpose.REVIEW if held else access.purpose
    return AccessDenied(
        f"memory {memory_id!r} is restricted; it takes a grant that names the purpose "
        f"{purpose.value!r}",
        id=memory_id,
        purpose=purpose.value,
    )


def checked(memory_id: str) -> str:
    """Return ``memory_id`` if a memory could have it.

    Raises:
        NotFound: no memory can.
        InvalidInput: it is no text.
    """
    try:
        return check_id("memory_id", memory_id)
    except InvalidInput as error:
        if isinstance(memory_id, str):
            raise unknown(memory_id) from error
        raise


def unknown(memory_id: str) -> NotFound:
    """Return the error for an id that nothing here has."""
    return NotFound(f"no memory {memory_id[:100]!r}", id=memory_id[:100])


def purged(parts: Parts, cube: Cube) -> bool:
    """Tell whether the cube is past its ``purge_at``: no read shows it, whatever time is asked."""
    now = parts.clock.now()
    until = recoverable_until(cube, now, parts.rules)
    over = cube.gone(now) and cube.governance.state is not State.ERASED
    return over and until is not None and until <= now


def gone(parts: Parts, cube: Cube) -> NotFound | None:
    """Return the error for a cube that was deleted or has expired, nothing for one that is here."""
    now = parts.clock.now()
    if not cube.gone(now):
        return None
    until = recoverable_until(cube, now, parts.rules)
    if until is not None and until <= now:
        way = "it can no longer be restored"
    else:
        way = "the event 'restore' brings it back" + (
            f" until {until.isoformat()}" if until else ""
        )
    return NotFound(f"no memory {cube.id!r}: it was deleted or has expired; {way}", id=cube.id)
