"""The simulation: the same seed, the same year; other sets, other ends."""

import xml.etree.ElementTree as ET
from typing import Any

from memory_os.domain.operations.policies import SimulatedDay
from memory_os.policies.drawing import drawn
from memory_os.policies.policy_set import BUILT_IN, policy_set
from memory_os.policies.simulation import marks, simulate
from memory_os.policies.synthetic import seeds


def last(**settings: Any) -> SimulatedDay:
    return simulate(policy_set(settings), 200, 10.0, 3)[-1]


def test_the_same_seed_gives_the_same_days_and_another_others() -> None:
    assert simulate(BUILT_IN, 60, 10.0, 3) == simulate(BUILT_IN, 60, 10.0, 3)
    assert simulate(BUILT_IN, 60, 10.0, 3) != simulate(BUILT_IN, 60, 10.0, 4)


def test_what_happens_does_not_depend_on_the_policies() -> None:
    assert last().created == last(archive={"below": 0.4}).created == len(list(seeds(200, 10.0, 3)))


def test_no_memory_is_lost_or_counted_twice() -> None:
    for day in simulate(policy_set({"eviction": {"text": {"max_count": 300}}}), 200, 10.0, 3):
        standing = day.generated + day.activated + day.archived + day.expired
        assert standing == day.created
        assert day.archivals + day.evictions - day.reactivations >= day.archived
        assert day.generated + day.activated <= 300


def test_a_stricter_set_archives_more_and_misses_more() -> None:
    plain, strict = last(), last(archive={"below": 0.4})
    assert strict.archived > plain.archived
    assert strict.misses > plain.misses


def test_a_budget_evicts_and_a_default_life_expires() -> None:
    assert last().evictions == 0
    assert last(eviction={"text": {"max_bytes": 50_000}}).evictions > 0
    brief = last(ttl={"default_seconds": {"message": 86_400}})
    assert brief.expired > last().expired * 10
    life = {"default_seconds": {"fact": 50 * 86_400}}
    renewed = last(ttl={**life, "refresh_on_read": True})
    assert 0 < renewed.expired < last(ttl=life).expired


def test_marks_end_with_the_last_day() -> None:
    told = simulate(BUILT_IN, 37, 2.0, 0)
    days = [day.day for day in marks(told)]
    assert days[-1] == 37
    assert len(days) <= 14
    assert [day.day for day in marks(told[:1])] == [1]


def test_the_plot_is_a_picture_that_needs_nothing_else() -> None:
    picture = drawn(simulate(BUILT_IN, 30, 5.0, 0), "a<b")
    tree = ET.fromstring(picture)
    assert tree.tag.endswith("svg")
    assert sum(part.tag.endswith("polygon") for part in tree) == 4
    assert "a&lt;b" in picture
    assert "href" not in picture
    assert drawn(simulate(BUILT_IN, 1, 1e-9, 0), "empty").startswith("<svg")
