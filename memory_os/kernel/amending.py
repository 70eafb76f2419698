"""What an update makes of a cube: its next payload and header, or its governance in place."""

from dataclasses import replace
from datetime import datetime

from memory_os.domain.cube import Cube, Governance
from memory_os.domain.operations import UpdateRequest
from memory_os.domain.payload import Document, Fact, Message, Payload
from memory_os.domain.vocabulary import Sensitivity
from memory_os.errors import InvalidInput
from memory_os.kernel.forming import still_ahead, with_text

_HEADER = frozenset({"semantic_type", "tags", "metadata", "valid_from", "valid_to", "confidence"})
_IN_PLACE = frozenset({"pinned", "priority", "sensitivity", "visibility"})
VERSIONED = _HEADER | {"content"}
"""The fields of an update that make a new version."""

GOVERNED = _IN_PLACE | {"expires_at"}
"""The fields of an update that change the governance."""


def revised_payload(cube: Cube, request: UpdateRequest) -> Payload:
    """Return the payload of the next version.

    Raises:
        InvalidInput: there is no single text that the new one could replace.
    """
    payload = cube.payload
    if request.content is None:
        return payload
    if not isinstance(payload, Message | Fact | Document):
        raise InvalidInput(
            f"{cube.id!r} holds a {payload.form}, which has no single text to replace: "
            "add its next version as a new memory, then delete this one",
            field="content",
        )
    return with_text(payload, request.content)


def revised_header(cube: Cube, request: UpdateRequest) -> dict[str, object]:
    """Return the header fields that the next version changes.

    Raises:
        InvalidInput: its validity would end before it begins.
    """
    changed = {name: getattr(request, name) for name in _HEADER & request.changes}
    if "tags" in changed:
        changed["tags"] = tuple(dict.fromkeys(changed["tags"]))
    starts = changed.get("valid_from", cube.version.valid_from)
    ends = changed.get("valid_to", cube.version.valid_to)
    if starts is not None and ends is not None and ends <= starts:
        raise InvalidInput("valid_to must lie after valid_from", field="valid_to")
    return changed


def regoverned(governance: Governance, request: UpdateRequest, now: datetime) -> Governance:
    """Return the governance that the update asks for; a given expiry replaces a time to live.

    Raises:
        InvalidInput: it would have expired already.
    """
    changed = {name: getattr(request, name) for name in _IN_PLACE & request.changes}
    lifespan = governance.lifespan
    if "expires_at" in request.changes:
        expires_at = still_ahead(request.expires_at, now)
        lifespan = replace(lifespan, expires_at=expires_at, ttl_seconds=None)
    return replace(governance, lifespan=lifespan, **changed)


def lowers_sensitivity(cube: Cube, request: UpdateRequest) -> bool:
    """Tell whether the update asks for a lower sensitivity than the cube has."""
    order = list(Sensitivity)
    asked, held = request.sensitivity, cube.governance.sensitivity
    return asked is not None and order.index(asked) < order.index(held)
