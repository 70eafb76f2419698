"""What a context leaves out although there is room for it."""

import memory_os
from memory_os import Memory

ANSWER = "My sister Clara keeps bees behind the old mill."
OTHERS = (
    "The train to Lund leaves at seven.",
    "Repotted the ferns on the balcony.",
    "The quarterly report is due in June.",
    "Sold the bicycle to a neighbour.",
)
QUESTION = "Where does my sister Clara keep bees?"


def remember(*texts: str) -> Memory:
    memory = memory_os.connect("sqlite://")
    memory.add_many(texts, user_id="u")
    return memory


def test_a_context_is_not_filled_with_what_has_nothing_to_do_with_the_question() -> None:
    with remember(ANSWER, *OTHERS) as memory:
        packed = memory.context(QUESTION, user_id="u")
        hits = memory.search(QUESTION, user_id="u").results
        assert packed.text.splitlines()[-1] == f"[1] {ANSWER}"
        assert {left.reason for left in packed.dropped} == {"irrelevant"}
        found = {hit.id for hit in hits}
        assert {left.id for left in packed.dropped} == found - {packed.citations[0].id}
        assert len(found) == 1 + len(OTHERS)


def test_a_threshold_says_what_belongs_in_instead() -> None:
    with remember(ANSWER, *OTHERS) as memory:
        packed = memory.context(QUESTION, user_id="u", threshold=0.0)
        assert len(packed.citations) == 1 + len(OTHERS)


def test_what_is_unlikely_is_shown_where_nothing_is_likelier() -> None:
    with remember("My dog Rex sleeps on the sofa.", *OTHERS) as memory:
        packed = memory.context("puppy", user_id="u")
        assert "Rex" in packed.text
        assert packed.citations[0].relevance < 0.02
        assert len(packed.citations) > 1
