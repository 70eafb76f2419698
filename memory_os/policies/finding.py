"""What a scan of a text finds: a kind, a rule, a span."""

from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """What was found; its placeholder begins with the name in capitals."""

    EMAIL = "email"
    PHONE = "phone"
    IP = "ip"
    SSN = "ssn"
    IBAN = "iban"
    CARD = "card"
    SECRET = "secret"  # noqa: S105 - a kind, not a secret

    @property
    def label(self) -> str:
        """Return the compliance label of a memory that holds one."""
        return _LABELS.get(self, "pii")


_LABELS = {Kind.CARD: "pci", Kind.SECRET: "secret"}
LABELS = ("pii", "pci", "secret")


@dataclass(frozen=True, slots=True)
class Found:
    """One finding; ``rule`` names what saw it, the span is in characters, half-open."""

    kind: Kind
    rule: str
    start: int
    end: int
