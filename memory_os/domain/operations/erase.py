"""Erasing for good: requests, receipts, verification."""

from datetime import datetime
from typing import Annotated, Self

from pydantic import AliasChoices, Field, model_validator

from memory_os.domain.erasure import Member, Stage
from memory_os.domain.operations.common import Border, Id, Reason, ScopedRequest
from memory_os.domain.scope import ScopeMatch
from memory_os.domain.vocabulary import Kind

MOST_IDS = 10_000
Code = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._:-]{0,63}$")]


class EraseRequest(ScopedRequest):
    """Erase memories by ``ids``, all of a scope, or all about a ``subject``; only one of these.

    A subject is a ``user_id``: what lies in any scope of it, and facts that name it. ``override``
    is a reason code of the law, such as ``gdpr-17``; with it a frozen or retained memory goes too.
    The ``reason`` is kept for ever, in the receipt: no content belongs in it.
    """

    ids: Annotated[tuple[Id, ...], Field(max_length=MOST_IDS)] = Field(
        default=(), validation_alias=AliasChoices("ids", "memory_ids")
    )
    subject: Id | None = None
    scope_match: ScopeMatch = ScopeMatch.EXACT
    reason: Annotated[Reason, Field(min_length=1)]
    override: Code | None = None
    dry_run: bool = False

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        if sum((bool(self.ids), bool(self.scope), self.subject is not None)) != 1:
            raise ValueError(
                "give exactly one of ids, scope ids and subject; nothing erases a tenant"
            )
        if self.scope_match is not ScopeMatch.EXACT:
            raise ValueError("only the scope match 'exact' erases; what is shared stays")
        return self


class ErasedMember(Border):
    """A memory that is erased: a target, derived from one, or a parent behind a merged target."""

    id: str
    kind: Kind
    role: Member


class Replacement(Border):
    """What stands for an erased merge result: a new merge of what remains, or the one left."""

    old: str
    new: str
    parents: tuple[str, ...]


class TaintedAdapter(Border):
    """An adapter that was trained on erased memory: ``action`` is ``retrain`` or ``disable``."""

    id: str
    remaining: int
    action: str


class Probe(Border):
    """A check of one place; ``found`` says what is still there."""

    name: str
    passed: bool
    found: tuple[str, ...] = ()


class Residual(Border):
    """What a database cannot reach, and the last date of it under the store's settings."""

    what: str
    until: datetime


class Receipt(Border):
    """What was erased, how that was checked, and what is left, signed by the tenant's seal.

    ``status`` is ``complete`` only if every probe passed; ``partial`` means that work goes on.
    ``seq`` and ``hash`` say where the journal stood when the rows went. ``subject`` stands for the
    person it is about, as a hash that only the store can make. A dry run has the closure alone,
    and no signature.
    """

    id: str
    status: Stage
    requester: str
    reason: str
    override: str | None = None
    requested_at: datetime
    removed_at: datetime | None = None
    proven_at: datetime | None = None
    closure: tuple[ErasedMember, ...]
    replaced: tuple[Replacement, ...] = ()
    tainted: tuple[TaintedAdapter, ...] = ()
    counts: dict[str, int] = Field(default_factory=dict)
    probes: tuple[Probe, ...] = ()
    residuals: tuple[Residual, ...] = ()
    seq: int = 0
    hash: str = ""
    signature: str = ""
    dry_run: bool = False
    subject: str | None = None


class VerificationRequest(Border):
    """Check an erasure again; with its receipt, that too, byte for byte."""

    receipt: Receipt | None = None


class Verification(Border):
    """Whether a receipt holds: its signature, the journal's hash, and every probe, run again."""

    id: str
    ok: bool
    signature: bool
    journal: bool
    probes: tuple[Probe, ...]
    checked_at: datetime
