"""Facts that contradict each other; part of ``MemorySuite``."""

from collections.abc import Callable
from typing import Any

import pytest

from memory_os.domain.operations import Added
from memory_os.errors import InvalidInput
from memory_os.sdk import Memory

PassTime = Callable[[float], object]


def tell(memory: Memory, city: str, **options: Any) -> Added:
    """Store where Ada lives, to be settled with what was known of it."""
    parts = {"subject": "Ada", "predicate": "lives in", "object": city, "user_id": "ada"}
    given = {"resolve": True, **parts, **options}
    return memory.add(f"Ada lives in {city}.", **given).results[0]


class ResolvingTests:
    """Supersession and marked conflicts."""

    def test_a_later_fact_supersedes_an_earlier_one(
        self, memory: Memory, pass_time: PassTime
    ) -> None:
        old = tell(memory, "Oslo")
        pass_time(0.01)
        new = tell(memory, "Bergen", subject="ADA", predicate=" lives  in ")
        assert (new.event, new.superseded) == ("SUPERSEDE", (old.id,))
        hits = memory.search("Where does Ada live?", user_id="ada", threshold=0.0).results
        assert [hit.id for hit in hits] == [new.id]
        closed = memory.get(old.id)
        assert (closed.state, closed.version, closed.superseded_by) == ("archived", 2, new.id)
        assert closed.valid_to == memory.get(new.id).created_at
        first = memory.history(old.id).results[0]
        assert (first.valid_to, first.superseded_by) == (None, None)

    def test_the_stated_beginning_of_a_fact_ends_the_one_before(self, memory: Memory) -> None:
        old = tell(memory, "Oslo", valid_from="2020-01-01T00:00:00Z")
        tell(memory, "Bergen", valid_from="2024-06-01T00:00:00Z")
        closed = memory.get(old.id)
        assert closed.valid_to is not None
        assert closed.valid_to.isoformat() == "2024-06-01T00:00:00+00:00"
        then = memory.search(
            "Where does Ada live?",
            user_id="ada",
            valid_at="2022-01-01T00:00:00Z",
            states=["generated", "archived"],
            threshold=0.0,
        )
        assert [hit.id for hit in then.results] == [old.id]

    def test_a_fact_about_an_earlier_time_ends_where_the_known_one_begins(
        self, memory: Memory
    ) -> None:
        known = tell(memory, "Bergen", valid_from="2024-06-01T00:00:00Z")
        told = tell(memory, "Oslo", valid_from="2020-01-01T00:00:00Z")
        assert (told.event, told.state) == ("ADD", "archived")
        past = memory.get(told.id)
        assert past.superseded_by == known.id
        assert past.valid_to is not None
        assert past.valid_to.isoformat() == "2024-06-01T00:00:00+00:00"
        assert memory.get(known.id).version == 1

    def test_lower_trust_never_supersedes_higher(self, memory: Memory, pass_time: PassTime) -> None:
        old = tell(memory, "Oslo")
        pass_time(0.01)
        new = tell(memory, "Moss", source_class="retrieved")
        assert (new.event, new.conflicts_with) == ("ADD", (old.id,))
        assert memory.get(old.id).conflicts_with == (new.id,)
        hits = memory.search("Where does Ada live?", user_id="ada", threshold=0.0).results
        assert {hit.id: hit.conflicts_with for hit in hits} == {
            old.id: (new.id,),
            new.id: (old.id,),
        }

    def test_higher_trust_supersedes_lower(self, memory: Memory, pass_time: PassTime) -> None:
        old = tell(memory, "Moss", source_class="retrieved")
        pass_time(0.01)
        assert tell(memory, "Oslo").superseded == (old.id,)

    def test_facts_of_one_moment_both_stay(self, memory: Memory) -> None:
        since = "2024-01-01T00:00:00Z"
        old = tell(memory, "Oslo", valid_from=since)
        new = tell(memory, "Bergen", valid_from=since)
        assert new.conflicts_with == (old.id,)
        assert memory.get(old.id).state == "generated"

    def test_the_same_object_is_no_conflict(self, memory: Memory, pass_time: PassTime) -> None:
        tell(memory, "Oslo")
        pass_time(0.01)
        said = memory.add(
            "Ada's home is Oslo.",
            user_id="ada",
            subject="Ada",
            predicate="lives in",
            object="OSLO",
            resolve=True,
        ).results[0]
        assert (said.event, said.superseded, said.conflicts_with) == ("ADD", (), ())

    def test_other_times_and_other_scopes_are_no_conflict(self, memory: Memory) -> None:
        tell(memory, "Oslo", valid_from="2010-01-01T00:00:00Z", valid_to="2012-01-01T00:00:00Z")
        tell(memory, "Graz", user_id="bo")
        later = tell(memory, "Bergen", valid_from="2012-01-01T00:00:00Z")
        assert (later.event, later.conflicts_with) == ("ADD", ())

    def test_a_frozen_fact_is_not_superseded(self, memory: Memory, pass_time: PassTime) -> None:
        old = tell(memory, "Oslo")
        memory.freeze(old.id)
        before = memory.get(old.id)
        pass_time(0.01)
        assert tell(memory, "Bergen").conflicts_with == (old.id,)
        assert memory.get(old.id) == before

    def test_facts_are_settled_only_when_asked(self, memory: Memory, pass_time: PassTime) -> None:
        old = tell(memory, "Oslo")
        pass_time(0.01)
        new = tell(memory, "Bergen", resolve=False)
        assert (new.event, new.conflicts_with) == ("ADD", ())
        assert memory.get(old.id).state == "generated"
        with pytest.raises(InvalidInput):
            memory.add("Ada lives in Moss.", user_id="ada", resolve=True)

    def test_facts_of_one_call_are_settled_with_each_other(self, memory: Memory) -> None:
        common = {"subject": "Bo", "predicate": "car", "user_id": "bo", "resolve": True}
        facts = [
            {"content": "Bo's car is red.", "object": "red", "valid_from": "2020-01-01T00:00:00Z"},
            {
                "content": "Bo's car is blue.",
                "object": "blue",
                "valid_from": "2021-01-01T00:00:00Z",
            },
        ]
        red, blue = memory.add_many([{**common, **fact} for fact in facts]).results
        assert blue.superseded == (red.id,)
        assert (red.state, memory.get(red.id).superseded_by) == ("archived", blue.id)
        assert memory.get(red.id).version == 1
        hits = memory.search("Which car has Bo?", user_id="bo", threshold=0.0).results
        assert [hit.id for hit in hits] == [blue.id]

    def test_a_changed_text_has_no_links_left(self, memory: Memory) -> None:
        since = "2024-01-01T00:00:00Z"
        tell(memory, "Oslo", valid_from=since)
        new = tell(memory, "Bergen", valid_from=since)
        assert memory.update(new.id, "Ada works in Bergen.").conflicts_with == ()
