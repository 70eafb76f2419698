"""Scopes: whose memory it is, and which scopes a call reaches."""

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

from memory_os.errors import InvalidInput

MAX_ID = 256
MAX_NAMESPACE_DEPTH = 16


class ScopeMatch(StrEnum):
    """How a call's scope reaches cubes; an id the call leaves out never constrains.

    ``inherit``: each given id equals the cube's or is unset on the cube (shared memory is seen).
    ``exact``: each given id equals the cube's (shared memory is left alone).
    """

    INHERIT = "inherit"
    EXACT = "exact"


@dataclass(frozen=True, slots=True)
class Scope:
    """Whom a cube belongs to inside its tenant; every part is optional."""

    user_id: str | None = None
    agent_id: str | None = None
    session_id: str | None = None
    namespace: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return any((self.user_id, self.agent_id, self.session_id, self.namespace))

    def key(self) -> str:
        """Return one string that is equal exactly for equal scopes."""
        return _key(self)

    def reaches(self, cube: "Scope", match: ScopeMatch) -> bool:
        """Tell whether a call with this scope reaches a cube with scope ``cube``.

        A namespace given by the call matches the cube's namespace when equal or below it
        (``exact``), and also when the cube's is an ancestor of it (``inherit``).
        """
        inherit = match is ScopeMatch.INHERIT
        pairs = (
            (self.user_id, cube.user_id),
            (self.agent_id, cube.agent_id),
            (self.session_id, cube.session_id),
        )
        for mine, theirs in pairs:
            if mine is not None and theirs != mine and not (inherit and theirs is None):
                return False
        below = cube.namespace[: len(self.namespace)] == self.namespace
        above = inherit and self.namespace[: len(cube.namespace)] == cube.namespace
        return below or above


@lru_cache(maxsize=1_024)
def _key(scope: Scope) -> str:
    parts = (scope.user_id, scope.agent_id, scope.session_id)
    ids = "\x1f".join("" if part is None else f"={part}" for part in parts)
    return "\x1f".join((ids, *scope.namespace))


def make_scope(
    user_id: str | None = None,
    agent_id: str | None = None,
    session_id: str | None = None,
    namespace: Iterable[str] | str | None = None,
) -> Scope:
    """Check the ids and return a scope; a plain string namespace counts as one label."""
    labels = (namespace,) if isinstance(namespace, str) else tuple(namespace or ())
    if len(labels) > MAX_NAMESPACE_DEPTH:
        raise InvalidInput(
            f"namespace has {len(labels)} labels; at most {MAX_NAMESPACE_DEPTH} are allowed",
            field="namespace",
        )
    for label in labels:
        check_id("namespace", label)
    for name, value in (("user_id", user_id), ("agent_id", agent_id), ("session_id", session_id)):
        if value is not None:
            check_id(name, value)
    return Scope(user_id, agent_id, session_id, labels)


def check_id(field: str, value: object) -> str:
    """Return ``value`` if it may serve as an id: 1 to 256 characters, none of them control."""
    if not isinstance(value, str):
        kind = type(value).__name__
        raise InvalidInput(f"{field} must be a string, not {kind}", field=field)
    if not 0 < len(value) <= MAX_ID:
        raise InvalidInput(
            f"{field} has {len(value)} characters; 1 to {MAX_ID} are allowed", field=field
        )
    if any(unicodedata.category(char) in ("Cc", "Cs") for char in value):
        raise InvalidInput(f"{field} {value!r} holds a control character", field=field)
    return value
