"""The past, validity and expiry; part of ``MemorySuite``."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from memory_os.errors import InvalidInput, NotFound
from memory_os.sdk import Memory

PassTime = Callable[[float], object]
INSTANT = timedelta(microseconds=1)


class TimingTests:
    """``as_of``, ``valid_at``, time to live."""

    def test_the_past_answers_as_it_did(self, memory: Memory, pass_time: PassTime) -> None:
        added = memory.add("The meeting is in room Fjord.", user_id="ada").results[0]
        first = memory.get(added.id).created_at
        pass_time(0.01)
        second = memory.update(added.id, "The meeting is in room Skerry.").updated_at
        for moment, text in (
            (first, "Fjord"),
            (second - INSTANT, "Fjord"),
            (second, "Skerry"),
        ):
            assert text in memory.get(added.id, as_of=moment).memory
            hits = memory.search("meeting room", user_id="ada", as_of=moment).results
            assert [text in hit.memory for hit in hits] == [True]
            assert text in memory.context("meeting room", user_id="ada", as_of=moment).text
            listed = memory.get_all(user_id="ada", as_of=moment).results
            assert [text in record.memory for record in listed] == [True]

    def test_nothing_was_known_before_it_was_stored(self, memory: Memory) -> None:
        added = memory.add("New knowledge.", user_id="ada").results[0]
        before = memory.get(added.id).created_at - INSTANT
        with pytest.raises(NotFound):
            memory.get(added.id, as_of=before)
        assert memory.search("knowledge", user_id="ada", as_of=before).outcome == "empty"
        assert memory.get_all(user_id="ada", as_of=before).results == ()

    def test_a_deleted_memory_is_there_in_the_past(
        self, memory: Memory, pass_time: PassTime
    ) -> None:
        added = memory.add("The code was 4471.", user_id="ada").results[0]
        then = memory.get(added.id).created_at
        pass_time(0.01)
        memory.delete(added.id)
        assert memory.get(added.id, as_of=then).memory == "The code was 4471."
        found = memory.search("code", user_id="ada", as_of=then)
        assert [hit.id for hit in found.results] == [added.id]
        assert memory.search("code", user_id="ada").outcome == "empty"

    def test_quarantine_counts_for_the_past_too(self, memory: Memory, pass_time: PassTime) -> None:
        added = memory.add("The code was 4471.", user_id="ada").results[0]
        then = memory.get(added.id).created_at
        pass_time(0.01)
        memory.quarantine(added.id)
        assert memory.search("code", user_id="ada", as_of=then).results == ()

    def test_what_holds_at_a_time_is_found_at_that_time(self, memory: Memory) -> None:
        old = {"content": "Ada lives in Oslo.", "valid_to": "2030-05-01T00:00:00Z"}
        new = {"content": "Ada lives in Bergen.", "valid_from": "2030-05-01T00:00:00Z"}
        memory.add_many([old, new], user_id="ada")
        for moment, city in (
            ("2030-04-30T23:59:59.999999Z", "Oslo"),
            ("2030-05-01T00:00:00Z", "Bergen"),
            ("2030-05-01T01:59:59+02:00", "Oslo"),
        ):
            found = memory.search("Where does Ada live?", user_id="ada", valid_at=moment)
            assert [hit.memory for hit in found.results] == [f"Ada lives in {city}."]
            listed = memory.get_all(user_id="ada", valid_at=moment).results
            assert [record.memory for record in listed] == [f"Ada lives in {city}."]

    def test_a_memory_with_a_time_to_live_expires(
        self, memory: Memory, pass_time: PassTime
    ) -> None:
        added = memory.add("The kettle is on.", user_id="ada", ttl_seconds=1).results[0]
        record = memory.get(added.id)
        assert record.expires_at == record.created_at + timedelta(seconds=1)
        assert memory.search("kettle", user_id="ada").outcome == "found"
        pass_time(1.05)
        assert memory.search("kettle", user_id="ada").outcome == "empty"
        assert memory.get_all(user_id="ada").results == ()
        with pytest.raises(NotFound):
            memory.get(added.id)
        assert memory.get(added.id, as_of=record.created_at).memory == "The kettle is on."

    def test_an_expiry_can_be_moved(self, memory: Memory, pass_time: PassTime) -> None:
        added = memory.add("The kettle is on.", user_id="ada", ttl_seconds=1).results[0]
        later = memory.get(added.id).created_at + timedelta(days=1)
        assert memory.update(added.id, expires_at=later).expires_at == later
        pass_time(1.05)
        assert memory.search("kettle", user_id="ada").outcome == "found"

    def test_an_expiry_can_be_set_later(self, memory: Memory, pass_time: PassTime) -> None:
        added = memory.add("The kettle is on.", user_id="ada").results[0]
        soon = memory.get(added.id).created_at + timedelta(seconds=1)
        memory.update(added.id, expires_at=soon)
        pass_time(1.05)
        assert memory.search("kettle", user_id="ada").outcome == "empty"
        with pytest.raises(NotFound):
            memory.get(added.id)

    def test_an_expired_external_id_is_free_again(
        self, memory: Memory, pass_time: PassTime
    ) -> None:
        memory.add("Code 1.", user_id="ada", external_id="code", ttl_seconds=1)
        pass_time(1.05)
        again = memory.add("Code 2.", user_id="ada", external_id="code").results[0]
        assert again.event == "ADD"

    def test_an_expired_text_can_be_added_again(self, memory: Memory, pass_time: PassTime) -> None:
        first = memory.add("The kettle is on.", user_id="ada", ttl_seconds=1).results[0]
        pass_time(1.05)
        again = memory.add("The kettle is on.", user_id="ada").results[0]
        assert (again.event, again.id != first.id) == ("ADD", True)
        assert [hit.id for hit in memory.search("kettle", user_id="ada").results] == [again.id]
        assert memory.add("The kettle is on.", user_id="ada").results[0].event == "TOUCH"

    @pytest.mark.parametrize("moment", ["2026-01-01T00:00:00", "yesterday", ""])
    def test_a_time_without_a_zone_is_refused(self, memory: Memory, moment: str) -> None:
        with pytest.raises(InvalidInput):
            memory.search("anything", user_id="ada", as_of=moment)
        with pytest.raises(InvalidInput):
            memory.get_all(user_id="ada", since=moment)
        with pytest.raises(InvalidInput):
            memory.add("Anything.", user_id="ada", valid_from=moment)

    def test_a_time_is_taken_as_text_or_as_a_value(self, memory: Memory) -> None:
        added = memory.add("Anything.", user_id="ada").results[0]
        moment: datetime = memory.get(added.id).created_at
        for form in (moment, moment.isoformat(), moment.isoformat().replace("+00:00", "Z")):
            assert memory.get(added.id, as_of=form).id == added.id
            assert len(memory.get_all(user_id="ada", as_of=form).results) == 1
