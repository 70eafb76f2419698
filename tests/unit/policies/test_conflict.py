"""Which of two facts about the same stands."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from memory_os.domain.vocabulary import Trust
from memory_os.policies.conflict import Claim, Settle, settle

Y20, Y22, Y24, Y26 = (datetime(year, 1, 1, tzinfo=UTC) for year in (2020, 2022, 2024, 2026))
OLD = Claim("Oslo", Trust.STANDARD, told_at=Y24)
NEW = Claim("Graz", Trust.STANDARD, told_at=Y26)


def test_the_later_beginning_supersedes_and_says_where_the_other_ends() -> None:
    ruling = settle(NEW, OLD)
    assert (ruling.action, ruling.reason, ruling.at) == (Settle.SUPERSEDE, "later", Y26)
    stated = replace(NEW, valid_from=Y26)
    assert settle(stated, replace(OLD, valid_from=Y20)).at == Y26


@pytest.mark.parametrize("found", ["Oslo", " oslo "])
def test_the_same_object_agrees(found: str) -> None:
    assert settle(replace(NEW, object=found), OLD).action is Settle.AGREE


def test_facts_without_objects_agree_and_an_object_beside_none_does_not() -> None:
    nothing = replace(OLD, object=None)
    assert settle(replace(NEW, object=None), nothing).action is Settle.AGREE
    assert settle(NEW, nothing).action is Settle.SUPERSEDE


def test_other_times_agree() -> None:
    past = replace(OLD, valid_from=Y20, valid_to=Y22)
    assert settle(replace(NEW, valid_from=Y22), past).action is Settle.AGREE


def test_lower_trust_never_supersedes() -> None:
    ruling = settle(replace(NEW, trust=Trust.LOW), OLD)
    assert (ruling.action, ruling.reason) == (Settle.LINK, "lower_trust")


def test_higher_trust_wins() -> None:
    ruling = settle(replace(NEW, trust=Trust.VERIFIED), OLD)
    assert (ruling.action, ruling.reason) == (Settle.SUPERSEDE, "higher_trust")


def test_an_earlier_stated_time_ends_where_the_known_one_begins() -> None:
    ruling = settle(replace(NEW, valid_from=Y20), replace(OLD, valid_from=Y22))
    assert (ruling.action, ruling.at) == (Settle.PRECEDE, Y22)


def test_what_cannot_be_ordered_is_linked() -> None:
    assert settle(replace(NEW, valid_from=Y24), OLD).reason == "undecided"
    assert settle(replace(NEW, valid_from=Y20), OLD).reason == "undecided"
    assert settle(NEW, replace(OLD, movable=False)).reason == "held"
