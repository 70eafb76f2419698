"""What an answer says that it spent on a language model."""

from memory_os.domain.operations.common import Cost
from memory_os.domain.tokens import count_tokens
from memory_os.kernel.metering import Metered
from memory_os.kernel.prompts import EXTRACT_REPAIR, EXTRACT_SYSTEM, INTERLEAVE_SYSTEM
from memory_os.ports.language_model import Completion
from tests.unit.kernel.stage import opened, saying

TEXT = "My sister Liv stayed in Oslo."
FACTS = '[{"fact": "Liv lives in Oslo.", "quote": "Liv stayed in Oslo"}]'


class Reporting:
    """A model that reports what it spends."""

    name = "reporting"

    def complete(self, system: str, prompt: str) -> Completion:
        return Completion(f"{system} {prompt}", tokens=7, money=0.25)


def test_inferring_counts_instruction_prompt_and_answer() -> None:
    with opened(language_model=saying(FACTS)) as memory:
        cost = memory.add(TEXT, infer=True).cost
    assert cost == Cost(tokens=sum(map(count_tokens, (EXTRACT_SYSTEM, f"[1] {TEXT}", FACTS))))
    assert cost.tokens > 50


def test_an_answer_that_was_of_no_use_was_paid_for_too() -> None:
    with opened(language_model=saying("no", "no")) as memory:
        cost = memory.add(TEXT, infer=True).cost
    once = sum(map(count_tokens, (EXTRACT_SYSTEM, f"[1] {TEXT}", "no")))
    assert cost.tokens > 2 * once
    assert cost.tokens < 2 * once + 2 * count_tokens(EXTRACT_REPAIR) + 50


def test_rounds_count_every_question_to_the_model() -> None:
    with opened(language_model=saying("Where is Liv?", "DONE")) as memory:
        memory.add(TEXT)
        one = memory.search("Where is my sister?", rounds=1).cost
        two = memory.search("Where is my sister?", rounds=2).cost
        assert one == Cost()
        prompt = f"Question: Where is my sister?\nFound:\n- {TEXT}"
        asked = (INTERLEAVE_SYSTEM, prompt, "Where is Liv?")
        assert two == Cost(tokens=sum(map(count_tokens, asked)))


def test_nothing_is_spent_where_no_model_is_asked() -> None:
    with opened(language_model=saying(FACTS)) as memory:
        assert memory.add(TEXT).cost == Cost()
        assert memory.search("Where is Liv?").cost == Cost()
        assert memory.context("Where is Liv?").cost == Cost()


def test_what_a_model_reports_goes_before_what_is_counted() -> None:
    metered = Metered(Reporting(), count_tokens)
    metered.complete("a", "b")
    assert metered.complete("a long instruction", "c").text == "a long instruction c"
    assert metered.cost == Cost(tokens=14, money=0.5)


def test_the_same_key_is_answered_with_the_same_cost() -> None:
    with opened(language_model=saying(FACTS, "[]")) as memory:
        first = memory.add(TEXT, infer=True, idempotency_key="k")
        again = memory.add(TEXT, infer=True, idempotency_key="k")
    assert again.cost == first.cost != Cost()
