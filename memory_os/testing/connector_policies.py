"""Policies, feedback, sweeps and simulations; part of ``MemorySuite``."""

from collections.abc import Callable

import pytest

from memory_os.errors import (
    InvalidInput,
    NotFound,
    VersionConflict,
)
from memory_os.sdk import Memory
from memory_os.testing.connector_changing import UNKNOWN

PassTime = Callable[[float], object]
SHORT = {"decay": {"half_life_days": {"fact": 0.000001}}}
"""Facts halve in a tenth of a second, so that a suite without a clock can watch them fade."""


def fact(memory: Memory, text: str, **options: object) -> str:
    """Store a fact and return its id."""
    fields = {"user_id": "ada", "semantic_type": "fact", **options}
    return memory.add(text, **fields).results[0].id  # type: ignore[arg-type]


class PolicyTests:
    """Policy sets, what they do to memories, and what feedback does."""

    def test_the_default_set_is_there_without_being_set(self, memory: Memory) -> None:
        (record,) = memory.policies().results
        assert (record.name, record.version, record.agents, record.at) == ("default", 0, (), None)
        assert memory.policy("default") == record
        assert record.settings["archive"] == {"below": 0.1, "after_valid_days": 30.0}

    def test_a_set_is_set_in_versions_that_stay(self, memory: Memory) -> None:
        first = memory.set_policy("default", {"archive": {"below": 0.2}}, reason="tidy")
        assert (first.version, first.reason) == (1, "tidy")
        assert first.by
        assert first.at is not None
        second = memory.set_policy("default", "[archive]\nbelow = 0.3\n")
        assert second.version == 2
        assert memory.policy("default") == second
        assert memory.policy("default", version=1) == first
        again = memory.set_policy("default", '{"archive": {"below": 0.3}}')
        assert again == second, "what it already says makes no new version"

    def test_a_set_is_for_agents_and_an_agent_has_one(self, memory: Memory) -> None:
        memory.set_policy("strict", {"archive": {"below": 0.3}}, agents=["cook", "guide"])
        memory.set_policy("mild", {}, agents=["guide"])
        agents = {record.name: record.agents for record in memory.policies().results}
        assert agents == {"default": (), "mild": ("guide",), "strict": ("cook",)}
        record = memory.set_policy("strict", agents=[])
        assert (record.version, record.agents) == (2, ())
        assert record.settings["archive"] == {"below": 0.3, "after_valid_days": 30.0}

    def test_a_wrong_setting_is_refused_by_its_name(self, memory: Memory) -> None:
        with pytest.raises(InvalidInput, match=r"settings\.archive\.below"):
            memory.set_policy("default", {"archive": {"below": 2}})
        with pytest.raises(InvalidInput, match=r"settings\.decya: there is no such setting"):
            memory.set_policy("default", {"decya": {}})
        with pytest.raises(InvalidInput, match="no TOML"):
            memory.set_policy("default", "archive below 0.2")
        with pytest.raises(InvalidInput, match="no JSON"):
            memory.set_policy("default", '{"archive": ')
        with pytest.raises(InvalidInput, match="settings, agents or both"):
            memory.set_policy("default")
        assert memory.policy("default").version == 0

    def test_a_set_is_checked_without_being_set(self, memory: Memory) -> None:
        record = memory.set_policy("default", {"archive": {"below": 0.2}}, dry_run=True)
        assert (record.version, record.dry_run) == (1, True)
        assert memory.policy("default").version == 0

    def test_a_set_that_moved_on_is_not_overwritten(self, memory: Memory) -> None:
        memory.set_policy("default", {"archive": {"below": 0.2}}, expected_version=0)
        with pytest.raises(VersionConflict):
            memory.set_policy("default", {"archive": {"below": 0.3}}, expected_version=0)
        assert memory.policy("default").version == 1

    def test_an_unknown_set_is_not_found(self, memory: Memory) -> None:
        for name, version in (("unknown", None), ("default", 7), ("no name!", None)):
            with pytest.raises(NotFound):
                memory.policy(name, version=version)
        with pytest.raises(NotFound):
            memory.simulate_policy("unknown", days=1)

    def test_feedback_makes_stronger_or_weaker(self, memory: Memory) -> None:
        one = fact(memory, "Ada drinks tea.")
        cited = memory.feedback(one, "cited", reason="answered")
        assert (cited.id, cited.uses.cited) == (one, 1)
        assert cited.strength == pytest.approx(2, abs=0.001)
        assert cited.sigma == pytest.approx(2 / 3, abs=0.001)
        assert cited.half_life_days == pytest.approx(60, abs=0.01)
        assert memory.feedback(one, "confirmed").strength == pytest.approx(4, abs=0.001)
        weaker = memory.feedback(one, "unhelpful")
        assert weaker.strength == pytest.approx(3, abs=0.001)
        assert (weaker.uses.confirmed, weaker.uses.unhelpful) == (1, 1)

    def test_feedback_counts_what_contexts_took_in(self, memory: Memory) -> None:
        one = fact(memory, "Ada drinks tea.")
        for _ in range(2):
            memory.context("What does Ada drink?", user_id="ada")
        memory.search("What does Ada drink?", user_id="ada")
        told = memory.feedback(one, "cited")
        assert (told.uses.in_context, told.uses.cited) == (2, 1)
        assert told.strength == pytest.approx(2.5, abs=0.001)

    def test_feedback_is_for_what_is_there(self, memory: Memory) -> None:
        with pytest.raises(NotFound):
            memory.feedback(UNKNOWN, "cited")
        gone = fact(memory, "Ada drinks tea.")
        memory.delete(gone)
        with pytest.raises(NotFound):
            memory.feedback(gone, "cited")
        with pytest.raises(InvalidInput, match="signal"):
            memory.feedback(gone, "liked")

    def test_what_was_useful_is_activated(self, memory: Memory) -> None:
        one, other = fact(memory, "Ada drinks tea."), fact(memory, "Bo drinks coffee.")
        memory.feedback(one, "cited")
        planned = memory.run_policies(["decay"], user_id="ada", dry_run=True)
        assert (planned.moved, planned.dry_run) == (1, True)
        assert memory.get(one).state == "generated"
        done = memory.run_policies(["decay"], user_id="ada", reason="by hand")
        assert done.results == planned.results
        (move,) = done.results
        assert (move.id, move.event, move.to_state) == (one, "activate", "activated")
        assert (move.policy, move.reason, move.policies) == ("decay", "strong", "default@0")
        assert memory.get(one).state == "activated"
        assert memory.get(one).state_reason == "decay by default@0: strong; by hand"
        assert memory.get(other).state == "generated"
        assert memory.run_policies(["decay"], user_id="ada").moved == 0

    def test_what_nobody_uses_is_archived_and_comes_back_on_request(
        self, memory: Memory, pass_time: PassTime
    ) -> None:
        memory.set_policy("default", SHORT)
        faded, pinned = fact(memory, "Ada drinks tea."), fact(memory, "Bo eats rice.", pinned=True)
        pass_time(0.6)
        done = memory.run_policies(["archive"], user_id="ada")
        assert done.counts == {"archive": {"archive": 1}}
        assert (memory.get(faded).state, memory.get(pinned).state) == ("archived", "generated")
        assert "archive by default@1: faded" in memory.get(faded).state_reason
        hits = memory.search("tea", user_id="ada", threshold=0.0).results
        assert [hit.id for hit in hits] == [pinned]
        assert memory.restore(faded).state == "generated"

    def test_agents_age_by_their_own_sets(self, memory: Memory, pass_time: PassTime) -> None:
        memory.set_policy("brief", SHORT, agents=["cook"])
        brief = fact(memory, "Ada drinks tea.", agent_id="cook")
        lasting = fact(memory, "Ada eats rice.", agent_id="guide")
        pass_time(0.6)
        done = memory.run_policies(user_id="ada")
        assert [(move.id, move.policies) for move in done.results] == [(brief, "brief@1")]
        assert memory.get(lasting).state == "generated"

    def test_a_frozen_memory_stays_whatever_a_policy_wants(
        self, memory: Memory, pass_time: PassTime
    ) -> None:
        memory.set_policy("default", SHORT)
        frozen = fact(memory, "Ada drinks tea.", ttl_seconds=1)
        memory.freeze(frozen)
        kept = fact(memory, "Bo eats rice.", ttl_seconds=1, retain_until="2400-01-01T00:00:00Z")
        pass_time(1.1)
        done = memory.run_policies(user_id="ada")
        assert done.moved == 0
        assert memory.get(frozen).state == "frozen"
        assert [refused.id for refused in done.refused] in ([], [kept])

    def test_a_time_that_is_over_is_swept(self, memory: Memory, pass_time: PassTime) -> None:
        brief = fact(memory, "Ada drinks tea.", ttl_seconds=1)
        pass_time(1.1)
        (move,) = memory.run_policies(["ttl"], user_id="ada").results
        assert (move.id, move.event, move.reason) == (brief, "expire", "ttl_due")
        assert memory.run_policies(["ttl"], user_id="ada").moved == 0
        assert memory.restore(brief).state == "generated"

    def test_a_default_life_is_given_to_what_says_none(self, memory: Memory) -> None:
        settings = {"ttl": {"default_seconds": {"fact": 3_600}, "max_seconds": 86_400}}
        memory.set_policy("default", settings)
        brief = memory.get(fact(memory, "Ada drinks tea."))
        assert brief.expires_at is not None
        assert (brief.expires_at - brief.created_at).total_seconds() == 3_600
        capped = memory.get(fact(memory, "Bo eats rice.", ttl_seconds=10**7))
        assert capped.expires_at is not None
        assert (capped.expires_at - capped.created_at).total_seconds() == 86_400

    def test_a_use_starts_a_life_anew_where_that_was_said(
        self, memory: Memory, pass_time: PassTime
    ) -> None:
        one = fact(memory, "Ada drinks tea.", ttl_seconds=3_600, refresh_on_read=True)
        before = memory.get(one).expires_at
        pass_time(0.05)
        told = memory.feedback(one, "cited")
        assert before is not None
        assert told.expires_at is not None
        assert told.expires_at > before
        assert memory.get(one).expires_at == told.expires_at
        with pytest.raises(InvalidInput, match="refresh_on_read"):
            memory.add("x", expires_at="2400-01-01T00:00:00Z", refresh_on_read=True)

    def test_what_does_not_fit_a_budget_is_archived_not_deleted(self, memory: Memory) -> None:
        memory.set_policy("default", {"eviction": {"text": {"max_count": 10}, "per": "user"}})
        made = [fact(memory, f"Ada owns {number} books.") for number in range(11)]
        pinned = fact(memory, "Ada owns a boat.", pinned=True)
        memory.feedback(made[0], "cited")
        elsewhere = fact(memory, "Bo owns a boat.", user_id="bo")
        done = memory.run_policies(["evict"])
        assert done.counts == {"evict": {"archive": 4}}
        assert {move.reason for move in done.results} == {"over_budget"}
        states = {each: memory.get(each).state for each in (*made, pinned, elsewhere)}
        assert sum(state == "archived" for state in states.values()) == 4
        assert {states[made[0]], states[pinned], states[elsewhere]} == {"generated"}

    def test_a_sweep_lists_no_more_than_was_asked_for(self, memory: Memory) -> None:
        for number in range(3):
            memory.feedback(fact(memory, f"Ada owns {number} books."), "confirmed")
        done = memory.run_policies("decay", user_id="ada", limit=1)
        assert (len(done.results), done.moved) == (1, 3)
        with pytest.raises(InvalidInput, match="policies"):
            memory.run_policies(["forget"])
        with pytest.raises(InvalidInput, match="policies"):
            memory.run_policies([])

    def test_a_simulation_is_the_same_for_the_same_seed(self, memory: Memory) -> None:
        found = memory.simulate_policy(days=30, seed=5, daily=4)
        assert found == memory.simulate_policy("default", days=30, seed=5, daily=4)
        assert [day.day for day in found.results] == list(range(1, 31))
        assert (found.name, found.version, found.svg) == ("default", 0, None)
        assert memory.get_all().results == ()

    def test_a_simulation_shows_what_other_settings_would_do(self, memory: Memory) -> None:
        plain = memory.simulate_policy(days=60, daily=4).results[-1]
        strict = memory.simulate_policy(
            "strict", {"archive": {"below": 0.4}}, days=60, daily=4, plot=True
        )
        assert strict.results[-1].archived > plain.archived
        assert strict.results[-1].created == plain.created
        assert strict.svg is not None
        assert strict.svg.startswith("<svg")
        memory.set_policy("strict", {"archive": {"below": 0.4}})
        stored = memory.simulate_policy("strict", days=60, daily=4)
        assert (stored.results, stored.version) == (strict.results, 1)
        with pytest.raises(InvalidInput, match="days times daily"):
            memory.simulate_policy(days=3_650, daily=200)

    def test_a_set_says_how_alike_duplicates_must_be(self, memory: Memory) -> None:
        fact(memory, "Ada visits Oslo on Monday.")
        fact(memory, "Ada visits Oslo on Tuesday.")
        assert len(memory.duplicates(user_id="ada").results) == 1
        memory.set_policy("default", {"merge": {"near_cosine": 1.0, "near_bits": 0}})
        assert memory.duplicates(user_id="ada").results == ()
