"""Which column of the directory holds what, and how header values become small numbers."""

from datetime import datetime
from enum import IntEnum

from memory_os.clock import to_micros
from memory_os.domain.lifecycle import State
from memory_os.domain.vocabulary import Kind, SemanticType
from memory_os.ports.recall_index import ROLES

EVER = 2**63 - 1
"""An end that is not set, in microseconds."""
BEFORE_ALL = -(2**63)
"""A start that is not set, in microseconds."""


class Wide(IntEnum):
    """Columns of 64-bit integers; times are in microseconds since 1970."""

    NUMBER = 0
    TURN = 1
    AT = 2
    LIVE_FROM = 3
    LIVE_TO = 4
    VALID_FROM = 5
    VALID_TO = 6
    EXPIRES = 7


class Code(IntEnum):
    """Columns of 32-bit integers; three are slots, -1 for none."""

    USER = 0
    AGENT = 1
    SESSION = 2
    NAMESPACE = 3
    GROUP = 4
    PRIVATE = 5
    CUBE = 6
    VERSION = 7
    ORDINAL = 8
    LENGTH = 9
    NAMES = 10
    BEFORE = 11
    AFTER = 12
    SIBLING = 13
    BRANCH = 14


class Small(IntEnum):
    """Columns of 8-bit integers."""

    KIND = 0
    TYPE = 1
    STATE = 2
    TRUST = 3
    ROLE = 4
    ALIVE = 5
    READERS = 6


WIDE, RESTRICTED, HELD = 1, 2, 4
"""The bits of ``READERS``: all of the tenant, for a named purpose alone, nobody."""


KIND_CODES = {kind: code for code, kind in enumerate(Kind)}
TYPE_CODES = {kind: code for code, kind in enumerate(SemanticType)}
STATE_CODES = {state: code for code, state in enumerate(State)}
ROLE_CODES = {role: code for code, role in enumerate(ROLES)}


def readers_code(*, wide: bool, restricted: bool, held: bool) -> int:
    """Return the bits that hold."""
    return WIDE * wide | RESTRICTED * restricted | HELD * held


def end(moment: datetime | None) -> int:
    """Return an end in microseconds; an unset one lies after everything."""
    return EVER if moment is None else to_micros(moment)
