"""What a connector does with what is added; part of ``MemorySuite``."""

from typing import Any

import pytest

from memory_os.domain.operations import AddRequest, DocumentIn, MessageIn, TemplateIn
from memory_os.errors import AlreadyExists, IdempotencyConflict, InvalidInput, NotSupported
from memory_os.sdk import Memory

TURNS = [
    {"role": "user", "name": "Ada", "content": "I land in Bergen on Friday."},
    {"role": "assistant", "content": "Noted: Bergen on Friday."},
    {"role": "user", "name": "Ada", "content": "Book the hotel by the fish market, please."},
]
MANUAL = (
    "# Stove\n\n## Lighting\n\nOpen the lower vent fully and lay the kindling crosswise.\n\n"
    "## Cleaning\n\nEmpty the ash pan weekly, when it is cold.\n"
)


class AddingTests:
    """Forms, headers, atomicity, duplicates, keys."""

    def test_a_text_is_stored_as_it_is(self, memory: Memory) -> None:
        added = memory.add("Ada prefers tea to coffee.", user_id="ada").results[0]
        assert (added.event, added.version, added.memory) == (
            "ADD",
            1,
            "Ada prefers tea to coffee.",
        )
        assert added.id.startswith("mem_")
        record = memory.get(added.id)
        assert (record.memory, record.user_id, record.state) == (added.memory, "ada", "generated")
        assert record.created_at == record.updated_at
        assert record.created_at.tzinfo is not None

    def test_messages_are_one_memory_each_in_order(self, memory: Memory) -> None:
        added = memory.add(TURNS, user_id="ada", session_id="s1").results
        assert [entry.memory for entry in added] == [turn["content"] for turn in TURNS]
        records = memory.get_all(session_id="s1").results
        assert [record.memory for record in records] == [turn["content"] for turn in TURNS]
        said = [record.payload for record in records]
        assert [getattr(payload, "role", "") for payload in said] == ["user", "assistant", "user"]
        assert [getattr(payload, "name", "") for payload in said] == ["Ada", None, "Ada"]
        assert [getattr(payload, "turn", 0) for payload in said] == [1, 2, 3]

    def test_a_conversation_goes_on_where_it_stopped(self, memory: Memory) -> None:
        memory.add(TURNS[:1], session_id="s1")
        later = memory.add(MessageIn(role="user", content="And a taxi."), session_id="s1")
        assert getattr(memory.get(later.results[0].id).payload, "turn", 0) == 2
        other = memory.add(TURNS[:1], session_id="s2").results[0]
        assert getattr(memory.get(other.id).payload, "turn", 0) == 1

    def test_a_message_keeps_when_it_was_said(self, memory: Memory) -> None:
        turn = {"role": "user", "content": "Hello", "timestamp": "2025-03-04T05:06:07.000008Z"}
        added = memory.add([turn], user_id="ada").results[0]
        said: Any = memory.get(added.id).payload
        assert said.at.isoformat() == "2025-03-04T05:06:07.000008+00:00"

    def test_a_document_is_found_by_its_passage(self, memory: Memory) -> None:
        document = DocumentIn(text=MANUAL, title="Stove manual", media_type="text/markdown")
        added = memory.add(document, user_id="ada").results
        assert len(added) == 1
        hit = memory.search("When must the ash pan be emptied?", user_id="ada").results[0]
        assert "ash pan weekly" in hit.memory
        assert hit.id == added[0].id
        assert MANUAL[slice(*hit.span)] == hit.memory
        assert memory.get(hit.id).memory == MANUAL

    def test_a_long_document_is_cut_into_passages(self, memory: Memory) -> None:
        chapters = [f"Chapter {n} tells of harbour number {n}. " * 30 for n in range(12)]
        memory.add(DocumentIn(text="\n\n".join(chapters)), user_id="ada")
        hit = memory.search("harbour number 7", user_id="ada").results[0]
        assert "number 7" in hit.memory
        assert len(hit.memory) < len("\n\n".join(chapters)) / 3

    def test_a_template_is_stored_with_its_fields(self, memory: Memory) -> None:
        fields: dict[str, Any] = {
            "name": "Ada",
            "likes": ["tea", "fjords"],
            "home": {"city": "Bergen"},
            "pet": None,
        }
        added = memory.add(TemplateIn(schema_id="profile", fields=fields), user_id="ada").results[0]
        payload = memory.get(added.id).payload
        assert getattr(payload, "fields", None) == fields
        assert memory.search("fjords", user_id="ada").results[0].id == added.id

    def test_what_is_said_of_a_memory_is_kept(self, memory: Memory) -> None:
        metadata = {"floor": 3, "room": {"name": "Fjord", "seats": [4, None, 2.5]}, "ok": True}
        added = memory.add(
            "The desk is by the window.",
            user_id="ada",
            agent_id="concierge",
            session_id="s1",
            namespace=("shop", "berlin"),
            semantic_type="preference",
            tags=["desk", "work", "desk"],
            metadata=metadata,
            external_id="desk-1",
            valid_from="2026-01-01T00:00:00+01:00",
            valid_to="2027-01-01T00:00:00Z",
            priority="high",
            pinned=True,
            sensitivity="confidential",
            confidence=0.75,
        ).results[0]
        record = memory.get(added.id)
        assert (record.agent_id, record.session_id) == ("concierge", "s1")
        assert record.namespace == ("shop", "berlin")
        assert (record.semantic_type, record.tags) == ("preference", ("desk", "work"))
        assert record.metadata == metadata
        assert (record.external_id, record.priority, record.pinned) == ("desk-1", "high", True)
        assert (record.sensitivity, record.confidence) == ("confidential", 0.75)
        assert record.valid_from is not None
        assert record.valid_from.isoformat() == "2025-12-31T23:00:00+00:00"

    def test_any_language_and_any_length_comes_back_unchanged(self, memory: Memory) -> None:
        texts = [
            "Grüße aus Zürich 🏔️",
            "שלום עולם",
            "東京は雨です",
            "e\u0301 stays decomposed",
            "a\tb\n\nc",
        ]
        texts.append("long " * 20_000 + "end")
        for added, text in zip(memory.add_many(texts, user_id="ada").results, texts, strict=True):
            assert memory.get(added.id).memory == text

    def test_the_same_text_in_the_same_scope_is_one_memory(self, memory: Memory) -> None:
        first = memory.add("Ada prefers tea.", user_id="ada").results[0]
        again = memory.add("Ada prefers tea.", user_id="ada").results[0]
        assert (again.event, again.id) == ("TOUCH", first.id)
        assert memory.add("Ada prefers tea.", user_id="bob").results[0].event == "ADD"
        assert len(memory.get_all(user_id="ada").results) == 1

    def test_the_same_message_twice_is_two_turns(self, memory: Memory) -> None:
        yes = {"role": "user", "content": "Yes."}
        added = memory.add([yes, yes], session_id="s1").results
        assert [entry.event for entry in added] == ["ADD", "ADD"]
        assert len({entry.id for entry in added}) == 2

    def test_many_are_stored_in_order(self, memory: Memory) -> None:
        items: list[Any] = [
            "A plain text.",
            {"content": "A mapping.", "tags": ["mapped"]},
            AddRequest(content="A request.", user_id="bob"),
            MessageIn(role="user", content="A message."),
        ]
        added = memory.add_many(items, user_id="ada").results
        assert [entry.memory for entry in added] == [
            "A plain text.",
            "A mapping.",
            "A request.",
            "A message.",
        ]
        assert memory.get(added[1].id).tags == ("mapped",)
        assert memory.get(added[2].id).user_id == "bob"
        assert memory.get(added[3].id).user_id == "ada"

    def test_many_are_stored_or_none(self, memory: Memory) -> None:
        memory.add("There already.", user_id="ada", external_id="taken")
        items = [{"content": f"Text {n}."} for n in range(5)]
        items.append({"content": "Too late.", "external_id": "taken"})
        with pytest.raises(AlreadyExists):
            memory.add_many(items, user_id="ada")
        assert [record.memory for record in memory.get_all(user_id="ada").results] == [
            "There already."
        ]
        assert memory.search("Text 3", user_id="ada", threshold=0.0).results[0].memory == (
            "There already."
        )

    def test_a_repeated_add_under_one_key_stores_once(self, memory: Memory) -> None:
        first = memory.add(TURNS, session_id="s1", idempotency_key="k1")
        again = memory.add(TURNS, session_id="s1", idempotency_key="k1")
        assert again == first
        assert len(memory.get_all(session_id="s1").results) == len(TURNS)

    def test_a_key_stands_for_one_request(self, memory: Memory) -> None:
        memory.add("One thing.", user_id="ada", idempotency_key="k1")
        with pytest.raises(IdempotencyConflict):
            memory.add("Another thing.", user_id="ada", idempotency_key="k1")
        assert len(memory.get_all(user_id="ada").results) == 1

    def test_a_repeated_batch_under_one_key_stores_once(self, memory: Memory) -> None:
        batch = [{"role": "user", "content": "Yes."}, {"role": "user", "content": "No."}]
        first = memory.add_many(batch, session_id="s1", idempotency_key="batch 1")
        assert memory.add_many(batch, session_id="s1", idempotency_key="batch 1") == first
        assert len(memory.get_all(session_id="s1").results) == 2

    def test_an_external_id_is_unique_in_its_scope(self, memory: Memory) -> None:
        first = memory.add("Order of June.", user_id="ada", external_id="order-1").results[0]
        with pytest.raises(AlreadyExists) as caught:
            memory.add("Another order.", user_id="ada", external_id="order-1")
        assert caught.value.code == "already_exists"
        memory.add("Bob's order.", user_id="bob", external_id="order-1")
        memory.delete(first.id)
        memory.add("The order of July.", user_id="ada", external_id="order-1")

    def test_run_id_beside_session_id_must_say_the_same(self, memory: Memory) -> None:
        added = memory.add("In a run.", run_id="r1", session_id="r1").results[0]
        assert memory.get(added.id).session_id == "r1"
        with pytest.raises(InvalidInput, match="session_id and run_id"):
            memory.search("run", run_id="r1", session_id="r2")

    def test_run_id_means_session_id(self, memory: Memory) -> None:
        added = memory.add("In a run.", run_id="r1").results[0]
        assert memory.get(added.id).session_id == "r1"
        assert [hit.id for hit in memory.search("run", run_id="r1").results] == [added.id]
        assert len(memory.get_all(session_id="r1").results) == 1

    def test_inferring_without_a_model_is_refused_and_stores_nothing(self, memory: Memory) -> None:
        with pytest.raises(NotSupported):
            memory.add("Ada moved to Bergen.", user_id="ada", infer=True)
        assert memory.get_all(user_id="ada").results == ()

    def test_a_caller_may_claim_less_trust_and_never_more(self, memory: Memory) -> None:
        plain = memory.get(memory.add("Said by a person.", user_id="ada").results[0].id)
        lower = memory.add("From a page.", user_id="ada", source_class="retrieved").results[0]
        higher = memory.add("From nobody.", user_id="ada", source_class="operator").results[0]
        assert memory.get(lower.id).trust == "untrusted"
        assert memory.get(higher.id).trust == plain.trust

    def test_an_answer_serialises_to_results(self, memory: Memory) -> None:
        dumped = memory.add("Ada prefers tea.", user_id="ada").model_dump(mode="json")
        assert dumped["results"][0]["event"] == "ADD"
        assert dumped["cost"] == {"tokens": 0, "money": 0.0}
