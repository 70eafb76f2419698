"""Cubes to rows and back.

JSON leaves out what equals a default, so the defaults of the header and payload dataclasses are
part of the stored format: a changed default needs a migration.
"""

import math
from datetime import datetime
from typing import Any

from pydantic import TypeAdapter
from pydantic_core import PydanticSerializationError, from_json

from memory_os.clock import from_micros, to_micros
from memory_os.domain.cube import MAIN, Cube, Governance, Usage, Version
from memory_os.domain.lifecycle import Position, State, underlying
from memory_os.domain.payload import (
    Activation,
    Adapter,
    Document,
    Fact,
    Message,
    Template,
    said_at,
)
from memory_os.domain.scope import Scope
from memory_os.domain.statements import Statement, statement
from memory_os.domain.vocabulary import Kind
from memory_os.domain.writing import Passage
from memory_os.errors import InvalidInput, StoreCorrupt
from memory_os.ports.cube_store import Left, StoredPassage
from memory_os_stores.sql.namespaces import join, split
from memory_os_stores.sql.vectors import unpack

Row = tuple[Any, ...]

_DAY = 86_400_000_000
_LONGEST = 36_500 * _DAY
_FAINTEST = 2.0**-1000

_IN_COLUMNS = {
    "number", "recorded_at", "superseded_at", "valid_from", "valid_to", "semantic_type",
    "trust", "confidence", "content_hash", "branch",
}  # fmt: skip
_VERSION = TypeAdapter(Version)
_GOVERNANCE = TypeAdapter(Governance)
_USAGE = TypeAdapter(Usage)
_PAYLOADS: dict[str, TypeAdapter[Any]] = {
    "message": TypeAdapter(Message),
    "fact": TypeAdapter(Fact),
    "document": TypeAdapter(Document),
    "template": TypeAdapter(Template),
    "prefix_kv": TypeAdapter(Activation),
    "adapter": TypeAdapter(Adapter),
}


def governance_columns(governance: Governance, at: int) -> Row:
    """Return state, recall_state, state_at, visibility, due_at and the governance's JSON."""
    state = governance.state
    below = underlying(Position(state, governance.resume)) if governance.resume else state
    expires = governance.lifespan.expires_at
    held = state is State.FROZEN or State.FROZEN in governance.resume
    due = None if expires is None or held else to_micros(expires)
    text = governance_text(governance)
    return (state.value, below.value, at, governance.visibility.value, due, text)


RESTRICTED = '"sensitivity":"restricted"'
"""What the JSON of a restricted cube's governance holds, and that of no other.

Quotes inside strings are escaped, so no reason can hold it.
"""


class _Remembered:
    """The JSON of the last object: the cubes of a batch mostly share one."""

    def __init__(self, adapter: TypeAdapter[Any]) -> None:
        self._adapter = adapter
        self._last: tuple[object, str] = (None, "")

    def __call__(self, value: object) -> str:
        known, text = self._last
        if known is not value:
            text = _dump(self._adapter, value)
            self._last = (value, text)
        return text


_governance_text = _Remembered(_GOVERNANCE)
_usage_text = _Remembered(_USAGE)


def governance_text(governance: Governance) -> str:
    """Return the governance as JSON."""
    return _governance_text(governance)


def governance_of(text: str) -> Governance:
    """Return the governance behind its JSON.

    Raises:
        StoreCorrupt: it cannot be read.
    """
    try:
        governance: Governance = _GOVERNANCE.validator.validate_json(text)
    except ValueError as error:
        raise StoreCorrupt(
            f"a governance cannot be read: {error}; restore the database from a backup"
        ) from error
    return governance


def usage_of(text: str) -> Usage:
    """Return the usage counters behind their JSON.

    Raises:
        StoreCorrupt: they cannot be read.
    """
    try:
        usage: Usage = _USAGE.validator.validate_json(text)
    except ValueError as error:
        raise StoreCorrupt(
            f"usage counters cannot be read: {error}; restore the database from a backup"
        ) from error
    return usage


def left_of(row: Row) -> Left:
    """Return what a cube was until a time, from a row of ``reads.past``."""
    _, until, recall_state, due = row
    return Left(from_micros(until), State(recall_state), moment(due))


def usage_text(usage: Usage) -> str:
    """Return the usage counters as JSON."""
    return _usage_text(usage)


def fading(usage: Usage) -> Row:
    """Return touched_at, how long after it strength has faded to 1, and the half-life.

    All in microseconds; the first is empty for a cube that counts from its creation.
    """
    half_life = min(int(usage.half_life * _DAY), _LONGEST)
    lasts = int(half_life * math.log2(max(usage.strength, _FAINTEST)))
    return _micros(usage.touched_at), lasts, half_life


def cube_row(cube: Cube, at: datetime) -> Row:
    """Return the row of ``cubes`` for a cube that is new ``at``."""
    scope, payload, branch = cube.scope, cube.payload, cube.version.branch
    touched, lasts, half_life = fading(cube.usage)
    return (
        cube.tenant_id,
        cube.id,
        cube.version.number,
        cube.kind.value,
        scope.user_id,
        scope.agent_id,
        scope.session_id,
        join(scope.namespace),
        scope.key(),
        cube.external_id,
        to_micros(cube.created_at),
        cube.made_by or cube.version.origin.actor,
        *governance_columns(cube.governance, to_micros(cube.version.recorded_at)),
        payload.turn if isinstance(payload, Message) else None,
        usage_text(cube.usage),
        (to_micros(cube.created_at) if touched is None else touched) + lasts,
        half_life,
        branch,
        None if branch == MAIN else to_micros(at),
    )


def version_row(cube: Cube) -> Row:
    """Return the row of ``versions`` for the cube's version.

    Raises:
        InvalidInput: a text is not Unicode, a number is not finite.
    """
    version, payload = cube.version, cube.payload
    if not _finite(version.confidence) or (version.metadata and not _finite(version.metadata)):
        raise InvalidInput(f"memory {cube.id!r} holds a number that is not finite")
    if isinstance(payload, Template) and not _finite(payload.fields):
        raise InvalidInput(f"memory {cube.id!r} holds a number that is not finite")
    said = said_at(payload)
    return (
        cube.tenant_id,
        cube.id,
        version.number,
        to_micros(version.recorded_at),
        _micros(version.superseded_at),
        _micros(version.valid_from),
        _micros(version.valid_to),
        _micros(said),
        version.semantic_type.value,
        int(version.trust),
        version.confidence,
        version.content_hash,
        payload.form,
        _dump(_VERSION, version, _IN_COLUMNS),
        _dump(_PAYLOADS[payload.form], payload),
        None if (about := statement(payload)) is None else joined_statement(about),
    )


def joined_statement(about: Statement) -> str:
    """Return subject and predicate as one text."""
    return "\x1f".join(about)


def cube_of(row: Row) -> Cube:
    """Return the cube behind a row of ``statements.CUBE_COLUMNS``.

    Raises:
        StoreCorrupt: the row cannot be read as a cube.
    """
    (
        tenant_id, cube_id, kind, user_id, agent_id, session_id, namespace, external_id,
        created_at, created_by, _visibility, governance, usage,
        number, recorded_at, superseded_at, valid_from, valid_to,
        semantic_type, trust, confidence, content_hash, form, header, payload, _state, branch,
    ) = row  # fmt: skip
    try:
        fields = from_json(header)
        fields.update(
            number=number,
            recorded_at=from_micros(recorded_at),
            superseded_at=moment(superseded_at),
            valid_from=moment(valid_from),
            valid_to=moment(valid_to),
            semantic_type=semantic_type,
            trust=trust,
            confidence=confidence,
            content_hash=content_hash,
            branch=branch,
        )
        return Cube(
            tenant_id=tenant_id,
            id=cube_id,
            scope=Scope(user_id, agent_id, session_id, split(namespace)),
            kind=Kind(kind),
            created_at=from_micros(created_at),
            payload=_PAYLOADS[form].validator.validate_json(payload),
            version=_VERSION.validator.validate_python(fields),
            governance=_GOVERNANCE.validator.validate_json(governance),
            usage=_USAGE.validator.validate_json(usage),
            external_id=external_id,
            made_by=created_by,
        )
    except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as error:
        raise StoreCorrupt(
            f"the row of memory {cube_id!r} version {number!r} cannot be read: {error}; "
            "restore the database from a backup",
            id=cube_id,
        ) from error


def _finite(value: object) -> bool:
    """Tell whether JSON can hold the numbers in ``value``: the encoder would write null."""
    if isinstance(value, float):
        return math.isfinite(value)
    if isinstance(value, dict):
        return all(map(_finite, value.values()))
    return all(map(_finite, value)) if isinstance(value, list | tuple) else True


def _dump(adapter: TypeAdapter[Any], value: Any, exclude: set[str] | None = None) -> str:
    try:
        packed = adapter.serializer.to_json(value, exclude_defaults=True, exclude=exclude)
        return packed.decode()
    except (PydanticSerializationError, UnicodeEncodeError) as error:
        raise InvalidInput(f"cannot be stored as JSON: {error}") from error


def _micros(moment: datetime | None) -> int | None:
    return None if moment is None else to_micros(moment)


def moment(micros: int | None) -> datetime | None:
    """Return the time of a column that may be empty."""
    return None if micros is None else from_micros(micros)


def passage_of(row: Row) -> StoredPassage:
    """Return the passage behind a row of ``reads.CHUNK_COLUMNS``.

    Raises:
        StoreCorrupt: its vector cannot be read.
    """
    cube_id, _, number, ordinal, start, stop, heading, tokens, vector, live_from, live_to = row
    try:
        passage = Passage(ordinal, (start, stop), heading, tokens, unpack(vector))
    except ValueError as error:
        raise StoreCorrupt(
            f"passage {number} of memory {cube_id!r} has a vector of the wrong length; "
            "'memory-os doctor --repair' embeds it again",
            id=cube_id,
        ) from error
    return StoredPassage(number, passage, from_micros(live_from), moment(live_to))
