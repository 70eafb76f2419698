"""Interleaving led by a scripted language model."""

from collections.abc import Iterator

import pytest
from langchain_core.language_models.fake_chat_models import FakeListChatModel

import memory_os
from memory_os import Memory


def remember(*answers: str) -> Memory:
    memory = memory_os.connect(
        "sqlite://", language_model=FakeListChatModel(responses=list(answers))
    )
    memory.add("The bakery on Mill Lane is run by Teodor.", user_id="u")
    memory.add("Teodor grew up in a village near Lublin.", user_id="u")
    for number in range(30):
        memory.add(f"Shop number {number} sells bread on Mill Lane at dawn.", user_id="u")
    return memory


@pytest.fixture
def asked() -> Iterator[Memory]:
    with remember("Where did Teodor grow up?", "DONE") as memory:
        yield memory


def test_the_model_asks_for_what_is_missing(asked: Memory) -> None:
    question = "Whose childhood village does the Mill Lane bakery's owner come from?"
    found = asked.search(question, user_id="u", rounds=3, top_k=5, explain=True)
    assert any("Lublin" in hit.memory for hit in found.results)
    assert found.explanation is not None
    assert found.explanation["asked"] == ("Where did Teodor grow up?",)
    assert found.rounds >= 2
    assert (found.explanation or {})["rounds"] == found.rounds


def test_one_round_never_asks_the_model(asked: Memory) -> None:
    found = asked.search("Who runs the bakery?", user_id="u", rounds=1, explain=True)
    assert found.explanation is not None
    assert "asked" not in found.explanation


def test_no_cube_comes_twice(asked: Memory) -> None:
    found = asked.search("Who runs the bakery on Mill Lane?", user_id="u", rounds=2, top_k=10)
    ids = [hit.id for hit in found.results]
    assert len(ids) == len(set(ids)) == 10
    scores = [hit.score for hit in found.results]
    assert scores == sorted(scores, reverse=True)


def test_a_failing_model_leaves_what_was_found_and_says_so() -> None:
    with remember("   ") as memory:
        found = memory.search("Who runs the bakery?", user_id="u", rounds=2)
        assert found.results
        assert found.explanation is not None
        assert "without text" in str(found.explanation["model"])
