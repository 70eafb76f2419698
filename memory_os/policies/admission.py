"""Admission: whether a new text becomes a cube, and why.

The steps, in order, the first that decides decides: size; what it holds of secrets and personal
data; its source; whether it reads like instructions and comes from where those have no place;
whether the very same is there; whether it only echoes what the platform said.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import lru_cache
from typing import Literal

from memory_os.domain.cube import Cube
from memory_os.domain.operations import AddRequest
from memory_os.domain.payload import Message, Payload
from memory_os.domain.simhash import distance
from memory_os.domain.vocabulary import SourceClass
from memory_os.policies.differing import differences
from memory_os.policies.finding import Kind
from memory_os.policies.injection import CLEAR, Suspicion
from memory_os.policies.policy_set import Admission, PolicySet, Redaction
from memory_os.policies.wording import Wording, wording


class Admit(StrEnum):
    """What is to be done with an incoming text."""

    ADD = "add"
    TOUCH = "touch"
    HOLD = "hold"
    REJECT = "reject"


@dataclass(frozen=True, slots=True)
class Verdict:
    """A decision with its reason; ``existing`` names the cube that already says the same."""

    action: Admit
    reason: str
    existing: str | None = None


@dataclass(frozen=True, slots=True)
class Facts:
    """What admission looks at, gathered before it decides."""

    chars: int = 0
    source: SourceClass = SourceClass.USER_INPUT
    kinds: frozenset[Kind] = frozenset()
    suspicion: Suspicion = CLEAR


ADDED = Verdict(Admit.ADD, "new")


def screened(facts: Facts, policies: PolicySet) -> Verdict:
    """Decide on a text by itself, before it is compared with what is known."""
    settings = policies.admission
    if settings.max_chars is not None and facts.chars > settings.max_chars:
        return Verdict(
            Admit.REJECT, f"too large: {facts.chars} characters, {settings.max_chars} are allowed"
        )
    by_content = _sensitive(facts, policies.redaction, "reject")
    if by_content is not None:
        return Verdict(Admit.REJECT, by_content)
    if facts.source in settings.refused_sources:
        return Verdict(Admit.REJECT, f"source {facts.source.value} is refused")
    by_content = _sensitive(facts, policies.redaction, "hold")
    if by_content is not None:
        return Verdict(Admit.HOLD, by_content)
    if facts.source in settings.hold_sources and suspects(facts.suspicion, settings):
        return Verdict(Admit.HOLD, reads_like(facts.suspicion, facts.source))
    return ADDED


def suspects(suspicion: Suspicion, settings: Admission) -> bool:
    """Tell whether a text counts as instruction-like."""
    return suspicion.score >= settings.suspect_score


def reads_like(suspicion: Suspicion, source: SourceClass) -> str:
    """Return why a text is held: its source and what in it looks like orders to a model."""
    signs = ", ".join(suspicion.reasons)
    return f"instruction-like from {source.value}: {signs} ({suspicion.score:.2f})"


def _sensitive(
    facts: Facts, settings: Redaction, treatment: Literal["hold", "reject"]
) -> str | None:
    found = sorted(kind.value for kind in facts.kinds if settings.of(kind) == treatment)
    return f"holds {', '.join(found)}" if found else None


@dataclass(frozen=True, slots=True)
class Shown:
    """A text that the platform put before a model: its similarity hash and its wording."""

    simhash: int
    wording: Wording


def echoes(text: str, simhash: int, terms: int, shown: Iterator[Shown], at: Admission) -> bool:
    """Tell whether a text only says again what was shown.

    Near hashes alone do not make an echo: a text that differs in a number, a date, a name or a
    negation says something new, however long the rest is.
    """
    if at.echo_bits is None or terms < at.echo_terms:
        return False
    mine: Wording | None = None
    for one in shown:
        if distance(one.simhash, simhash) <= at.echo_bits:
            mine = mine or wording(text)
            if _NEW.isdisjoint(differences(mine, one.wording)):
                return True
    return False


_NEW = frozenset({"number", "date", "name", "negation", "unit", "modality", "mood"})


@lru_cache(maxsize=64)
def parts_of(boot: tuple[str, ...]) -> tuple[str, ...]:
    """Return boot texts whole and by paragraph: what an echo of one may repeat."""
    found = [part for text in boot for part in (text, *text.split("\n\n"))]
    return tuple(dict.fromkeys(part.strip() for part in found if part.strip()))


def deduplicates(payload: Payload) -> bool:
    """Tell whether the very same text in the same scope is one memory.

    A message never is: saying "yes" twice is two turns, and the order of turns is kept.
    """
    return not isinstance(payload, Message)


def covers(held: Cube, request: AddRequest, expires_at: datetime | None) -> bool:
    """Tell whether ``held``, of the same content, says all that the request says of it.

    It holds as long and is seen by the same; type, tags and metadata count if they are given.
    ``expires_at`` is when the new cube would expire.
    """
    version, governance = held.version, held.governance
    return (
        (version.valid_from, version.valid_to) == (request.valid_from, request.valid_to)
        and governance.lifespan.expires_at == expires_at
        and governance.visibility is request.visibility
        and request.semantic_type in (None, version.semantic_type)
        and (not request.tags or set(request.tags) == set(version.tags))
        and (not request.metadata or request.metadata == version.metadata)
    )


def judge(payload: Payload, existing: str | None) -> Verdict:
    """Decide on a text whose exact content is already held by ``existing``, if by any."""
    if existing is not None and deduplicates(payload):
        return Verdict(Admit.TOUCH, "exact_duplicate", existing)
    return ADDED
