"""Quotas: how much a tenant, a user or an agent may hold, write or spend; pure arithmetic."""

import hashlib
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from memory_os.clock import EPOCH
from memory_os.domain.lifecycle import State
from memory_os.domain.scope import Scope
from memory_os.domain.vocabulary import Kind
from memory_os.errors import QuotaExhausted


class Meter(StrEnum):
    """What is counted.

    Memories and bytes are what is there: all but what was deleted, has expired or was erased.
    The others count what happened in the present minute, or the present day in UTC.
    """

    CUBES = "cubes"
    TEXT_BYTES = "text_bytes"
    ACTIVATION_BYTES = "activation_bytes"
    PARAMETRIC_BYTES = "parametric_bytes"
    WRITES = "writes_per_minute"
    LLM_TOKENS = "llm_tokens_per_day"
    EMBEDDING_TOKENS = "embedding_tokens_per_day"
    MONEY = "money_per_day"


WINDOWS: dict[Meter, timedelta] = {
    Meter.WRITES: timedelta(minutes=1),
    Meter.LLM_TOKENS: timedelta(days=1),
    Meter.EMBEDDING_TOKENS: timedelta(days=1),
    Meter.MONEY: timedelta(days=1),
}
"""How long a window lasts, of those meters that have one."""

BYTES: dict[Kind, Meter] = {
    Kind.TEXT: Meter.TEXT_BYTES,
    Kind.ACTIVATION: Meter.ACTIVATION_BYTES,
    Kind.PARAMETRIC: Meter.PARAMETRIC_BYTES,
}
"""The meter that counts the bytes of each kind of memory."""

MONEY_UNITS = 1_000_000
"""Money is counted in millionths of a US dollar."""

UNCOUNTED = frozenset({State.EXPIRED, State.ERASED})
"""The states in which a memory takes no room."""

TENANT = ""
_USER, _AGENT = "user=", "agent="


def holder_of(user_id: str | None, agent_id: str | None) -> str:
    """Name whose quota it is; of neither is the tenant's."""
    if user_id is not None:
        return _USER + user_id
    return TENANT if agent_id is None else _AGENT + agent_id


def holders(scope: Scope) -> tuple[str, ...]:
    """Return everybody whose quotas count what is done in ``scope``."""
    named = [TENANT]
    if scope.user_id is not None:
        named.append(_USER + scope.user_id)
    if scope.agent_id is not None:
        named.append(_AGENT + scope.agent_id)
    return tuple(named)


@dataclass(frozen=True, slots=True)
class Quota:
    """A limit that was set, and what is used of it since ``since``, when its window began."""

    tenant_id: str
    holder: str
    meter: Meter
    limit: int
    used: int = 0
    since: datetime = EPOCH
    set_by: str = "local"
    set_at: datetime = EPOCH

    @property
    def id(self) -> str:
        """Return the name under which it is removed."""
        about = f"{self.holder}\x1f{self.meter.value}".encode()
        return f"quo_{hashlib.sha256(about).hexdigest()[:26]}"

    @property
    def user_id(self) -> str | None:
        """Return the user who holds it."""
        return self.holder[len(_USER) :] if self.holder.startswith(_USER) else None

    @property
    def agent_id(self) -> str | None:
        """Return the agent that holds it."""
        return self.holder[len(_AGENT) :] if self.holder.startswith(_AGENT) else None

    def at(self, now: datetime) -> "Quota":
        """Return it as it stands at ``now``: a new window starts with nothing used."""
        begun = window(self.meter, now)
        return self if begun <= self.since else replace(self, used=0, since=begun)

    def renews(self) -> datetime | None:
        """Return when its window ends, if it has one."""
        length = WINDOWS.get(self.meter)
        return None if length is None else self.since + length

    def charged(self, amount: int, now: datetime) -> "Quota":
        """Return it with ``amount`` more used; never below nothing.

        Raises:
            QuotaExhausted: more than nothing was asked for and it does not fit.
        """
        standing = self.at(now)
        used = max(0, standing.used + amount)
        if amount > 0 and used > self.limit:
            raise standing.refusal(amount, now)
        return replace(standing, used=used)

    def refusal(self, amount: int, now: datetime) -> QuotaExhausted:
        """Return the error for ``amount`` that does not fit."""
        renews = self.renews()
        facts: dict[str, object] = {"quota": self.id, "meter": self.meter.value}
        facts |= {"limit": shown(self.meter, self.limit), "used": shown(self.meter, self.used)}
        facts |= {"user_id": self.user_id} if self.user_id is not None else {}
        facts |= {"agent_id": self.agent_id} if self.agent_id is not None else {}
        said = (
            f"quota {self.meter.value} of {self.whose()}: {facts['used']} of {facts['limit']} "
            f"used, {shown(self.meter, amount)} more needed"
        )
        if renews is None or amount > self.limit:
            room = "delete what is not needed, or" if renews is None else "ask for less at once, or"
            return QuotaExhausted(f"{said}; {room} raise the quota", **facts)
        wait = max(0.001, (renews - now).total_seconds())
        return QuotaExhausted(
            f"{said}; it renews at {renews.isoformat()}", **facts, retry_after=round(wait, 3)
        )

    def whose(self) -> str:
        """Name its holder in words."""
        if self.user_id is not None:
            return f"user {self.user_id!r}"
        return "the tenant" if self.agent_id is None else f"agent {self.agent_id!r}"


def window(meter: Meter, now: datetime) -> datetime:
    """Return when the window of ``meter`` that ``now`` lies in began; EPOCH if it has none."""
    length = WINDOWS.get(meter)
    return EPOCH if length is None else EPOCH + (now - EPOCH) // length * length


def shown(meter: Meter, amount: int) -> float | int:
    """Return an amount as callers see it: money in US dollars."""
    return amount / MONEY_UNITS if meter is Meter.MONEY else amount


Charges = dict[tuple[str, Meter], int]
"""What is used: an amount for each holder and meter."""


def charge(charges: Charges, scope: Scope, meter: Meter, amount: int) -> None:
    """Add ``amount`` for everybody whose quotas count ``scope``."""
    for holder in holders(scope):
        charges[holder, meter] = charges.get((holder, meter), 0) + amount
