"""What every call has to answer, by the law: an error code, or ids and numbers."""

from datetime import datetime, timedelta
from typing import Any

from tests.isolation.law import (
    RECALLED,
    Caller,
    Gift,
    Law,
    Memory,
    Place,
    Stand,
    exactly,
    filled,
    loosely,
)

LISTED = (*RECALLED, "archived", "frozen")
DENIED, UNKNOWN, ILLEGAL = "access_denied", "not_found", "illegal_transition"
MOVES: dict[str, tuple[tuple[str, ...], str]] = {
    "archive": (("generated",), "write"),
    "freeze": (("generated", "archived"), "govern"),
    "unfreeze": (("frozen",), "govern"),
    "quarantine": (("generated", "archived", "frozen"), "govern"),
    "release": (("quarantined",), "govern"),
    "restore": (("archived", "expired"), "write"),
}
_ENDS = {"archive": "archived", "freeze": "frozen", "quarantine": "quarantined"}
_WIDTH = ("private", "scope", "tenant")


class Oracle:
    """The answers of a world."""

    def __init__(self, law: Law) -> None:
        self.law = law

    # reading ------------------------------------------------------------------------------------

    def look(self, caller: Caller, memory_id: str, purpose: str | None = "recall") -> Memory | str:
        """Return the memory behind an id, or the code of the refusal."""
        memory = self.law.memories.get(memory_id)
        if memory is None or not self.law.sees(caller, memory, None):
            return UNKNOWN
        return memory if self.law.sees(caller, memory, purpose) else DENIED

    def get(self, caller: Caller, memory_id: str, at: datetime | None) -> Any:
        """Answer ``get`` with the text."""
        memory = self.law.memories.get(memory_id)
        if at is not None and (memory is None or memory.said(at) is None):
            return UNKNOWN
        found = self.look(caller, memory_id)
        if isinstance(found, str):
            return found
        if at is None:
            return UNKNOWN if found.stands.gone(self.law.now) else found.texts[-1][1]
        return UNKNOWN if self.then(found, at).gone(at) else found.said(at)

    def then(self, memory: Memory, at: datetime) -> Stand:
        """Return how a memory stood, quarantine being a matter of now."""
        return memory.stands if memory.stands.state == "quarantined" else memory.stood(at)

    def history(self, caller: Caller, memory_id: str) -> Any:
        """Answer ``history`` with the number of versions."""
        found = self.look(caller, memory_id)
        return found if isinstance(found, str) else len(found.texts)

    def seen(self, caller: Caller, at: datetime | None, right: str = "read") -> list[Memory]:
        """Return what the caller meets, at a time or now, in whatever state."""
        purpose = "recall" if right == "read" else None
        return [
            memory
            for memory in self.law.memories.values()
            if self.law.sees(caller, memory, purpose, right)
            and (at is None or memory.said(at) is not None)
        ]

    def listed(self, caller: Caller, place: Place, match: str, at: datetime | None) -> Any:
        """Answer ``get_all`` with ids."""
        if not self.law.asks(caller, "read", place):
            return DENIED
        reaches = exactly if match == "exact" else loosely
        found = set()
        for memory in self.seen(caller, at):
            stand = memory.stands if at is None else memory.stood(at)
            today = memory.stands.state
            there = stand.state in LISTED or stand.under in LISTED
            here = not stand.gone(at or self.law.now) and today != "quarantined"
            if reaches(place, memory.place) and there and here:
                found.add(memory.id)
        return found

    def recalled(self, caller: Caller, place: Place, at: datetime | None) -> Any:
        """Answer ``search`` and ``context`` with all ids that they can show."""
        if not self.law.asks(caller, "read", place):
            return DENIED
        found = set()
        for memory in self.seen(caller, at):
            stand = memory.stands if at is None else memory.stood(at)
            if (
                loosely(place, memory.place)
                and stand.under in RECALLED
                and memory.stands.state != "quarantined"
                and not stand.gone(at or self.law.now)
            ):
                found.add(memory.id)
        return found

    def compared(self, caller: Caller, place: Place) -> Any:
        """Answer ``duplicates`` with the ids that it may compare."""
        if not self.law.asks(caller, "read", place):
            return DENIED
        inside = filled(caller.bound, place)
        return {
            memory.id
            for memory in self.seen(caller, None)
            if exactly(inside, memory.place)
            and memory.stands.under in RECALLED
            and memory.stands.state != "quarantined"
            and not memory.stands.gone(self.law.now)
        }

    def differing(self, caller: Caller, place: Place, start: datetime, end: datetime) -> Any:
        """Answer ``diff`` with ids."""
        if not self.law.asks(caller, "read", place):
            return DENIED
        inside = filled(caller.bound, place)
        found = set()
        for memory in self.seen(caller, None):
            here = exactly(inside, memory.place) and memory.stands.state != "quarantined"
            if here and self._at(memory, start) != self._at(memory, end):
                found.add(memory.id)
        return found

    def _at(self, memory: Memory, at: datetime) -> tuple[object, ...] | None:
        text = memory.said(at)
        stand = memory.stood(at) if text is not None else None
        if stand is None or stand.gone(at):
            return None
        return text, stand.state, stand.ends

    # changing -----------------------------------------------------------------------------------

    def add(self, caller: Caller, place: Place, visibility: str) -> Any:
        """Answer ``add`` with the place it goes to."""
        if not self.law.asks(caller, "write", place):
            return DENIED
        inside = filled(caller.bound, place)
        rights = self.law.rights_in(caller, inside)
        if "write" not in rights or (visibility == "tenant" and "share" not in rights):
            return DENIED
        return inside

    def head(self, caller: Caller, memory_id: str, purpose: str | None = "recall") -> Memory | str:
        """Return a memory that the caller may change, or the code of the refusal."""
        if not self.law.asks(caller, "write", caller.bound):
            return DENIED
        found = self.look(caller, memory_id, purpose)
        if isinstance(found, str):
            return found
        return found if "write" in self.law.rights(caller, found) else DENIED

    def update(self, caller: Caller, memory_id: str) -> Memory | str:
        """Answer ``update`` with the memory that gets a version."""
        found = self.head(caller, memory_id)
        if isinstance(found, str):
            return found
        if found.stands.gone(self.law.now):
            return UNKNOWN
        return ILLEGAL if found.stands.state in ("frozen", "quarantined") else found

    def govern(
        self,
        caller: Caller,
        memory_id: str,
        visibility: str | None = None,
        restricted: bool | None = None,
    ) -> Memory | str:
        """Answer ``share``, or an update of the sensitivity, with the memory that is governed."""
        found = self.head(caller, memory_id)
        if isinstance(found, str):
            return found
        if found.stands.gone(self.law.now):
            return UNKNOWN
        if found.stands.state == "frozen":
            return ILLEGAL
        rights = self.law.rights(caller, found)
        if restricted is False and found.restricted and "govern" not in rights:
            return DENIED
        shown = visibility or found.visibility
        wider = _WIDTH.index(shown) > _WIDTH.index(found.visibility)
        lost = shown == "private" and not self._keeps(caller, found)
        if visibility is not None and ((wider and "share" not in rights) or lost):
            return DENIED
        return found

    def _keeps(self, caller: Caller, memory: Memory) -> bool:
        bound = caller.bound.user
        mine = bound is not None and bound == memory.place.user
        return "govern" in caller.rights or memory.maker == caller.id or mine

    def move(self, caller: Caller, memory_id: str, event: str) -> tuple[Memory, Stand] | str:
        """Answer a move with the memory and how it stands afterwards."""
        found = self.head(caller, memory_id)
        if isinstance(found, str):
            return found
        stand, now = found.stands, self.law.now
        if stand.gone(now):
            stand = Stand(now, "expired", (), stand.ends)
        sources, right = MOVES[event]
        if stand.state not in sources:
            return ILLEGAL
        if right not in self.law.rights(caller, found):
            return DENIED
        if event in ("unfreeze", "release"):
            return found, Stand(now, stand.stack[-1], stand.stack[:-1], stand.ends)
        if event == "restore":
            late = stand.ends is not None and stand.ends <= now
            again = now + timedelta(seconds=found.ttl) if late and found.ttl else stand.ends
            return found, Stand(now, "generated", (), again)
        stack = () if event == "archive" else (*stand.stack, stand.state)
        return found, Stand(now, _ENDS[event], stack, stand.ends)

    def delete(self, caller: Caller, memory_id: str) -> Memory | str:
        """Answer ``delete`` with the memory that goes."""
        found = self.head(caller, memory_id, None)
        if isinstance(found, str):
            return found
        if found.stands.gone(self.law.now):
            return UNKNOWN
        return ILLEGAL if found.stands.state in ("frozen", "quarantined") else found

    def delete_all(self, caller: Caller, place: Place) -> Any:
        """Answer ``delete_all`` of a scope with the ids that go."""
        if not self.law.asks(caller, "write", place):
            return DENIED
        inside = filled(caller.bound, place)
        return {
            memory.id
            for memory in self.seen(caller, None, "write")
            if exactly(inside, memory.place)
            and memory.stands.state in (*RECALLED, "archived")
            and not memory.stands.gone(self.law.now)
        }

    # giving -------------------------------------------------------------------------------------

    def grant(self, caller: Caller, wanted: Gift) -> str | tuple[str] | None:
        """Answer ``grant``: a code in a tuple, or the grant that the new one rests on."""
        memory = None
        if wanted.memory is not None:
            found = self.look(caller, wanted.memory, None)
            if isinstance(found, str):
                return (found,)
            if found.stands.gone(self.law.now):
                return (UNKNOWN,)
            memory = found
        if memory is not None:
            own = self.law.own_rights(caller, memory)
        else:
            own = caller.rights if exactly(caller.bound, wanted.place) else set()
        needed = wanted.rights | {"share"}
        needed |= {"train"} if "train" in wanted.purposes else set()
        needed |= {"govern"} if "review" in wanted.purposes else set()
        if needed <= own:
            return None
        for gift in self.law.held(caller):
            covers = (
                gift.covers(memory)
                if memory is not None
                else gift.memory is None and exactly(gift.place, wanted.place)
            )
            end = self.law.ends(gift)
            lasts = end is None or (wanted.until is not None and wanted.until <= end)
            if covers and needed <= gift.rights and lasts and wanted.purposes <= gift.purposes:
                return gift.id
        return (DENIED,)

    def knows(self, caller: Caller, gift: Gift) -> bool:
        """Tell whether the caller may know of a grant."""
        if gift.tenant != caller.tenant:
            return False
        return gift.by == caller.id or self.law.given(caller, gift) or self.commands(caller, gift)

    def commands(self, caller: Caller, gift: Gift) -> bool:
        """Tell whether the caller may share the target without that grant."""
        if gift.memory is not None:
            found = self.look(caller, gift.memory, None)
            return not isinstance(found, str) and "share" in self.law.own_rights(caller, found)
        own = caller.rights if exactly(caller.bound, gift.place) else set()
        governing = [
            other.rights
            for other in self.law.held(caller)
            if "govern" in other.rights
            and other.memory is None
            and exactly(other.place, gift.place)
        ]
        return "share" in set(own).union(*governing)

    def grants(self, caller: Caller) -> set[str]:
        """Answer ``grants`` with ids."""
        known = [gift for gift in self.law.gifts.values() if self.knows(caller, gift)]
        return {gift.id for gift in known if self.law.live(gift)}

    def revoke(self, caller: Caller, grant_id: str) -> Gift | str:
        """Answer ``revoke_grant`` with the grant that ends."""
        gift = self.law.gifts.get(grant_id)
        if gift is None or not self.knows(caller, gift):
            return UNKNOWN
        return gift if gift.by == caller.id or self.commands(caller, gift) else DENIED
