"""Who may see and do what, as plainly as it can be said; it uses none of the product's rules."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

ROLES = {
    "read": {"read"},
    "write": {"read", "write"},
    "share": {"read", "write", "share", "relay"},
    "admin": {
        "read", "write", "share", "relay", "govern", "attest", "train", "erase", "audit",
    },
}  # fmt: skip
RECALLED = ("generated", "activated")


class Place(NamedTuple):
    """Scope ids of a memory, of a binding, of a call."""

    user: str | None = None
    agent: str | None = None
    labels: tuple[str, ...] = ()


def exactly(named: Place, place: Place) -> bool:
    """Tell whether ``place`` carries every id that is named."""
    same = all(n in (None, p) for n, p in zip(named[:2], place[:2], strict=True))
    return same and place.labels[: len(named.labels)] == named.labels


def loosely(named: Place, place: Place) -> bool:
    """Tell whether ``place`` carries every id that is named, or leaves it out."""
    same = all(None in (n, p) or n == p for n, p in zip(named[:2], place[:2], strict=True))
    shorter = min(len(named.labels), len(place.labels))
    return same and place.labels[:shorter] == named.labels[:shorter]


def beyond(bound: Place, asked: Place) -> bool:
    """Tell whether a call names an id that its credential is not bound to."""
    other = any(
        None not in pair and pair[0] != pair[1] for pair in zip(bound[:2], asked[:2], strict=True)
    )
    labels = asked.labels and asked.labels[: len(bound.labels)] != bound.labels
    return other or bool(labels)


def filled(bound: Place, asked: Place) -> Place:
    """Return where a call goes that names ``asked``."""
    if beyond(bound, asked):
        return asked
    return Place(bound.user or asked.user, bound.agent or asked.agent, asked.labels or bound.labels)


@dataclass(frozen=True)
class Caller:
    """One who calls."""

    tenant: str
    id: str
    kind: str
    role: str
    bound: Place

    @property
    def rights(self) -> set[str]:
        """Return what it may do on its own scope."""
        more = {"erase"} if self.kind == "user" and self.role in ("share", "admin") else set()
        if self.kind == "service" and self.role != "read":
            more = {"relay"}
        return ROLES[self.role] | more


@dataclass
class Gift:
    """A grant."""

    id: str
    tenant: str
    rights: set[str]
    place: Place
    memory: str | None
    purposes: set[str]
    until: datetime | None
    by: str
    to_one: str | None
    to_place: Place | None
    rests_on: str | None
    revoked: bool = False

    def covers(self, memory: "Memory") -> bool:
        """Tell whether it is about a memory."""
        if self.memory is not None:
            return self.memory == memory.id
        return exactly(self.place, memory.place)


class Stand(NamedTuple):
    """How a memory stood from a time on."""

    at: datetime
    state: str
    stack: tuple[str, ...] = ()
    ends: datetime | None = None

    @property
    def under(self) -> str:
        """Return the state that recall sees."""
        return self.stack[-1] if self.state == "frozen" else self.state

    def gone(self, at: datetime) -> bool:
        """Tell whether it is not there at ``at``, its last move being this one."""
        over = self.ends is not None and self.ends <= at
        return self.state == "expired" or (over and "frozen" not in (self.state, *self.stack))


@dataclass
class Memory:
    """A memory with all that ever was of it."""

    id: str
    tenant: str
    place: Place
    maker: str
    visibility: str
    restricted: bool
    texts: list[tuple[datetime, str]]
    course: list[Stand]
    ttl: int | None = None

    @property
    def stands(self) -> Stand:
        """Return how it stands."""
        return self.course[-1]

    def stood(self, at: datetime) -> Stand:
        """Return how it stood."""
        return [stand for stand in self.course if stand.at <= at][-1]

    def said(self, at: datetime) -> str | None:
        """Return what it said, nothing if it was not there yet."""
        known = [text for since, text in self.texts if since <= at]
        return known[-1] if known else None


@dataclass
class Law:
    """Every memory and every grant of a world, and what follows for a caller."""

    now: datetime
    memories: dict[str, Memory] = field(default_factory=dict)
    gifts: dict[str, Gift] = field(default_factory=dict)

    def live(self, gift: Gift) -> bool:
        """Tell whether a grant counts."""
        if gift.revoked or (gift.until is not None and gift.until <= self.now):
            return False
        return gift.rests_on is None or self.live(self.gifts[gift.rests_on])

    def ends(self, gift: Gift) -> datetime | None:
        """Return when a grant ends by itself."""
        above = self.ends(self.gifts[gift.rests_on]) if gift.rests_on else None
        return min((end for end in (gift.until, above) if end), default=None)

    def given(self, caller: Caller, gift: Gift) -> bool:
        """Tell whether a grant is to the caller."""
        if gift.to_place is None:
            return gift.to_one == caller.id
        return exactly(gift.to_place, caller.bound)

    def held(self, caller: Caller) -> list[Gift]:
        """Return the grants that count for a caller."""
        mine = [gift for gift in self.gifts.values() if gift.tenant == caller.tenant]
        return [gift for gift in mine if self.given(caller, gift) and self.live(gift)]

    def about(self, caller: Caller, memory: Memory) -> list[Gift]:
        """Return those of them that are about a memory."""
        return [gift for gift in self.held(caller) if gift.covers(memory)]

    def owns(self, caller: Caller, memory: Memory) -> bool:
        """Tell whether privacy does not shut the caller out."""
        if memory.visibility != "private" or "govern" in caller.rights:
            return True
        bound = caller.bound.user
        return memory.maker == caller.id or (bound is not None and bound == memory.place.user)

    def sees(
        self, caller: Caller, memory: Memory, purpose: str | None = "recall", right: str = "read"
    ) -> bool:
        """Tell whether a call for ``purpose`` that takes ``right`` meets a memory."""
        if memory.tenant != caller.tenant:
            return False
        gifts = self.about(caller, memory)
        able = [gift for gift in gifts if right in gift.rights]
        near = loosely(caller.bound, memory.place)
        role = right in caller.rights
        private = memory.visibility == "private"
        opened = (
            (role and near and self.owns(caller, memory))
            or (role and right == "read" and memory.visibility == "tenant")
            or any(g.memory or not private or "govern" in g.rights for g in able)
        )
        held = memory.stands.state == "quarantined"
        reviews = (role and near and "govern" in caller.rights) or any(
            "govern" in gift.rights for gift in able
        )
        if not opened or (held and not reviews):
            return False
        wanted = "review" if held else purpose
        return (
            not memory.restricted
            or purpose is None
            or any(wanted in gift.purposes for gift in able)
        )

    def own_rights(self, caller: Caller, memory: Memory) -> set[str]:
        """Return what the role allows with a memory."""
        mine = exactly(caller.bound, memory.place) and self.owns(caller, memory)
        return caller.rights if mine else set()

    def rights(self, caller: Caller, memory: Memory) -> set[str]:
        """Return all that the caller may do with a memory that it sees."""
        role = self.own_rights(caller, memory) or ({"read"} & caller.rights)
        return role.union(*(gift.rights for gift in self.about(caller, memory)))

    def rights_in(self, caller: Caller, place: Place) -> set[str]:
        """Return all that the caller may do with everything of a scope."""
        role = caller.rights if exactly(caller.bound, place) else set()
        gifts = [g for g in self.held(caller) if g.memory is None and exactly(g.place, place)]
        return set(role).union(*(gift.rights for gift in gifts))

    def asks(self, caller: Caller, right: str, place: Place) -> bool:
        """Tell whether a call that takes ``right`` may name a scope at all."""
        if right in caller.rights and not beyond(caller.bound, place):
            return True
        gifts = [gift for gift in self.held(caller) if right in gift.rights]
        return any(place == caller.bound or loosely(gift.place, place) for gift in gifts)
