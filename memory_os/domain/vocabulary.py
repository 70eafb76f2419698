"""The closed vocabularies of the cube header."""

from enum import IntEnum, StrEnum


class Kind(StrEnum):
    """What a cube holds; fixed at creation."""

    TEXT = "text"
    ACTIVATION = "activation"
    PARAMETRIC = "parametric"


class SemanticType(StrEnum):
    """What a cube means; picks policy defaults."""

    MESSAGE = "message"
    EPISODE = "episode"
    FACT = "fact"
    PREFERENCE = "preference"
    PROCEDURE = "procedure"
    PROFILE = "profile"
    PROMPT = "prompt"
    SUMMARY = "summary"
    REFERENCE = "reference"


class SourceClass(StrEnum):
    """Where a version's content came from, stamped by the platform."""

    OPERATOR = "operator"
    USER_INPUT = "user_input"
    AGENT_OUTPUT = "agent_output"
    TOOL_OUTPUT = "tool_output"
    RETRIEVED = "retrieved"
    IMPORTED = "imported"
    INFERRED = "inferred"
    CONSOLIDATED = "consolidated"
    TRAINED = "trained"


class Trust(IntEnum):
    """How far a version may be relied on, lowest first."""

    UNTRUSTED = 0
    LOW = 1
    STANDARD = 2
    VERIFIED = 3

    @property
    def label(self) -> str:
        """Return the name used in requests and answers."""
        return self.name.lower()


class Visibility(StrEnum):
    """Who reads a cube by default."""

    PRIVATE = "private"
    SCOPE = "scope"
    TENANT = "tenant"


class Priority(StrEnum):
    """Scales the half-life and orders jobs."""

    LOW = "low"
    NORMAL = "normal"
    HIGH = "high"


class Sensitivity(StrEnum):
    """How carefully content must be handled; anyone may raise it."""

    PUBLIC = "public"
    INTERNAL = "internal"
    CONFIDENTIAL = "confidential"
    RESTRICTED = "restricted"


SUSPECT = "suspect"
"""The label of a memory that reads like instructions to a model."""

COMPLIANCE_LABELS = frozenset({"pii", "phi", "pci", "secret", "no_train", "no_llm", SUSPECT})
RESIDENCY_PREFIX = "residency:"

HALF_LIFE_DAYS: dict[SemanticType, float] = {
    SemanticType.MESSAGE: 3.0,
    SemanticType.EPISODE: 14.0,
    SemanticType.FACT: 60.0,
    SemanticType.SUMMARY: 60.0,
    SemanticType.PREFERENCE: 180.0,
    SemanticType.PROCEDURE: 180.0,
    SemanticType.PROFILE: 180.0,
    SemanticType.PROMPT: 180.0,
    SemanticType.REFERENCE: 365.0,
}
"""Initial half-life of a cube's strength in days, at normal priority."""

CEILINGS: dict[SourceClass, Trust] = {
    SourceClass.OPERATOR: Trust.VERIFIED,
    SourceClass.USER_INPUT: Trust.STANDARD,
    SourceClass.AGENT_OUTPUT: Trust.LOW,
    SourceClass.TOOL_OUTPUT: Trust.LOW,
    SourceClass.IMPORTED: Trust.LOW,
    SourceClass.RETRIEVED: Trust.UNTRUSTED,
}
"""The highest trust a source class may carry; derived classes take their contributors' minimum."""
