"""Eviction: who leaves, in which order, and when it stops."""

from memory_os.domain.vocabulary import Kind
from memory_os.policies.eviction import Held, judge
from memory_os.policies.policy_set import Eviction
from memory_os.policies.verdict import Action


def settings(**text: int) -> Eviction:
    return Eviction.model_validate({"text": text, "activation": text})


def gone(group: list[Held], kind: Kind = Kind.TEXT, **text: int) -> list[str]:
    return [held.cube_id for held, _ in judge(group, kind, settings(**text))]


TEN = [Held(f"m{place}", 0.1 * (place + 1), 10) for place in range(10)]


def test_without_a_budget_nobody_leaves() -> None:
    assert gone(TEN) == []
    assert gone([], max_count=1) == []


def test_it_starts_above_95_percent_and_stops_at_85() -> None:
    assert gone(TEN, max_count=11) == []
    assert gone(TEN, max_count=10) == ["m0", "m1"]
    assert gone(TEN, max_bytes=100) == ["m0", "m1"]
    assert gone(TEN, max_bytes=106) == []


def test_the_weakest_for_its_size_goes_first() -> None:
    group = [Held("strong", 0.9, 10), Held("large", 0.9, 1_000), Held("weak", 0.2, 10)]
    assert gone(group, max_count=2) == ["large", "weak"]
    assert gone(group, max_bytes=1_000) == ["large"]


def test_what_is_pinned_counts_but_stays() -> None:
    group = [Held("pinned", 0.0, 10, pinned=True), Held("other", 0.5, 10)]
    assert gone(group, max_count=1) == ["other"]


def test_equal_worth_goes_by_id() -> None:
    group = [Held(name, 0.5, 10) for name in ("b", "a", "c")]
    assert gone(group, max_count=3) == ["a"]


def test_a_text_is_archived_and_a_cache_drops_its_tensors() -> None:
    actions = {
        kind: {verdict.action for _, verdict in judge(TEN, kind, settings(max_count=5))}
        for kind in (Kind.TEXT, Kind.ACTIVATION, Kind.PARAMETRIC)
    }
    assert actions == {
        Kind.TEXT: {Action.ARCHIVE},
        Kind.ACTIVATION: {Action.DEMOTE},
        Kind.PARAMETRIC: set(),
    }
