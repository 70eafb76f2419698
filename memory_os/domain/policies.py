"""Policy sets as they are kept: settings under a name, every version of them, and for whom."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from pydantic import JsonValue


@dataclass(frozen=True, slots=True)
class KeptPolicies:
    """One version of a named set of settings; ``by`` and ``reason`` say who set it and why.

    ``agents`` are the ids of those it is for; whoever is nobody's has the set ``default``.
    """

    tenant_id: str
    name: str
    version: int
    settings: Mapping[str, JsonValue] = field(default_factory=dict)
    agents: tuple[str, ...] = ()
    at: datetime | None = None
    by: str = ""
    reason: str = ""

    @property
    def label(self) -> str:
        """Return name and version as they stand in the journal, such as ``default@3``."""
        return f"{self.name}@{self.version}"
