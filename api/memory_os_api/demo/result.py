"""What the demonstration measured and checked, as values that print as JSON."""

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Check:
    """Something that has to hold for the demonstration to succeed, and what was seen."""

    name: str
    passed: bool
    seen: str


@dataclass(frozen=True, slots=True)
class Asked:
    """One question put to memory: ``rank`` of the first gold turn, nothing if none was cited.

    ``relevance`` is that of the most relevant hit, 0 for none.
    """

    id: str
    kind: str
    question: str
    outcome: str
    rank: int | None
    relevance: float
    cited: tuple[str, ...]
    milliseconds: float


@dataclass(frozen=True, slots=True)
class Act:
    """One act: its measurements by name, the questions asked and the checks."""

    name: str
    measured: dict[str, float | int | str] = field(default_factory=dict)
    asked: tuple[Asked, ...] = ()
    checks: tuple[Check, ...] = ()


@dataclass(frozen=True, slots=True)
class Report:
    """Both acts and whether every check passed."""

    title: str
    seconds: float
    acts: tuple[Act, ...]

    @property
    def passed(self) -> bool:
        """Tell whether every check of every act passed."""
        return all(check.passed for act in self.acts for check in act.checks)

    def as_dict(self) -> dict[str, Any]:
        """Return the report for ``--json``."""
        return {**asdict(self), "passed": self.passed}


def percentile(values: Sequence[float], share: float) -> float:
    """Return the smallest value that at least ``share`` of ``values`` do not exceed."""
    ordered = sorted(values)
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)]
