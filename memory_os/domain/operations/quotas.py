"""Quotas: requests and answers."""

from datetime import datetime
from typing import Self

from pydantic import Field, model_validator

from memory_os.domain.operations.common import Border, Id
from memory_os.domain.quotas import MONEY_UNITS, Meter, Quota, holder_of, shown

_MOST = 2**53


class QuotaRequest(Border):
    """A limit for the tenant, for a user in all its scopes, or for an agent in all its scopes.

    ``limit`` is a whole number, of money in US dollars with cents and less; 0 allows nothing.
    """

    meter: Meter
    limit: float = Field(ge=0, le=_MOST, allow_inf_nan=False)
    user_id: Id | None = None
    agent_id: Id | None = None

    @model_validator(mode="after")
    def _sound(self) -> Self:
        if self.user_id is not None and self.agent_id is not None:
            raise ValueError("give user_id or agent_id, not both: a quota has one holder")
        if self.meter is not Meter.MONEY and self.limit != int(self.limit):
            raise ValueError(f"a limit of {self.meter.value} is a whole number")
        if self.meter is Meter.MONEY and self.limit * MONEY_UNITS > _MOST:
            raise ValueError("a limit of money is at most 9 billion dollars")
        return self

    @property
    def holder(self) -> str:
        """Return whose quota it is."""
        return holder_of(self.user_id, self.agent_id)

    @property
    def units(self) -> int:
        """Return the limit as it is counted."""
        return round(self.limit * MONEY_UNITS) if self.meter is Meter.MONEY else int(self.limit)


class QuotaRecord(Border):
    """A quota as it stands: what is used of it, what is left, and when its window ends."""

    id: str
    meter: Meter
    limit: float
    used: float
    remaining: float
    user_id: str | None = None
    agent_id: str | None = None
    renews_at: datetime | None = None
    set_by: str = ""
    set_at: datetime


class QuotaList(Border):
    """The quotas of a tenant, by holder and meter."""

    results: tuple[QuotaRecord, ...]


def to_quota_record(quota: Quota, now: datetime) -> QuotaRecord:
    """Return ``quota`` as callers see it at ``now``."""
    standing = quota.at(now)
    return QuotaRecord(
        id=standing.id,
        meter=standing.meter,
        limit=shown(standing.meter, standing.limit),
        used=shown(standing.meter, standing.used),
        remaining=shown(standing.meter, max(0, standing.limit - standing.used)),
        user_id=standing.user_id,
        agent_id=standing.agent_id,
        renews_at=standing.renews(),
        set_by=standing.set_by,
        set_at=standing.set_at,
    )
