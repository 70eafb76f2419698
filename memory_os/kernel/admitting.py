"""From a draft to what admission makes of it, before it is compared with what is stored."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from pydantic import JsonValue

from memory_os.domain.cube import Cube, Governance
from memory_os.domain.operations import Added, AddedEvent
from memory_os.domain.payload import Payload, text_of
from memory_os.domain.vocabulary import SUSPECT
from memory_os.errors import InvalidInput
from memory_os.governance.guard import source_class
from memory_os.kernel.extraction import Contributor
from memory_os.kernel.forming import Draft, Former
from memory_os.kernel.screening import Screen, screened
from memory_os.policies import admission
from memory_os.policies.admission import Admit, Facts, Verdict

_PASSED_ON = (SUSPECT, "no_llm", "no_train")
"""The labels that what is derived takes from its source; others follow from its own text."""


@dataclass(frozen=True, slots=True)
class Prepared:
    """A draft as it may be stored, its content's hash, the verdict, and what was found in it."""

    draft: Draft
    content_hash: str
    verdict: Verdict
    told: str = ""


def prepared(draft: Draft, former: Former) -> Prepared:
    """Screen a draft by the policies of its agent: placeholders and labels in, a verdict out."""
    policies, principal = former.policies, former.principal
    screen = Screen(principal.tenant_id, former.scope, policies, former.seal)
    asked = draft.metadata if draft.metadata is not None else draft.request.metadata
    found = screened(draft.payload, asked, screen)
    source = source_class(principal, draft.role, draft.request.source_class)
    facts = Facts(len(text_of(draft.payload)), source, frozenset(found.counts), found.suspicion)
    verdict = admission.screened(facts, policies)
    told = ""
    if found.counts or found.suspicion.reasons:
        labels = tuple(sorted({*draft.labels, *found.labels(policies)}))
        draft = replace(draft, payload=found.payload, metadata=found.metadata, labels=labels)
        told = found.told(policies)
    if verdict.action is Admit.HOLD:
        draft = replace(draft, held=verdict.reason)
    return Prepared(draft, former.canonical(draft.payload), verdict, told)


def contributor(cube: Cube) -> Contributor:
    """Return what is passed on by the cube that holds a raw text."""
    labels = tuple(label for label in cube.governance.compliance if label in _PASSED_ON)
    return Contributor(cube.id, cube.version.number, cube.version.trust, labels)


def added_of(cube: Cube, event: AddedEvent, reason: str) -> Added:
    """Return the answer for a new cube."""
    return Added.trusted(
        {
            "id": cube.id,
            "memory": cube.text,
            "event": event,
            "state": cube.governance.state,
            "version": cube.version.number,
            "reason": reason,
            "superseded": (),
            "conflicts_with": (),
        }
    )


def refused(draft: Draft, reason: str) -> Added:
    """Return the answer for what is not stored."""
    return Added.model_construct(
        id="",
        memory=text_of(draft.payload),
        event=AddedEvent.REJECT,
        state=None,
        version=0,
        reason=reason,
    )


@dataclass(frozen=True, slots=True)
class Edited:
    """What an edit of a memory may store, and the labels that its text earns."""

    payload: Payload
    metadata: dict[str, JsonValue] | None
    labels: tuple[str, ...]


def edited(payload: Payload, metadata: dict[str, JsonValue] | None, former: Former) -> Edited:
    """Screen what somebody writes in the place of a text that is stored.

    Raises:
        InvalidInput: the policies of its agent refuse it, or would hold it for a reviewer.
    """
    policies, principal = former.policies, former.principal
    screen = Screen(principal.tenant_id, former.scope, policies, former.seal)
    found = screened(payload, metadata, screen)
    source = source_class(principal, getattr(payload, "role", None), None)
    facts = Facts(len(text_of(payload)), source, frozenset(found.counts), found.suspicion)
    verdict = admission.screened(facts, policies)
    if verdict.action in (Admit.REJECT, Admit.HOLD):
        way = "; add it as a new memory to have it reviewed" if verdict.action is Admit.HOLD else ""
        raise InvalidInput(
            f"content: this is not stored in place of another: {verdict.reason}{way}",
            field="content",
            reason=verdict.reason,
        )
    return Edited(found.payload, found.metadata, found.labels(policies))


def labelled(governance: Governance, labels: Sequence[str]) -> Governance:
    """Return the governance with these labels among its own; none is taken away."""
    every = tuple(sorted({*governance.compliance, *labels}))
    return governance if every == governance.compliance else replace(governance, compliance=every)
