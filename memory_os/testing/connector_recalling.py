"""What a connector finds; part of ``MemorySuite``."""

import re
from typing import Any

import pytest

from memory_os.domain.operations import DocumentIn, MessageIn
from memory_os.sdk import Memory

FACTS = [
    "Ada keeps the spare key behind the kitchen clock.",
    "Invoice ZX-4471-Q was paid in March.",
    "The automobile broke down on the motorway.",
    "Grandmother bakes bread with caraway every Sunday.",
    "The ferry to Stavanger leaves at half past six.",
    "Our physician recommended more sleep.",
    "The choir rehearses in the old church.",
    "Bob repaired the garden fence with oak boards.",
]


def filled(memory: Memory, user_id: str = "ada") -> list[str]:
    """Store the facts and return their ids."""
    return [added.id for added in memory.add_many(FACTS, user_id=user_id).results]


class RecallingTests:
    """Search and context."""

    def test_answers_are_read_like_dictionaries(self, memory: Memory) -> None:
        filled(memory)
        (added,) = memory.add("Ada drinks tea.", user_id="ada")["results"]
        found = memory.search("What does Ada drink?", user_id="ada")
        assert found["results"][0]["memory"] == "Ada drinks tea."
        assert found["results"][0].get("id") == added["id"]
        assert "outcome" in found
        assert "nothing" not in found
        assert found.get("nothing", 3) == 3
        with pytest.raises(KeyError, match="nothing"):
            found["nothing"]

    def test_a_small_budget_holds_the_start_of_what_was_found(self, memory: Memory) -> None:
        text = "The harbour ferry " + "sails past the old lighthouse " * 7
        memory.add(text, user_id="ada")
        for budget in range(16, 31):
            context = memory.context("harbour ferry", user_id="ada", max_tokens=budget)
            (citation,) = context.citations
            assert (context.outcome, citation.cut) == ("found", True)
            assert context.text == f"[1] {text[slice(*citation.span)]} …"
            assert budget - 1 <= context.tokens <= budget
        whole = memory.context("harbour ferry", user_id="ada")
        assert not whole.citations[0].cut

    def test_a_budget_without_room_for_one_line_says_so(self, memory: Memory) -> None:
        title = "A very long title of a manual " * 9
        memory.add(DocumentIn(text="Empty the ash weekly.", title=title), user_id="ada")
        context = memory.context("ash", user_id="ada", max_tokens=16)
        assert (context.text, context.citations, context.outcome) == ("", (), "no_room")
        assert [dropped.reason for dropped in context.dropped] == ["budget"]

    def test_a_word_that_only_one_memory_holds_finds_it(self, memory: Memory) -> None:
        ids = filled(memory)
        found = memory.search("ZX-4471-Q", user_id="ada")
        assert found.outcome == "found"
        assert found.results[0].id == ids[1]

    @pytest.mark.parametrize(
        ("question", "place"),
        [("trouble with the car on the highway", 2), ("what did the doctor advise", 5)],
    )
    def test_a_question_in_other_words_finds_its_answer(
        self, memory: Memory, question: str, place: int
    ) -> None:
        ids = filled(memory)
        found = memory.search(question, user_id="ada", threshold=0.0).results
        assert ids[place] in [hit.id for hit in found[:2]]

    def test_hits_come_best_first(self, memory: Memory) -> None:
        filled(memory)
        hits = memory.search("Where is the spare key?", user_id="ada", threshold=0.0).results
        assert hits[0].memory == FACTS[0]
        assert [hit.score for hit in hits] == sorted((hit.score for hit in hits), reverse=True)
        assert all(0.0 <= hit.relevance <= 1.0 for hit in hits)
        assert len({hit.id for hit in hits}) == len(hits)

    def test_what_was_added_is_found_at_once(self, memory: Memory) -> None:
        for number in range(20):
            added = memory.add(f"Locker {number} opens with code {number * 7919}.", user_id="ada")
            hits = memory.search(f"code {number * 7919}", user_id="ada").results
            assert hits[0].id == added.results[0].id

    def test_an_empty_scope_and_a_question_without_answer_are_told_apart(
        self, memory: Memory
    ) -> None:
        assert memory.search("anything", user_id="nobody").outcome == "empty"
        filled(memory)
        assert memory.search("anything", user_id="nobody").outcome == "empty"
        refused = memory.search("Where is the key?", user_id="ada", threshold=1.0)
        assert (refused.outcome, refused.results) == ("below_threshold", ())

    def test_a_question_that_nothing_answers_is_not_answered(self, memory: Memory) -> None:
        filled(memory)
        found = memory.search("Which quasar did the observatory measure?", user_id="ada")
        assert (found.outcome, found.results) == ("below_threshold", ())

    def test_a_threshold_bounds_every_relevance(self, memory: Memory) -> None:
        filled(memory)
        every = memory.search("key clock bread", user_id="ada", threshold=0.0).results
        bound = every[0].relevance
        some = memory.search("key clock bread", user_id="ada", threshold=bound).results
        assert 0 < len(some) < len(every)
        assert all(hit.relevance >= bound for hit in some)

    def test_filters_come_before_ranking_so_that_top_k_is_full(self, memory: Memory) -> None:
        loud = [
            {"content": f"Tea, tea and more tea, pot {n}.", "tags": ["loud"]} for n in range(60)
        ]
        quiet = [
            {"content": f"Note {n}: someone once had tea.", "tags": ["quiet"]} for n in range(20)
        ]
        memory.add_many(loud + quiet, user_id="ada")
        found = memory.search(
            "tea", user_id="ada", top_k=20, threshold=0.0, filters={"tags": {"contains": "quiet"}}
        ).results
        assert len(found) == 20
        assert all(hit.tags == ("quiet",) for hit in found)

    def test_top_k_bounds_the_answer(self, memory: Memory) -> None:
        filled(memory)
        for top_k in (1, 3, 8, 100):
            hits = memory.search("the", user_id="ada", top_k=top_k, threshold=0.0).results
            assert len(hits) <= min(top_k, len(FACTS))
        assert len(memory.search("key", user_id="ada", top_k=1).results) == 1

    def test_a_token_bound_cuts_the_answer(self, memory: Memory) -> None:
        filled(memory)
        every = memory.search("key clock", user_id="ada", threshold=0.0).results
        few = memory.search("key clock", user_id="ada", threshold=0.0, max_tokens=25).results
        assert 0 < len(few) < len(every)
        assert [hit.id for hit in few] == [hit.id for hit in every[: len(few)]]

    def test_an_explanation_comes_on_request(self, memory: Memory) -> None:
        filled(memory)
        plain = memory.search("spare key", user_id="ada")
        told = memory.search("spare key", user_id="ada", explain=True)
        assert all(hit.scores is None for hit in plain.results)
        assert told.results[0].scores
        assert [hit.id for hit in told.results] == [hit.id for hit in plain.results]

    def test_time_bounds_apply_to_when_it_was_said(self, memory: Memory) -> None:
        turns = [
            {
                "role": "user",
                "content": f"Trip {n} went well.",
                "timestamp": f"2025-0{n}-15T12:00:00Z",
            }
            for n in range(1, 7)
        ]
        memory.add(turns, user_id="ada")
        found = memory.search(
            "How was the trip?",
            user_id="ada",
            since="2025-03-15T12:00:00Z",
            until="2025-05-15T12:00:00Z",
            threshold=0.0,
        ).results
        assert sorted(hit.memory for hit in found) == ["Trip 3 went well.", "Trip 4 went well."]

    def test_types_and_trust_bound_what_is_found(self, memory: Memory) -> None:
        memory.add("Tea is drunk at four.", user_id="ada", semantic_type="fact")
        memory.add("Ada likes tea.", user_id="ada", semantic_type="preference")
        memory.add("Tea cures all.", user_id="ada", source_class="retrieved")
        liked = memory.search("tea", user_id="ada", semantic_types=["preference"], threshold=0.0)
        assert [hit.memory for hit in liked.results] == ["Ada likes tea."]
        trusted = memory.search("tea", user_id="ada", min_trust="low", threshold=0.0).results
        assert "Tea cures all." not in [hit.memory for hit in trusted]
        assert len(trusted) == 2

    def test_a_search_serialises_to_results(self, memory: Memory) -> None:
        filled(memory)
        dumped = memory.search("spare key", user_id="ada").model_dump(mode="json")
        assert dumped["outcome"] == "found"
        first = dumped["results"][0]
        assert (first["memory"], first["user_id"]) == (FACTS[0], "ada")
        assert {"id", "score", "relevance", "metadata", "created_at", "version"} <= set(first)

    @pytest.mark.parametrize("budget", [16, 40, 100, 1_000])
    def test_a_context_keeps_to_its_budget(self, memory: Memory, budget: int) -> None:
        filled(memory)
        packed = memory.context(
            "key clock bread ferry", user_id="ada", max_tokens=budget, threshold=0.0
        )
        assert packed.tokens <= budget
        assert bool(packed.text) == bool(packed.citations)

    def test_every_line_of_a_context_is_cited(self, memory: Memory) -> None:
        filled(memory)
        packed = memory.context("Where is the spare key?", user_id="ada", threshold=0.0)
        assert FACTS[0] in packed.text
        markers = [citation.marker for citation in packed.citations]
        assert len(set(markers)) == len(markers) > 0
        for citation in packed.citations:
            cited = memory.get(citation.id)
            assert citation.marker in packed.text
            assert cited.version == citation.version
            assert cited.memory[slice(*citation.span)] in packed.text
        assert re.sub(r"\s", "", packed.text)

    def test_what_does_not_fit_is_named(self, memory: Memory) -> None:
        filled(memory)
        packed = memory.context("key clock bread", user_id="ada", max_tokens=40, threshold=0.0)
        cited = {citation.id for citation in packed.citations}
        dropped = {left.id for left in packed.dropped}
        assert dropped
        assert all(left.reason for left in packed.dropped)
        assert not cited & dropped

    def test_a_context_for_a_conversation_answers_its_last_turns(self, memory: Memory) -> None:
        filled(memory)
        conversation: list[dict[str, Any] | MessageIn] = [
            {"role": "user", "content": "Hello!"},
            {"role": "assistant", "content": "Hello, how can I help?"},
            {"role": "user", "content": "Where does Ada keep the spare key?"},
        ]
        assert FACTS[0] in memory.context(conversation, user_id="ada").text

    def test_an_empty_context_says_why(self, memory: Memory) -> None:
        nothing = memory.context("anything", user_id="nobody")
        assert (nothing.outcome, nothing.text, nothing.citations) == ("empty", "", ())
        filled(memory)
        refused = memory.context("spare key", user_id="ada", threshold=1.0)
        assert (refused.outcome, refused.text) == ("below_threshold", "")
