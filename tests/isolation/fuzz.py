"""Random calls by everybody, each answer held against the law's."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from typing import Any

from memory_os.errors import MemoryOSError
from memory_os.sdk import Memory as Door
from tests.isolation.answers import LISTED, MOVES, UNKNOWN, Oracle
from tests.isolation.law import ROLES, Gift, Memory, Place, Stand
from tests.isolation.world import START, Seat, World, opened

PLACES = (
    Place(), Place(), Place("ada"), Place("ben"), Place(None, "planner"), Place(None, "writer"),
    Place("ada", "planner"), Place("ben", "writer"), Place("ada", None, ("team",)),
    Place(None, None, ("team",)), Place(None, None, ("team", "a")), Place("cy"),
)  # fmt: skip
FOUND, MOST_MEMORIES, MOST_GIFTS = 100, 36, 16
NOTHING = ("mem_01JZZZZZZZZZZZZZZZZZZZZZZZ", "grant_01JZZZZZZZZZZZZZZZZZZZZZZZ")
WEIGHTS = {
    "get": 14, "get_then": 7, "list": 8, "list_then": 4, "search": 9, "search_then": 5, "best": 4,
    "context": 4, "history": 5, "diff": 3, "duplicates": 2, "add": 9, "update": 5, "share": 4,
    "restrict": 3, "move": 8, "delete": 4, "delete_all": 1, "grant": 9, "grants": 3, "revoke": 4,
    "twins": 3,
}  # fmt: skip


@dataclass
class Tally:
    """What was asked and how it was answered."""

    calls: int = 0
    doors: Counter[str] = field(default_factory=Counter)
    codes: Counter[str] = field(default_factory=Counter)
    kinds: Counter[str] = field(default_factory=Counter)
    shown: int = 0


def scope(place: Place) -> dict[str, Any]:
    """Return a place as arguments."""
    named = {"user_id": place.user, "agent_id": place.agent, "namespace": place.labels or None}
    return {name: value for name, value in named.items() if value is not None}


def ids(answer: Any) -> set[str]:
    """Return the ids of an answer's results."""
    return {each.id for each in answer.results}


class Fuzz:
    """Ask one world, call by call."""

    def __init__(self, world: World, draw: Random, tally: Tally) -> None:
        self.world, self.draw, self.tally = world, draw, tally
        self.law, self.oracle = world.law, Oracle(world.law)
        self.number = 0

    def step(self) -> None:
        """Let time pass, make one call, and compare."""
        seconds = self.draw.choice((1, 1, 5, 60, 600))
        self.world.clock.advance(timedelta(seconds=seconds))
        self.law.now = self.world.clock.now()
        seat = self.draw.choice(self.world.seats)
        name = self.draw.choices(list(WEIGHTS), list(WEIGHTS.values()))[0]
        served = self.draw.random() < 0.5
        self.tally.calls += 1
        self.tally.doors["REST" if served else "SDK"] += 1
        self.tally.kinds[name] += 1
        getattr(self, name)(seat, seat.served if served else seat.embedded)

    # what is drawn ------------------------------------------------------------------------------

    def some(self, seat: Seat) -> str:
        """Return an id: mostly of the caller's tenant, sometimes foreign or unknown."""
        mine = [m.id for m in self.law.memories.values() if m.tenant == seat.caller.tenant]
        theirs = [m.id for m in self.law.memories.values() if m.tenant != seat.caller.tenant]
        act = self.draw.random()
        if mine and act < 0.75:
            return self.draw.choice(mine)
        return self.draw.choice(theirs) if theirs and act < 0.93 else NOTHING[0]

    def place(self, seat: Seat) -> Place:
        """Return what a call names: nothing, the own scope, any."""
        return self.draw.choice((Place(), seat.caller.bound, *PLACES))

    def moment(self) -> datetime:
        """Return a time between two calls."""
        seconds = int((self.law.now - START).total_seconds())
        return START + timedelta(seconds=self.draw.randrange(max(1, seconds)) + 0.5)

    # asking and comparing -----------------------------------------------------------------------

    def ask(self, seat: Seat, expected: Any, call: Callable[[], Any], *facts: object) -> bool:
        """Make a call; return whether it succeeded as expected."""
        try:
            found = call()
        except MemoryOSError as error:
            found = error.code
        self.tally.codes[found if isinstance(found, str) and "_" in found else "ok"] += 1
        if isinstance(found, set):
            self.tally.shown += len(found)
        assert found == expected, (self.tally.calls, seat.caller, facts, found, expected)
        return True

    def refused(self, expected: Any, seat: Seat, call: Callable[[], Any], *facts: object) -> bool:
        """Make a call that must be refused, if it must."""
        return isinstance(expected, str) and self.ask(seat, expected, call, *facts)

    # reading ------------------------------------------------------------------------------------

    def get(self, seat: Seat, door: Door, at: datetime | None = None) -> None:
        one = self.some(seat)
        expected = self.oracle.get(seat.caller, one, at)
        self.ask(seat, expected, lambda: door.get(one, as_of=at).memory, "get", one, at)

    def get_then(self, seat: Seat, door: Door) -> None:
        self.get(seat, door, self.moment())

    def list(self, seat: Seat, door: Door, at: datetime | None = None) -> None:
        place, match = self.place(seat), self.draw.choice(("exact", "inherit"))
        expected = self.oracle.listed(seat.caller, place, match, at)
        states = LISTED if self.draw.random() < 0.5 else None
        asked = {**scope(place), "scope_match": match, "as_of": at, "states": states}
        call = lambda: ids(door.get_all(limit=1_000, **asked))  # noqa: E731
        self.ask(seat, expected, call, "list", asked)

    def list_then(self, seat: Seat, door: Door) -> None:
        self.list(seat, door, self.moment())

    def search(self, seat: Seat, door: Door, at: datetime | None = None) -> None:
        place = self.place(seat)
        expected = self.oracle.recalled(seat.caller, place, at)
        asked = {**scope(place), "as_of": at, "top_k": FOUND, "threshold": 0.0}
        self.ask(seat, expected, lambda: ids(door.search("ferry note", **asked)), "search", asked)

    def search_then(self, seat: Seat, door: Door) -> None:
        self.search(seat, door, self.moment())

    def best(self, seat: Seat, door: Door) -> None:
        """Ask for few: as many come as there are, and none that must not."""
        place, few = self.place(seat), self.draw.randint(1, 6)
        at = self.moment() if self.draw.random() < 0.4 else None
        may = self.oracle.recalled(seat.caller, place, at)
        asked = {**scope(place), "as_of": at, "top_k": few, "threshold": 0.0}
        call = lambda: ids(door.search("ferry note", **asked))  # noqa: E731
        if self.refused(may, seat, call, "best", asked):
            return
        found = call()
        assert found <= may, (seat.caller, asked, found - may)
        assert len(found) == min(few, len(may)), (seat.caller, asked, found, may)
        self.tally.codes["ok"] += 1
        self.tally.shown += len(found)

    def context(self, seat: Seat, door: Door) -> None:
        place = self.place(seat)
        at = self.moment() if self.draw.random() < 0.4 else None
        expected = self.oracle.recalled(seat.caller, place, at)
        asked = {**scope(place), "as_of": at, "threshold": 0.0, "max_tokens": 20_000}

        def call() -> set[str]:
            packed = door.context("ferry note", top_k=FOUND, **asked)
            return {cited.id for cited in packed.citations} | {gone.id for gone in packed.dropped}

        self.ask(seat, expected, call, "context", asked)

    def history(self, seat: Seat, door: Door) -> None:
        one = self.some(seat)
        expected = self.oracle.history(seat.caller, one)
        self.ask(seat, expected, lambda: len(door.history(one).results), "history", one)

    def diff(self, seat: Seat, door: Door) -> None:
        place, (start, end) = self.place(seat), sorted((self.moment(), self.moment()))
        expected = self.oracle.differing(seat.caller, place, start, end)
        call = lambda: ids(door.diff(start, end, limit=1_000, **scope(place)))  # noqa: E731
        self.ask(seat, expected, call, "diff", place, start, end)

    def duplicates(self, seat: Seat, door: Door) -> None:
        place = self.place(seat)
        may = self.oracle.compared(seat.caller, place)
        call = lambda: door.duplicates(limit=1_000, **scope(place))  # noqa: E731
        if self.refused(may, seat, call, "duplicates", place):
            return
        found = call()
        named = {each for pair in found.results for each in (pair.one, pair.other)}
        assert named <= may, (seat.caller, place, named - may)
        assert found.compared == len(may), (seat.caller, place, found.compared, may)
        self.tally.codes["ok"] += 1

    def twins(self, seat: Seat, _door: Door) -> None:
        """Ask over the wire for what is hidden and for what nobody has: to the byte the same."""
        hidden = [
            memory_id
            for memory_id in self.law.memories
            if self.oracle.look(seat.caller, memory_id) == UNKNOWN
        ]
        if not hidden:
            return
        one, at = self.draw.choice(hidden), self.moment().isoformat()
        method, path, body = self.draw.choice(
            (
                ("GET", "/v1/cubes/{}", None),
                ("GET", "/v1/cubes/{}?as_of=" + at.replace("+", "%2B"), None),
                ("GET", "/v1/cubes/{}/history", None),
                ("GET", "/v1/cubes/{}/transitions", None),
                ("GET", "/v1/memories/{}", None),
                ("PATCH", "/v1/cubes/{}", {"content": "stolen"}),
                ("POST", "/v1/cubes/{}/transitions", {"event": "freeze", "reason": "stolen"}),
                ("POST", "/v1/rollbacks", {"memory_id": "{}", "version": 1}),
                ("POST", "/v1/grants", {"memory_id": "{}", "to": {"agent_id": "x"}}),
                ("DELETE", "/v1/cubes/{}", None),
            )
        )
        told = []
        for each in (one, NOTHING[0]):
            sent = body and {k: each if v == "{}" else v for k, v in body.items()}
            answer = seat.client.request(
                method,
                path.format(each),
                json=sent,
                headers={"Authorization": f"Bearer {seat.token}"},
            )
            kept = {k: v for k, v in answer.headers.items() if k not in ("x-request-id", "date")}
            told.append((answer.status_code, answer.text.replace(each, "ID"), kept))
        assert told[0] == told[1], (seat.caller, method, path, told)
        assert told[0][0] in (403, 404), told
        self.tally.codes["twins"] += 1

    # changing -----------------------------------------------------------------------------------

    def add(self, seat: Seat, door: Door) -> None:
        mine = [m for m in self.law.memories.values() if m.tenant == seat.caller.tenant]
        if sum(not m.stands.gone(self.law.now) for m in mine) >= MOST_MEMORIES:
            self.get(seat, door)
            return
        place = self.place(seat)
        visibility = self.draw.choice(("scope", "scope", "scope", "private", "tenant"))
        restricted = self.draw.random() < 0.1
        ttl = self.draw.choice((None, None, None, 300, 20_000))
        self.number += 1
        text = f"Note {self.number} of the ferry, code x{self.draw.getrandbits(40):x}."
        expected = self.oracle.add(seat.caller, place, visibility)
        asked = {**scope(place), "visibility": visibility, "ttl_seconds": ttl}
        if restricted:
            asked["sensitivity"] = "restricted"
        call = lambda: door.add(text, **asked)  # noqa: E731
        if self.refused(expected, seat, call, "add", asked):
            return
        made, now = call().results[0].id, self.law.now
        ends = now + timedelta(seconds=ttl) if ttl else None
        course = [Stand(now, "generated", (), ends)]
        fields = (seat.caller.tenant, expected, seat.caller.id, visibility, restricted)
        self.law.memories[made] = Memory(made, *fields, [(now, text)], course, ttl)
        self.tally.codes["ok"] += 1

    def update(self, seat: Seat, door: Door) -> None:
        one = self.some(seat)
        expected = self.oracle.update(seat.caller, one)
        self.number += 1
        text = f"Note {self.number} of the ferry, changed, code y{self.draw.getrandbits(40):x}."
        call = lambda: door.update(one, text).memory  # noqa: E731
        if not self.refused(expected, seat, call, "update", one):
            self.ask(seat, text, call, "update", one)
            expected.texts.append((self.law.now, text))

    def share(self, seat: Seat, door: Door) -> None:
        one, shown = self.some(seat), self.draw.choice(("private", "scope", "tenant"))
        expected = self.oracle.govern(seat.caller, one, shown)
        call = lambda: door.share(one, visibility=shown).visibility  # noqa: E731
        if not self.refused(expected, seat, call, "share", one, shown):
            self.ask(seat, shown, call, "share", one)
            expected.visibility = shown

    def restrict(self, seat: Seat, door: Door) -> None:
        one, up = self.some(seat), self.draw.random() < 0.5
        level = "restricted" if up else "internal"
        expected = self.oracle.govern(seat.caller, one, restricted=up)
        call = lambda: door.update(one, sensitivity=level).sensitivity  # noqa: E731
        if not self.refused(expected, seat, call, "restrict", one, level):
            self.ask(seat, level, call, "restrict", one)
            expected.restricted = up

    def move(self, seat: Seat, door: Door) -> None:
        one, event = self.some(seat), self.draw.choice(list(MOVES))
        memory = self.law.memories.get(one)
        if memory is not None and memory.ttl and event in ("freeze", "quarantine"):
            event = "archive"
        expected = self.oracle.move(seat.caller, one, event)
        call = lambda: door.move(one, event, reason="fuzz").state.value  # noqa: E731
        if not self.refused(expected, seat, call, "move", one, event):
            moved, stand = expected
            self.ask(seat, stand.state, call, "move", one, event)
            moved.course.append(stand)

    def delete(self, seat: Seat, door: Door) -> None:
        one = self.some(seat)
        expected = self.oracle.delete(seat.caller, one)
        call = lambda: set(door.delete(one).ids)  # noqa: E731
        if not self.refused(expected, seat, call, "delete", one):
            self.ask(seat, {one}, call, "delete", one)
            self._bin(expected)

    def delete_all(self, seat: Seat, door: Door) -> None:
        place = self.draw.choice(PLACES[2:])
        expected = self.oracle.delete_all(seat.caller, place)
        call = lambda: set(door.delete_all(**scope(place)).ids)  # noqa: E731
        self.ask(seat, expected, call, "delete_all", place)
        for one in expected if isinstance(expected, set) else ():
            self._bin(self.law.memories[one])

    def _bin(self, memory: Memory) -> None:
        memory.course.append(Stand(self.law.now, "expired", (), memory.stands.ends))

    # giving -------------------------------------------------------------------------------------

    def grant(self, seat: Seat, door: Door) -> None:
        mine = [g for g in self.law.gifts.values() if g.tenant == seat.caller.tenant]
        if sum(map(self.law.live, mine)) >= MOST_GIFTS:
            self.revoke(seat, door)
            return
        draw, peers = self.draw, [s for s in self.world.seats if s.caller.tenant == mine_of(seat)]
        peer = draw.choice(peers).caller
        to_place = peer.bound if draw.random() < 0.6 and peer.bound != Place() else None
        role = draw.choice(("read", "read", "write", "share", "admin"))
        purposes = set(draw.sample(("recall", "export", "review", "train"), draw.choice((0, 1, 2))))
        seconds = draw.choice((None, 60, 3_600, 20_000))
        one = self.some(seat) if draw.random() < 0.5 else None
        memory = self.law.memories.get(one or "")
        place = memory.place if memory else draw.choice(PLACES[2:])
        wanted = Gift(
            "", seat.caller.tenant, set(ROLES[role]), place, one, purposes,
            self.law.now + timedelta(seconds=seconds) if seconds else None,
            seat.caller.id, None if to_place else peer.id, to_place, None,
        )  # fmt: skip
        expected = self.oracle.grant(seat.caller, wanted)
        target = {"memory_id": one} if one else scope(place)
        to = scope(to_place) if to_place else peer.id
        asked = {**target, "role": role, "purposes": sorted(purposes), "ttl_seconds": seconds}
        call = lambda: door.grant(to, **asked)  # noqa: E731
        if isinstance(expected, tuple):
            self.ask(seat, expected[0], call, "grant", asked)
            return
        made = call()
        assert (made.live, made.by) == (True, seat.caller.id)
        wanted.id, wanted.rests_on = made.id, made.rests_on
        assert (made.rests_on is None) == (expected is None), (seat.caller, asked, made, expected)
        self.law.gifts[made.id] = wanted
        self.tally.codes["ok"] += 1

    def grants(self, seat: Seat, door: Door) -> None:
        expected = self.oracle.grants(seat.caller)
        self.ask(seat, expected, lambda: ids(door.grants(limit=1_000)), "grants")

    def revoke(self, seat: Seat, door: Door) -> None:
        one = self.draw.choice((*self.law.gifts, NOTHING[1]))
        expected = self.oracle.revoke(seat.caller, one)
        call = lambda: door.revoke_grant(one).live  # noqa: E731
        if not self.refused(expected, seat, call, "revoke", one):
            self.ask(seat, False, call, "revoke", one)
            expected.revoked = True


def mine_of(seat: Seat) -> str:
    """Return the tenant of a seat."""
    return seat.caller.tenant


def run(seed: int, calls: int, tally: Tally) -> None:
    """Make so many calls in the world of a seed."""
    draw = Random(seed)
    with opened(draw) as world:
        fuzz = Fuzz(world, draw, tally)
        for _ in range(calls):
            fuzz.step()
