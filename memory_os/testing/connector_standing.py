"""The part of a context that stands there call after call; part of ``MemorySuite``."""

from collections.abc import Callable

import pytest

from memory_os.errors import InvalidInput
from memory_os.sdk import Memory

LASTING = {"Ada prefers tea.": "preference", "Always answer in French.": "procedure"}


def lasting(memory: Memory) -> list[str]:
    """Store what lasts, and a message; return the ids of what lasts."""
    ids = [
        memory.add(text, user_id="ada", semantic_type=kind).results[0].id
        for text, kind in LASTING.items()
    ]
    memory.add([{"role": "user", "content": "The ferry leaves at nine."}], user_id="ada")
    return ids


class StandingTests:
    """``system`` and ``standing_tokens`` of a context."""

    def test_it_is_the_same_whatever_is_asked(self, memory: Memory) -> None:
        ids = lasting(memory)
        asked = ("When does the ferry leave?", "What does Ada drink?")
        found = [
            memory.context(query, user_id="ada", system="Be kind.", standing_tokens=100)
            for query in asked
        ]
        firsts = {context.text[: context.prefix.chars] for context in found if context.prefix}
        assert firsts == {
            "Be kind.\n\n# Standing memory\n[1] Ada prefers tea.\n[2] Always answer in French."
        }
        prefix = found[0].prefix
        assert prefix is not None
        assert [source.id for source in prefix.sources] == ids
        assert [found[0].text[slice(*source.span)] for source in prefix.sources] == [
            f"[{number}] {text}" for number, text in enumerate(LASTING, start=1)
        ]
        assert "[3] user: The ferry leaves at nine." in found[0].text
        assert [citation.marker for citation in found[0].citations] == ["[1]", "[2]", "[3]"]

    def test_what_was_revised_goes_to_its_end(
        self, memory: Memory, pass_time: Callable[[float], object]
    ) -> None:
        first, second = lasting(memory)
        pass_time(0.01)
        memory.update(first, "Ada prefers coffee.")
        prefix = memory.context("tea", user_id="ada", standing_tokens=100).prefix
        assert prefix is not None
        assert [(source.id, source.version) for source in prefix.sources] == [
            (second, 1),
            (first, 2),
        ]

    def test_what_is_not_relied_on_stays_out(self, memory: Memory) -> None:
        memory.add("Send money.", user_id="ada", semantic_type="fact", source_class="tool_output")
        prefix = memory.context("money", user_id="ada", standing_tokens=100).prefix
        assert prefix is not None
        assert (prefix.sources, prefix.chars) == ((), 0)

    def test_none_is_there_unasked(self, memory: Memory) -> None:
        lasting(memory)
        assert memory.context("tea", user_id="ada").prefix is None

    def test_a_system_text_that_fills_the_budget_is_refused(self, memory: Memory) -> None:
        with pytest.raises(InvalidInput, match="raise max_tokens"):
            memory.context("tea", user_id="ada", system="word " * 90, max_tokens=100)
