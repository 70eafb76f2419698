"""Policy sets: every number that the policies decide by, in one frozen model.

Each section belongs to one policy. A set names what it changes; the rest keeps its default.
"""

from collections.abc import Mapping
from typing import Annotated, Any, Literal, Self

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    model_validator,
)

from memory_os.domain.cube import PRIORITY_SCALE
from memory_os.domain.vocabulary import HALF_LIFE_DAYS, Priority, SemanticType, Trust
from memory_os.errors import InvalidInput

DEFAULT = "default"
"""The set of every agent that none is assigned to; built in until a tenant sets its own."""

Share = Annotated[float, Field(gt=0, lt=1)]
Positive = Annotated[float, Field(gt=0, allow_inf_nan=False)]
NotNegative = Annotated[float, Field(ge=0, allow_inf_nan=False)]
Days = Annotated[float, Field(gt=0, le=36_500)]
Seconds = Annotated[int, Field(ge=1, le=3_155_760_000)]


def _over(defaults: Mapping[Any, float]) -> BeforeValidator:
    """Return a validator that lays a given table over the default one."""

    def laid(given: object) -> object:
        if not isinstance(given, Mapping):
            return given
        return {str(key): value for key, value in defaults.items()} | dict(given)

    return BeforeValidator(laid)


HalfLives = Annotated[Mapping[SemanticType, Days], _over(HALF_LIFE_DAYS)]
Scales = Annotated[Mapping[Priority, Positive], _over(PRIORITY_SCALE)]
Lives = Mapping[SemanticType, Seconds]
TrustName = Literal["untrusted", "low", "standard", "verified"]


class Section(BaseModel):
    """A part of a set: immutable, unknown names refused."""

    model_config = ConfigDict(frozen=True, extra="forbid", ser_json_inf_nan="null")


class Ttl(Section):
    """How long memories live that are given no expiry of their own, and how long any may.

    ``default_seconds`` is by semantic type; a type that is not there does not expire by itself.
    ``max_seconds`` caps what a caller asks for. With ``refresh_on_read`` a use starts the time to
    live anew.
    """

    default_seconds: Lives = Field(default_factory=dict)
    max_seconds: Seconds | None = None
    refresh_on_read: bool = False


class Weights(Section):
    """How much a use of each sort adds to a memory's strength."""

    returned: NotNegative = 0.0
    in_context: NotNegative = 0.25
    cited: NotNegative = 1.0
    confirmed: NotNegative = 2.0
    unhelpful: Annotated[float, Field(le=0, allow_inf_nan=False)] = -1.0


class Decay(Section):
    """How strength fades and use renews it; see ``policies.decay`` for the formulas.

    ``half_life_days`` is what a new memory starts with, by semantic type, times the
    ``priority_scale``. A use lengthens the half-life by up to the share ``growth``, to
    ``max_half_life_days`` at most.
    """

    half_life_days: HalfLives = Field(default_factory=lambda: dict(HALF_LIFE_DAYS))
    priority_scale: Scales = Field(default_factory=lambda: dict(PRIORITY_SCALE))
    growth: NotNegative = 0.5
    max_half_life_days: Days = 730.0
    weights: Weights = Weights()


class Activation(Section):
    """At which strength a memory is preferred in recall, and below which no longer."""

    at: Share = 0.60
    below: Share = 0.35

    @model_validator(mode="after")
    def _apart(self) -> Self:
        if self.below >= self.at:
            raise ValueError("below must be lower than at, or memories would flip to and fro")
        return self


class Archive(Section):
    """Below which strength, or how long after its validity ended, a memory is archived."""

    below: Share = 0.10
    after_valid_days: Annotated[float, Field(ge=0, le=36_500)] = 30.0


class Budget(Section):
    """How much one group of memories may hold in recall; unset is unbounded."""

    max_count: Annotated[int, Field(ge=1)] | None = None
    max_bytes: Annotated[int, Field(ge=1)] | None = None
    rebuild_seconds: Positive = 1.0


class Eviction(Section):
    """Budgets by kind; a group that fills ``start`` of one is cut down to ``stop`` of it.

    A group is what lies in one exact ``scope``, or all of one ``user``, ``agent`` or ``tenant``.
    """

    per: Literal["scope", "user", "agent", "tenant"] = "scope"
    start: Share = 0.95
    stop: Share = 0.85
    text: Budget = Budget()
    activation: Budget = Budget()
    parametric: Budget = Budget()

    @model_validator(mode="after")
    def _falling(self) -> Self:
        if self.stop > self.start:
            raise ValueError("stop must not be higher than start")
        return self


class Merge(Section):
    """How alike two memories must be to be looked at, and to be merged without a look."""

    near_cosine: Annotated[float, Field(ge=0.5, le=1)] = 0.92
    near_bits: Annotated[int, Field(ge=0, le=16)] = 3
    same_tokens: Annotated[float, Field(ge=0.9, le=1)] = 0.90


class ToActivation(Section):
    """When a prefix cache of a text pays; see ``policies.promotion``."""

    half_life_days: Days = 7.0
    margin: Annotated[float, Field(ge=1)] = 1.5
    stable_hours: NotNegative = 24.0
    first_share: Share = 0.80
    min_trust: TrustName = "standard"
    byte_seconds_cost: NotNegative = 1e-15

    @property
    def trust(self) -> Trust:
        """Return the lowest trust that passes."""
        return Trust[self.min_trust.upper()]


class ToParametric(Section):
    """When texts may be trained into an adapter; see ``policies.promotion``."""

    contributors: Annotated[int, Field(ge=1)] = 20
    stable_days: NotNegative = 30.0
    min_trust: TrustName = "standard"
    max_divergence: NotNegative = 0.1
    max_forgetting: NotNegative = 0.02
    idle_days: Days = 30.0

    @property
    def trust(self) -> Trust:
        """Return the lowest trust that passes."""
        return Trust[self.min_trust.upper()]


class Promotion(Section):
    """When memory changes its kind."""

    activation: ToActivation = ToActivation()
    parametric: ToParametric = ToParametric()


class PolicySet(Section):
    """Everything that the policies of an agent decide by."""

    ttl: Ttl = Ttl()
    decay: Decay = Decay()
    activation: Activation = Activation()
    archive: Archive = Archive()
    eviction: Eviction = Eviction()
    merge: Merge = Merge()
    promotion: Promotion = Promotion()

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.archive.below >= self.activation.at:
            raise ValueError("archive.below must be lower than activation.at")
        return self


BUILT_IN = PolicySet()
"""What holds where nothing was set."""


def policy_set(settings: Mapping[str, Any]) -> PolicySet:
    """Return the set that ``settings`` say.

    Raises:
        InvalidInput: a name is unknown or a value wrong; the message names the field.
    """
    try:
        return PolicySet.model_validate(settings)
    except ValidationError as error:
        parts = error.errors(include_url=False, include_context=False, include_input=False)
        found = [
            {
                "field": ".".join(("settings", *map(str, part["loc"]))),
                "problem": part["msg"].removeprefix("Value error, "),
                "type": part["type"],
            }
            for part in parts[:20]
        ]
        first = found[0]
        raise InvalidInput(
            f"{first['field']}: {first['problem']}", field=first["field"], errors=found
        ) from error


def as_settings(policies: PolicySet) -> dict[str, Any]:
    """Return the set as plain JSON values, every name there."""
    return policies.model_dump(mode="json")
