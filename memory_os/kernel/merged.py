"""What a merge makes of its parents: one payload, one header, one governance."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from pydantic import JsonValue

from memory_os.domain.access import Principal
from memory_os.domain.cube import (
    Absorbed,
    Cube,
    Evidence,
    Governance,
    Lifespan,
    Origin,
    Parent,
    Usage,
    Version,
)
from memory_os.domain.lifecycle import State, Transition
from memory_os.domain.operations.common import Limits, clean_json
from memory_os.domain.payload import Document, Fact, Message, Payload
from memory_os.domain.vocabulary import Priority, Sensitivity, SourceClass
from memory_os.errors import InvalidInput, TooLarge
from memory_os.governance.guard import ceiling, source_class
from memory_os.kernel.forming import with_text
from memory_os.policies.merging import POLICY, overlap

_PRIORITIES, _SENSITIVITIES = tuple(Priority), tuple(Sensitivity)


def spokesman(parents: Sequence[Cube]) -> Cube:
    """Return the parent whose text the result takes: most trusted, longest, newest, then by id."""
    return max(
        parents,
        key=lambda cube: (cube.version.trust, len(cube.text), cube.version.recorded_at, cube.id),
    )


def checked(parents: Sequence[Cube]) -> None:
    """Pass if the parents can be one memory at all.

    Raises:
        InvalidInput: not everybody who sees one sees the others, or they hold at different times.
    """
    first = parents[0]
    for other in parents[1:]:
        if _readers(other) != _readers(first):
            raise InvalidInput(
                f"{first.id!r} and {other.id!r} have different readers; make their visibility the "
                "same first",
                field="parents",
            )
        one, two = first.version, other.version
        if not overlap(one.valid_from, one.valid_to, two.valid_from, two.valid_to):
            raise InvalidInput(
                f"{first.id!r} and {other.id!r} hold at different times; they are no duplicates",
                field="parents",
            )


def _readers(cube: Cube) -> tuple[object, ...]:
    visibility = cube.governance.visibility
    owner = cube.version.origin.actor if visibility.value == "private" else ""
    return visibility, owner


def merged_payload(chosen: Cube, content: str | None) -> Payload:
    """Return what the result says.

    Raises:
        InvalidInput: a text was given for a form that has no single one.
    """
    if content is None or content == chosen.text:
        return chosen.payload
    if not isinstance(chosen.payload, Message | Fact | Document):
        raise InvalidInput(
            f"{chosen.id!r} holds a {chosen.payload.form}, which has no single text to replace",
            field="content",
        )
    return with_text(chosen.payload, content)


def merged_version(
    principal: Principal, parents: Sequence[Cube], chosen: Cube, now: datetime, *, told: bool
) -> Version:
    """Return the header of the result, but for hash, signature and similarity hash.

    Trust is the lowest of all, and of the caller's own where the caller ``told`` the text.

    Raises:
        TooLarge: there are more tags or metadata than one memory holds.
    """
    versions = [cube.version for cube in parents]
    trust = min(version.trust for version in versions)
    if told:
        trust = min(trust, ceiling(source_class(principal, None, None)))
    starts = [version.valid_from for version in versions]
    ends = [version.valid_to for version in versions]
    return Version(
        number=1,
        recorded_at=now,
        semantic_type=chosen.version.semantic_type,
        content_hash="",
        tags=_tags(versions),
        metadata=_metadata(parents, chosen),
        origin=Origin(SourceClass.CONSOLIDATED, principal.id, POLICY, _sources(versions)),
        trust=trust,
        confidence=min(version.confidence for version in versions),
        valid_from=None if None in starts else min(filter(None, starts)),
        valid_to=None if None in ends else max(filter(None, ends)),
        conflicts_with=_joined([version.conflicts_with for version in versions]),
    )


def _tags(versions: Sequence[Version]) -> tuple[str, ...]:
    tags = _joined([version.tags for version in versions])
    if len(tags) > Limits.TAGS:
        raise TooLarge(f"the parents have {len(tags)} tags, one memory at most {Limits.TAGS}")
    return tags


def _metadata(parents: Sequence[Cube], chosen: Cube) -> dict[str, JsonValue]:
    """Return the metadata of all; where they differ, that of the parent whose text is taken."""
    joined: dict[str, JsonValue] = {}
    for cube in (*parents, chosen):
        joined |= cube.version.metadata
    if len(clean_json(joined).encode()) > Limits.METADATA_BYTES:
        raise TooLarge(f"the metadata of the parents exceeds {Limits.METADATA_BYTES} bytes of JSON")
    return joined


def _sources(versions: Sequence[Version]) -> tuple[Evidence, ...]:
    return tuple(dict.fromkeys(source for version in versions for source in version.origin.sources))


def _joined(lists: Sequence[tuple[str, ...]]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(item for items in lists for item in items))


def edges(parents: Sequence[Cube], scores: dict[str, float]) -> tuple[Parent, ...]:
    """Return the derivation edges of the result, with how alike each was to its text."""
    return tuple(
        Parent(cube.id, cube.version.number, "merge", scores.get(cube.id)) for cube in parents
    )


def merged_governance(parents: Sequence[Cube], now: datetime) -> Governance:
    """Return the result's governance: as careful as the most careful parent.

    It is activated if a parent was, and expires when the first of them would.
    """
    held = [cube.governance for cube in parents]
    active = any(governance.state is State.ACTIVATED for governance in held)
    return Governance(
        state=State.ACTIVATED if active else State.GENERATED,
        state_reason="merged",
        state_since=now,
        visibility=held[0].visibility,
        lifespan=_lifespan([governance.lifespan for governance in held]),
        priority=max((governance.priority for governance in held), key=_PRIORITIES.index),
        pinned=any(governance.pinned for governance in held),
        sensitivity=max((governance.sensitivity for governance in held), key=_SENSITIVITIES.index),
        compliance=_joined([governance.compliance for governance in held]),
    )


def _lifespan(spans: Sequence[Lifespan]) -> Lifespan:
    expiries = [span.expires_at for span in spans if span.expires_at is not None]
    floors = [span.retain_until for span in spans if span.retain_until is not None]
    return Lifespan(
        expires_at=min(expiries, default=None),
        retain_until=max(floors, default=None),
        decay=all(span.decay for span in spans),
    )


def merged_usage(parents: Sequence[Cube], now: datetime) -> Usage:
    """Return usage that starts anew, as strong as the strongest parent."""
    return Usage(
        strength=max(cube.usage.strength for cube in parents),
        half_life=max(cube.usage.half_life for cube in parents),
        touched_at=now,
    )


def absorbed(cube: Cube, planned: Transition, into: str, reason: str, now: datetime) -> Governance:
    """Return the governance of a parent that goes behind the result."""
    governance = cube.governance
    return replace(
        governance,
        state=planned.target,
        state_reason=reason or "merge",
        state_since=now,
        resume=planned.resume,
        absorbed=Absorbed(into, governance.state, governance.state_reason, governance.state_since),
    )


def returned(cube: Cube, planned: Transition) -> Governance:
    """Return the governance of a parent that comes back: the very one it had before the merge."""
    governance, before = cube.governance, cube.governance.absorbed
    reason = before.reason if before else planned.event.value
    return replace(
        governance,
        state=planned.target,
        state_reason=reason,
        state_since=before.since if before else None,
        resume=planned.resume,
        absorbed=None,
    )
