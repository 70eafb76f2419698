"""What counts as an answer: paraphrases, times that a question names, several passages."""

from datetime import UTC, datetime

import memory_os
from memory_os.domain.hit import Outcome

FACTS = (
    "My sister is called Clara.",
    "I am allergic to peanuts.",
    "The wifi password is on the fridge.",
    "My dog Rex sleeps on the sofa.",
    "I work as a nurse at the county hospital.",
    "I run ten kilometres every Sunday.",
)


def test_a_question_in_other_words_is_answered() -> None:
    with memory_os.connect("sqlite://") as memory:
        memory.add_many(FACTS, user_id="u")
        for question, fact in (("What is my sibling called?", 0), ("puppy", 3)):
            hits = memory.search(question, user_id="u").results
            assert FACTS[fact] in [hit.memory for hit in hits[:2]], question


def test_a_question_about_a_time_finds_what_was_said_then() -> None:
    with memory_os.connect("sqlite://") as memory:
        for month, text in ((3, "Repotted the ferns."), (5, "Sold the bicycle.")):
            said = datetime(2026, month, 10, tzinfo=UTC)
            turn = {"role": "user", "content": text, "timestamp": said}
            memory.add([turn], user_id="u", session_id=f"s{month}")
        found = memory.search("What happened in March 2026?", user_id="u")
        assert found.outcome is Outcome.FOUND
        assert found.results[0].memory == "Repotted the ferns."


def test_a_context_takes_several_passages_of_one_document() -> None:
    pages = "\n\n".join(
        f"# {beast}\n\n" + f"{beast} eat {food} in the forest at night. " * 12
        for beast, food in (("Wolves", "deer"), ("Bears", "berries"), ("Owls", "mice"))
    )
    with memory_os.connect("sqlite://") as memory:
        memory.add(memory_os.Document(text=pages, title="Beasts"), user_id="u")
        packed = memory.context("What do wolves and bears eat?", user_id="u", max_tokens=2_000)
        assert "deer" in packed.text
        assert "berries" in packed.text
        assert len({citation.span for citation in packed.citations}) > 1
        assert len(memory.search("What do wolves eat?", user_id="u").results) == 1
