"""What comes in from a file is believed no more, and screened no less, than what is added."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Self

from pydantic import TypeAdapter

from memory_os.domain.cube import Evidence, Governance
from memory_os.domain.lifecycle import State
from memory_os.domain.payload import Payload, text_of
from memory_os.domain.vocabulary import CEILINGS, SourceClass
from memory_os.governance.seal import Seal
from memory_os.kernel.admitting import labelled
from memory_os.kernel.screening import Screen, Screened, screened
from memory_os.policies.admission import Admit, Facts, Verdict
from memory_os.policies.admission import screened as judged
from memory_os.policies.policy_set import PolicySet
from memory_os_api.transfer.conversion import scope_of
from memory_os_api.transfer.records import CubeRecord, VersionRecord

CAME_FROM = "urn:memory-os:imported"
_PAYLOAD: TypeAdapter[Payload] = TypeAdapter(Payload)


@dataclass(slots=True)
class Tally:
    """How many memories of an import were held for a reviewer, refused, or had text redacted."""

    versions: int = 0
    held: int = 0
    refused: int = 0
    redacted: int = 0

    def add(self, other: Self) -> None:
        """Count what another one counted."""
        self.versions += other.versions
        self.held += other.held
        self.refused += other.refused
        self.redacted += other.redacted


@dataclass(frozen=True, slots=True)
class Taken:
    """A record as it may be stored, and what was found in it; ``refused`` says why it may not."""

    record: CubeRecord
    refused: str = ""
    held: str = ""
    redacted: bool = False
    told: str = ""


@dataclass(slots=True)
class _Findings:
    """What the versions of one memory were found to hold."""

    labels: set[str] = field(default_factory=set)
    told: list[str] = field(default_factory=list)
    verdicts: list[Verdict] = field(default_factory=list)
    redacted: bool = False

    def first(self, action: Admit) -> str:
        """Return the reason of the first verdict of this kind, empty for none."""
        return next((each.reason for each in self.verdicts if each.action is action), "")


def taken(record: CubeRecord, tenant_id: str, seal: Seal, policies: PolicySet) -> Taken:
    """Return a record with its versions stamped and screened by the policies of its agent.

    A version whose signature this store made keeps its source class and trust. Any other is
    stamped ``imported``, with at most low trust and never more than the class that it says it is
    of may have. Placeholders and labels are put in as in an addition. What admission would hold,
    of the class that it says or of ``imported``, comes in quarantined, all of the memory for one
    version of it; what admission would refuse stays out, and so does a deleted memory that would
    be held.
    """
    found, versions = _Findings(), []
    for version in record.versions:
        stamped = _stamped(record, version, tenant_id, seal)
        screen = Screen(tenant_id, scope_of(record), policies, seal)
        seen = screened(stamped.payload, dict(stamped.metadata), screen)
        _note(found, seen, version, stamped, policies)
        changed = {"payload": seen.payload, "metadata": seen.metadata or {}}
        versions.append(stamped.model_copy(update=changed))
    refused, held = found.first(Admit.REJECT), found.first(Admit.HOLD)
    if held and record.governance.state is State.EXPIRED:
        refused = refused or held
    governance = labelled(record.governance, sorted(found.labels))
    if held and governance.state is not State.QUARANTINED:
        governance = _quarantined(governance, held)
    changed_record = record.model_copy(
        update={"versions": tuple(versions), "governance": governance}
    )
    told = "; ".join(dict.fromkeys(found.told))
    return Taken(changed_record, refused, held, found.redacted, told)


def tallied(every: Iterable[Taken]) -> Tally:
    """Return the counts of what an import does with these."""
    counts: Counter[str] = Counter()
    for each in every:
        counts["refused"] += bool(each.refused)
        if not each.refused:
            counts["versions"] += len(each.record.versions)
            counts["held"] += bool(each.held)
            counts["redacted"] += each.redacted
    return Tally(counts["versions"], counts["held"], counts["refused"], counts["redacted"])


def _note(
    found: _Findings,
    seen: Screened,
    version: VersionRecord,
    stamped: VersionRecord,
    policies: PolicySet,
) -> None:
    if seen.counts or seen.suspicion.reasons:
        found.labels |= set(seen.labels(policies))
        found.told.append(seen.told(policies))
    found.redacted |= seen.payload is not version.payload or seen.metadata != version.metadata
    chars, kinds = len(text_of(version.payload)), frozenset(seen.counts)
    for source in _sources(version, stamped):
        found.verdicts.append(judged(Facts(chars, source, kinds, seen.suspicion), policies))


def _sources(version: VersionRecord, stamped: VersionRecord) -> Sequence[SourceClass]:
    return tuple(dict.fromkeys((version.origin.source_class, stamped.origin.source_class)))


def _quarantined(governance: Governance, reason: str) -> Governance:
    resume = (*governance.resume, governance.state)
    return replace(governance, state=State.QUARANTINED, state_reason=reason, resume=resume)


def _stamped(
    record: CubeRecord, version: VersionRecord, tenant_id: str, seal: Seal
) -> VersionRecord:
    origin, trust = version.origin, version.level
    ours = seal.signature(
        tenant_id,
        cube_id=record.id,
        version=version.version,
        content_hash=seal.content_hash(tenant_id, _PAYLOAD.dump_json(version.payload)),
        source_class=origin.source_class,
        trust=trust,
    )
    if version.signature == ours:
        return version
    came = Evidence(
        uri=f"{CAME_FROM}:{origin.source_class.value}",
        message_id=f"{record.id} v{version.version} by {origin.actor}",
    )
    stamped = replace(origin, source_class=SourceClass.IMPORTED, sources=(*origin.sources, came))
    highest = CEILINGS[SourceClass.IMPORTED]
    most = min(trust, highest, CEILINGS.get(origin.source_class, highest))
    return version.model_copy(update={"origin": stamped, "trust": most.label})
