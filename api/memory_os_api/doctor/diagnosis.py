"""What a doctor says: findings, and facts that go with them."""

from dataclasses import dataclass, field
from enum import StrEnum


class Part(StrEnum):
    """The part of a store that a finding is about."""

    ROWS = "rows"
    PASSAGES = "passages"
    SEAL = "seal"
    EMBEDDER = "embedder"
    INDEX = "index"
    SNAPSHOT = "snapshot"


@dataclass(frozen=True, slots=True)
class Finding:
    """Something wrong. What is derived can be rebuilt; rows and journal come from a backup."""

    part: Part
    problem: str
    tenant: str | None = None
    remedy: str = ""

    @property
    def repairable(self) -> bool:
        """Tell whether rebuilding what is derived mends it."""
        return self.part in (Part.INDEX, Part.SNAPSHOT, Part.PASSAGES)


@dataclass(frozen=True, slots=True)
class TenantFacts:
    """Counts of one tenant: journal entries, passages ever stored, passages recalled now."""

    tenant: str
    journal: int
    passages: int
    recalled: int


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """Everything that was looked at."""

    findings: tuple[Finding, ...] = ()
    tenants: tuple[TenantFacts, ...] = ()
    embedder: str = ""
    files: dict[str, int] = field(default_factory=dict)
    repaired: tuple[Finding, ...] = ()

    @property
    def healthy(self) -> bool:
        """Tell whether nothing is wrong."""
        return not self.findings
