"""Cursors: where a listing stopped, tied to that listing."""

import base64
import hashlib

from pydantic import TypeAdapter, ValidationError
from pydantic_core import to_json

from memory_os.domain.access import AccessFilter
from memory_os.errors import InvalidCursor
from memory_os.ports.cube_store import Listing

_PLACE: TypeAdapter[tuple[str, int, str]] = TypeAdapter(tuple[str, int, str])


def cursor_after(access: AccessFilter, listing: Listing, created_at: int, cube_id: str) -> str:
    """Return the cursor that goes on after this cube."""
    place = to_json((_digest(access, listing), created_at, cube_id))
    return base64.urlsafe_b64encode(place).decode().rstrip("=")


def place_of(access: AccessFilter, listing: Listing) -> tuple[int, str] | None:
    """Return the creation time and id after which the listing goes on.

    Raises:
        InvalidCursor: the cursor was made by something else, or for another listing.
    """
    if listing.cursor is None:
        return None
    try:
        padded = listing.cursor.encode() + b"=" * (-len(listing.cursor) % 4)
        raw = base64.b64decode(padded, altchars=b"-_", validate=True)
        digest, created_at, cube_id = _PLACE.validate_json(raw, strict=True)
    except (ValueError, ValidationError) as error:
        raise InvalidCursor(f"cursor {listing.cursor!r} was not made by a listing") from error
    if digest != _digest(access, listing):
        raise InvalidCursor("the cursor belongs to a listing with other filters; start anew")
    return created_at, cube_id


def _digest(access: AccessFilter, listing: Listing) -> str:
    seen = listing.visibility
    sets = (seen.kinds, seen.states, seen.semantic_types or ())
    caller = (access.tenant_id, access.principal_id, access.bindings, access.purpose)
    words = (
        caller,
        (access.sees_private, access.sees_quarantined, access.own, access.wide),
        listing.newest_first,
        seen.scope,
        seen.match.value,
        seen.any_validity,
        *(str(moment) for moment in (seen.as_of, seen.valid_at, seen.since, seen.until)),
        *(sorted(item.value for item in group) for group in sets),
        seen.semantic_types is None,
        int(seen.min_trust),
        seen.filter,
    )
    return hashlib.blake2b(repr(words).encode(), digest_size=9).hexdigest()
