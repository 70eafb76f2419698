"""From requests to cubes: payloads, headers, stamps."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import lru_cache

from pydantic import JsonValue, TypeAdapter

from memory_os.domain.access import Principal
from memory_os.domain.cube import (
    Cube,
    Evidence,
    Governance,
    Lifespan,
    Origin,
    Parent,
    Usage,
    Version,
)
from memory_os.domain.operations import AddRequest, MessageIn
from memory_os.domain.payload import Document, Fact, Message, Payload, Template, kind_of, said_at
from memory_os.domain.scope import Scope
from memory_os.domain.simhash import simhash
from memory_os.domain.vocabulary import (
    Priority,
    SemanticType,
    Sensitivity,
    SourceClass,
    Trust,
    Visibility,
)
from memory_os.errors import InvalidInput
from memory_os.governance.guard import ceiling, source_class
from memory_os.governance.seal import Seal
from memory_os.ids import IdSource
from memory_os.policies.decay import initial_half_life
from memory_os.policies.policy_set import BUILT_IN, PolicySet, Ttl
from memory_os.policies.ttl import given_life
from memory_os.policies.typing import infer_type

PAYLOAD: TypeAdapter[Payload] = TypeAdapter(Payload)


@dataclass(frozen=True, slots=True)
class Draft:
    """One cube to be: its payload, and what the request says of it beyond the call's fields.

    ``derived_trust`` is the lowest trust among what a derived cube was made from.
    """

    payload: Payload
    request: AddRequest
    role: str | None = None
    external_id: str | None = None
    metadata: dict[str, JsonValue] | None = None
    parents: tuple[Parent, ...] = ()
    evidence: tuple[Evidence, ...] = ()
    extractor: str | None = None
    derived_trust: Trust | None = None


def drafts(request: AddRequest, next_turn: int) -> Iterator[Draft]:
    """Yield a draft for each cube that ``request`` asks for, in order."""
    if request.messages is not None:
        for turn, message in enumerate(request.messages, next_turn):
            yield _from_message(request, message, turn)
        return
    yield Draft(_payload(request), request, external_id=request.external_id)


def _from_message(request: AddRequest, message: MessageIn, turn: int) -> Draft:
    payload = Message(
        role=message.role,
        text=message.content,
        name=message.name,
        tool_call_id=message.tool_call_id,
        turn=turn,
        at=message.timestamp or request.timestamp,
    )
    external = message.external_id or request.external_id
    return Draft(payload, request, message.role, external, {**request.metadata, **message.metadata})


def _payload(request: AddRequest) -> Payload:
    if request.document is not None:
        given = request.document
        return Document(given.text, given.title, given.uri, given.media_type, request.timestamp)
    if request.template is not None:
        form = request.template
        return Template(form.schema_id, form.schema_version, dict(form.fields))
    said = request.timestamp
    return Fact(request.content or "", request.subject, request.predicate, request.object, said)


_DEFAULT_TYPES = {
    "message": SemanticType.MESSAGE,
    "fact": SemanticType.FACT,
    "document": SemanticType.REFERENCE,
    "template": SemanticType.PROFILE,
}


def semantic_type(draft: Draft) -> SemanticType:
    """Return the caller's type, else what rules read in the text, else the form's default."""
    payload = draft.payload
    if draft.request.semantic_type is not None:
        return draft.request.semantic_type
    default = _DEFAULT_TYPES[payload.form]
    if isinstance(payload, (Message, Fact)):
        return infer_type(payload.text, draft.role) or default
    return default


@dataclass(frozen=True, slots=True)
class Former:
    """Make cubes out of drafts for one principal at one moment."""

    principal: Principal
    scope: Scope
    now: datetime
    ids: IdSource
    seal: Seal
    policies: PolicySet = BUILT_IN

    def canonical(self, payload: Payload) -> str:
        """Return the content hash of ``payload`` in this tenant."""
        return self.seal.content_hash(self.principal.tenant_id, PAYLOAD.dump_json(payload))

    def create(self, draft: Draft, content_hash: str, terms: Sequence[str]) -> Cube:
        """Return a new cube at version 1; ``terms`` are those of its text."""
        request = draft.request
        kind = semantic_type(draft)
        cube_id = self.ids.new("mem")
        source = source_class(self.principal, draft.role, request.source_class)
        trust = ceiling(source)
        if draft.derived_trust is not None:
            source, trust = SourceClass.INFERRED, min(trust, draft.derived_trust)
        return Cube(
            id=cube_id,
            tenant_id=self.principal.tenant_id,
            scope=self.scope,
            kind=kind_of(draft.payload),
            created_at=self.now,
            payload=draft.payload,
            version=Version(
                number=1,
                recorded_at=self.now,
                semantic_type=kind,
                content_hash=content_hash,
                signature=self._signature(cube_id, 1, content_hash, source, trust),
                tags=tuple(dict.fromkeys(request.tags)),
                metadata=dict(draft.metadata if draft.metadata is not None else request.metadata),
                origin=self._origin(source, draft.extractor, (*request.sources, *draft.evidence)),
                trust=trust,
                confidence=request.confidence,
                simhash=simhash(terms),
                valid_from=request.valid_from,
                valid_to=request.valid_to,
                parents=draft.parents,
            ),
            governance=_governance(request, kind, self.now, self.policies.ttl),
            usage=_usage(initial_half_life(kind, request.priority, self.policies.decay), self.now),
            external_id=draft.external_id,
            made_by=self.principal.id,
        )

    def next_version(
        self, cube: Cube, payload: Payload, terms: Sequence[str], **changes: object
    ) -> Cube:
        """Return ``cube`` with ``payload`` as its next version; ``changes`` are header fields.

        Who changes the text answers for it, and what it was linked to may be settled; with the text
        as it was, source, trust and links stay.
        """
        number = cube.version.number + 1
        content_hash = self.canonical(payload)
        origin, trust = cube.version.origin, cube.version.trust
        source, extractor = origin.source_class, origin.extractor
        if content_hash != cube.version.content_hash:
            source = source_class(self.principal, getattr(payload, "role", None), None)
            trust, extractor = ceiling(source), None
            changes = {"superseded_by": None, "conflicts_with": (), **changes}
        version = replace(
            cube.version,
            number=number,
            recorded_at=self.now,
            superseded_at=None,
            content_hash=content_hash,
            signature=self._signature(cube.id, number, content_hash, source, trust),
            origin=self._origin(source, extractor, origin.sources),
            trust=trust,
            simhash=simhash(terms),
            parents=(Parent(cube.id, cube.version.number, "version"),),
        )
        version = replace(version, **changes)  # type: ignore[arg-type]
        return replace(cube, payload=payload, version=version)

    def _signature(
        self, cube_id: str, version: int, content_hash: str, source: SourceClass, trust: Trust
    ) -> str:
        return self.seal.signature(
            self.principal.tenant_id,
            cube_id=cube_id,
            version=version,
            content_hash=content_hash,
            source_class=source,
            trust=trust,
        )

    def _origin(
        self, source: SourceClass, extractor: str | None, sources: Sequence[Evidence]
    ) -> Origin:
        return _shared_origin(source, self.principal.id, extractor, tuple(sources))


def expiry_of(request: AddRequest, now: datetime) -> datetime | None:
    """Return when what is added at ``now`` expires.

    Raises:
        InvalidInput: it would have expired already.
    """
    if request.ttl_seconds:
        return now + timedelta(seconds=request.ttl_seconds)
    return still_ahead(request.expires_at, now)


def still_ahead(expires_at: datetime | None, now: datetime) -> datetime | None:
    """Return ``expires_at`` if it lies after ``now``, or if there is none.

    Raises:
        InvalidInput: it does not.
    """
    if expires_at is not None and expires_at <= now:
        raise InvalidInput(
            f"expires_at {expires_at.isoformat()} is not in the future", field="expires_at"
        )
    return expires_at


def _governance(
    request: AddRequest, kind: SemanticType, now: datetime, settings: Ttl
) -> Governance:
    asked = Lifespan(
        ttl_seconds=request.ttl_seconds,
        expires_at=expiry_of(request, now),
        refresh_on_read=request.refresh_on_read,
        retain_until=request.retain_until,
    )
    return _shared_governance(
        now,
        request.visibility,
        given_life(asked, kind, now, settings),
        request.priority,
        request.pinned,
        request.sensitivity,
    )


@lru_cache(maxsize=64)
def _shared_governance(
    now: datetime,
    visibility: Visibility,
    lifespan: Lifespan,
    priority: Priority,
    pinned: bool,
    sensitivity: Sensitivity,
) -> Governance:
    """Return one object for all cubes of a batch that are governed alike."""
    return Governance(
        state_since=now,
        visibility=visibility,
        lifespan=lifespan,
        priority=priority,
        pinned=pinned,
        sensitivity=sensitivity,
    )


@lru_cache(maxsize=64)
def _usage(half_life: float, now: datetime) -> Usage:
    return Usage(half_life=half_life, touched_at=now)


@lru_cache(maxsize=64)
def _shared_origin(
    source: SourceClass, actor: str, extractor: str | None, sources: tuple[Evidence, ...]
) -> Origin:
    return Origin(source, actor, extractor, sources)


def with_text(payload: Payload, text: str) -> Payload:
    """Return ``payload`` saying ``text`` instead.

    A fact loses its parts, which may no longer be true; a template has no single text.
    """
    if isinstance(payload, Message | Document):
        return replace(payload, text=text)
    return Fact(text, at=said_at(payload))
