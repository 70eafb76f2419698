"""The merging policy: what makes two sentences differ, and what is merged unseen."""

from datetime import UTC, datetime
from typing import Any

import pytest

from memory_os.domain.payload import Fact, Message
from memory_os.domain.vocabulary import SemanticType, Sensitivity, Trust
from memory_os.policies.differing import differences, jaccard
from memory_os.policies.merging import TAUS, Merge, Side, judge, near, overlap
from memory_os.policies.wording import wording
from memory_os_agents.models.static_embedder import StaticEmbedder

JAN, JUN, DEC = (datetime(2026, month, 1, tzinfo=UTC) for month in (1, 6, 12))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Ada drinks tea.", "ada drinks tea"),
        ("Ada drinks tea.", "ADA DRINKS TEA!"),
        ("Ada drinks tea.", "“Ada  drinks tea”"),
        ("Ada doesn't fly.", "Ada does not fly."),
        ("It's been sold.", "It has been sold."),
        ("It's loud.", "It is loud."),
        ("Call at 3 pm.", "Call at 15:00."),
        ("Call at 3 p.m.", "Call at 3pm."),
        ("Due on 3 March 2026.", "Due on March 3, 2026."),
        ("Due on the 3rd of March.", "Due on 3 March."),
        ("Due on 2026-03-03.", "Due on 3 Mar 2026."),
        ("Three swans.", "3 swans."),
        ("The mill made 1,200 sacks.", "The mill made 1200 sacks."),
        ("It is 5km away.", "It is 5 kilometres away."),
        ("It costs €5.", "It costs 5 euros."),
        ("On Monday, Ada flies.", "Ada flies on Monday."),
        ("Yesterday Ada flew.", "Ada flew yesterday."),
        ("If it rains, we stay.", "We stay if it rains."),
        ("Milk, eggs, and flour.", "Milk, eggs and flour."),
        ("Her favorite color.", "Her favourite colour."),
        ("Please close the door.", "Close the door."),
        ("The Team Meets On Monday", "The team meets on Monday"),
        ("", ""),
    ],
)
def test_these_say_the_same(one: str, other: str) -> None:
    assert differences(wording(one), wording(other)) == ()
    assert jaccard(wording(one), wording(other)) == 1.0


@pytest.mark.parametrize(
    ("one", "other", "kinds"),
    [
        ("Room 12 is free.", "Room 21 is free.", ("number",)),
        ("It is -5 degrees.", "It is 5 degrees.", ("number",)),
        ("Due on 3 April 2026.", "Due on 4 March 2026.", ("date",)),
        ("Due on Monday.", "Due on Tuesday.", ("date",)),
        ("Call at 3 am.", "Call at 3 pm.", ("date",)),
        ("We met Bo today.", "We met Cy today.", ("name",)),
        ("We sell Polish glass here.", "We sell polish glass here.", ("name",)),
        ("Ada flies.", "Ada does not fly.", ("negation", "tense", "word")),
        ("The pipe is 30 cm.", "The pipe is 30 mm.", ("number", "unit")),
        ("The share is 5%.", "The share is 5.", ("number", "unit")),
        ("Ada may stay.", "Ada must stay.", ("modality",)),
        ("Ada is here.", "Ada was here.", ("tense",)),
        ("Go if it rains.", "Go unless it rains.", ("condition",)),
        ("It is above the door.", "It is below the door.", ("place",)),
        ("Ada pays Bo.", "Bo pays Ada.", ("order",)),
        ("Ada called before Bo left.", "Bo left before Ada called.", ("order",)),
        ("Ada is here.", "Ada is here?", ("mood",)),
        ("It eats, shoots and leaves.", "It eats shoots and leaves.", ("punctuation",)),
        ("Write it in C.", "Write it in C++.", ("word",)),
        ("The cat is red.", "The cat is blue.", ("word",)),
    ],
)
def test_these_differ_and_it_is_said_in_what(one: str, other: str, kinds: tuple[str, ...]) -> None:
    assert differences(wording(one), wording(other)) == kinds
    assert differences(wording(other), wording(one)) == kinds


def decided(one: Any, other: Any, **changes: Any) -> tuple[Merge, str]:
    evidence = {"cosine": 0.99, "bits": 0, "tau": 0.95, **changes}
    verdict = judge(one, other, **evidence)
    assert verdict.evidence.cosine == evidence["cosine"]
    return verdict.action, verdict.reason


TEA, SAME = Side(Fact("Ada drinks tea.")), Side(Fact("ada drinks tea"))


def test_the_same_words_are_merged_unseen() -> None:
    assert decided(TEA, SAME) == (Merge.MERGE, "same")


def test_an_embedder_that_was_not_measured_merges_nothing_unseen() -> None:
    assert decided(TEA, SAME, tau=None) == (Merge.REVIEW, "embedder_not_measured")


def test_below_the_measured_threshold_nothing_is_merged_unseen() -> None:
    assert decided(TEA, SAME, cosine=0.94) == (Merge.REVIEW, "below_tau")


def test_what_is_not_near_is_apart() -> None:
    assert decided(TEA, SAME, cosine=0.91, bits=4) == (Merge.APART, "not_near")
    assert near(0.92, 64)
    assert near(0.0, 3)


@pytest.mark.parametrize(
    ("other", "reason"),
    [
        (Side(SAME.payload, semantic_type=SemanticType.EPISODE), "other_type"),
        (Side(SAME.payload, trust=Trust.LOW), "other_trust"),
        (Side(SAME.payload, sensitivity=Sensitivity.PUBLIC), "other_sensitivity"),
        (Side(Message("user", "ada drinks tea")), "other_form"),
        (Side(Fact("Ada drinks green tea.")), "differs"),
    ],
)
def test_a_doubt_leaves_the_decision_to_somebody(other: Side, reason: str) -> None:
    assert decided(TEA, other) == (Merge.REVIEW, reason)


def test_turns_of_a_conversation_are_not_merged_unseen() -> None:
    turn = Side(Message("user", "Yes."))
    assert decided(turn, turn) == (Merge.REVIEW, "turn_of_conversation")


def test_a_differing_value_is_a_conflict() -> None:
    assert decided(TEA, Side(Fact("Ada drank tea in 2020."))) == (Merge.REVIEW, "differs")
    one, other = Side(Fact("The code is 12.")), Side(Fact("The code is 21."))
    assert decided(one, other) == (Merge.CONFLICT, "differs")
    oslo = Side(Fact("Home.", "Ada", "lives in", "Oslo"))
    graz = Side(Fact("Home.", "Ada", "lives in", "Graz"))
    bo = Side(Fact("Home.", "Bo", "lives in", "Oslo"))
    assert decided(oslo, graz) == (Merge.CONFLICT, "differs")
    assert decided(oslo, bo) == (Merge.REVIEW, "differs")
    assert decided(oslo, oslo) == (Merge.MERGE, "same")


def test_what_holds_at_other_times_is_apart() -> None:
    early, late = Side(TEA.payload, valid_to=JUN), Side(TEA.payload, valid_from=JUN)
    assert decided(early, late) == (Merge.APART, "other_time")


def test_spans_of_time_are_half_open() -> None:
    assert overlap(None, None, None, None)
    assert overlap(JAN, JUN, None, None)
    assert overlap(JAN, DEC, JUN, None)
    assert not overlap(JAN, JUN, JUN, DEC)
    assert not overlap(JUN, DEC, JAN, JUN)


def test_the_shipped_embedder_has_a_measured_threshold() -> None:
    assert StaticEmbedder().fingerprint in TAUS
