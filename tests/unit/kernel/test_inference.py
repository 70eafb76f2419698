"""Facts taken out of a text by a model: each with its source, none that the text does not say."""

from typing import Any

import pytest
from langchain_core.language_models.fake_chat_models import FakeListChatModel
from pydantic import Field

from memory_os import Memory
from memory_os.domain import payload as forms
from memory_os.domain.cube import Evidence, Parent
from memory_os.domain.payload import text_of
from memory_os.domain.vocabulary import SourceClass, Trust
from memory_os.errors import NotSupported
from memory_os.kernel.prompts import EXTRACT
from tests.unit.kernel.stage import cube, only, opened, saying

TEXT = "I moved to Bergen in May. My sister Liv stayed in Oslo."
BERGEN = {
    "fact": "Ada lives in Bergen.",
    "quote": "moved to Bergen",
    "item": 1,
    "subject": "Ada",
    "predicate": "lives in",
    "object": "Bergen",
}
LIV = {"fact": "Liv lives in Oslo.", "quote": "Liv stayed in Oslo"}


def events(memory: Memory, content: Any, **options: Any) -> list[tuple[str, str, str]]:
    answer = memory.add(content, infer=True, **options)
    return [(each.event, each.memory, each.reason) for each in answer.results]


def test_facts_are_stored_beside_the_text_with_source_and_parent() -> None:
    with opened(language_model=saying([BERGEN, LIV])) as memory:
        answer = memory.add(TEXT, user_id="ada", infer=True, tags=["move"])
        raw, bergen, liv = (cube(memory, each.id) for each in answer.results)
        assert text_of(raw.payload) == TEXT
        assert bergen.payload == forms.Fact("Ada lives in Bergen.", "Ada", "lives in", "Bergen")
        assert liv.payload == forms.Fact("Liv lives in Oslo.")
        for fact, quote in ((bergen, "moved to Bergen"), (liv, "Liv stayed in Oslo")):
            (source,) = fact.version.origin.sources
            assert source.uri == f"memory:{raw.id}"
            assert source.span is not None
            assert TEXT[slice(*source.span)] == quote
            assert fact.version.parents == (Parent(raw.id, 1, "extract"),)
            assert fact.version.origin.extractor == f"FakeListChatModel {EXTRACT}"
            assert fact.version.tags == ("move",)
            assert fact.scope == raw.scope
        assert raw.version.parents == ()
        found = [hit.memory for hit in memory.search("Who lives in Bergen?", user_id="ada").results]
        assert "Ada lives in Bergen." in found


def test_an_inferred_fact_says_so_and_is_trusted_as_its_source_is() -> None:
    model = saying([{"fact": "Tea is good.", "quote": "tea"}])
    with opened(language_model=model) as memory:
        for source, trust in (("user_input", Trust.STANDARD), ("retrieved", Trust.UNTRUSTED)):
            results = memory.add(f"tea {source}", infer=True, source_class=source, run_id=source)
            fact = cube(memory, results.results[1].id).version
            assert (fact.origin.source_class, fact.trust) == (SourceClass.INFERRED, trust)
        said = memory.add([{"role": "assistant", "content": "tea"}], infer=True, run_id="s")
        assert cube(memory, said.results[1].id).version.trust is Trust.LOW


def test_a_fact_of_a_touched_text_stands_on_the_version_and_trust_it_has() -> None:
    with opened(language_model=saying([LIV])) as memory:
        first = only(memory.add(TEXT, source_class="retrieved"))
        memory.update(first.id, tags=["x"])
        touched, added = memory.add(TEXT, infer=True).results
        assert (touched.id, touched.event) == (first.id, "TOUCH")
        fact = cube(memory, added.id).version
        assert fact.parents == (Parent(first.id, 2, "extract"),)
        assert fact.trust is Trust.UNTRUSTED


def test_each_message_is_the_source_of_its_own_facts() -> None:
    facts = [
        {"fact": "Ada drinks tea.", "quote": "tea", "item": 2},
        {"fact": "Ada eats cake.", "quote": "cake", "item": 1},
    ]
    with opened(language_model=saying(facts)) as memory:
        turns: list[Any] = [
            {"content": "I eat cake", "external_id": "m1"},
            {"content": "and drink tea", "external_id": "m2"},
        ]
        cake, tea, *found = memory.add(turns, run_id="s1", infer=True).results
        sources = [cube(memory, each.id).version.origin.sources for each in found]
        assert sources == [
            (Evidence(f"memory:{tea.id}", "m2", (10, 13)),),
            (Evidence(f"memory:{cake.id}", "m1", (6, 10)),),
        ]


def test_what_the_text_does_not_say_is_dropped() -> None:
    answers = [
        {"fact": "Ada is rich.", "quote": "rich"},
        {"fact": "No quote."},
        {"fact": "Empty quote.", "quote": ""},
        {"fact": "Wrong item.", "quote": "Bergen", "item": 2},
        {"fact": "Item zero.", "quote": "Bergen", "item": 0},
        LIV,
    ]
    with opened(language_model=saying(answers)) as memory:
        assert [text for _, text, _ in events(memory, TEXT)] == [TEXT, "Liv lives in Oslo."]


def test_a_fact_that_is_known_is_touched() -> None:
    with opened(language_model=saying([LIV])) as memory:
        memory.add("Liv lives in Oslo.", user_id="ada")
        assert events(memory, TEXT, user_id="ada") == [
            ("ADD", TEXT, ""),
            ("TOUCH", "Liv lives in Oslo.", "exact_duplicate"),
        ]


def test_words_around_the_json_do_no_harm_and_nothing_found_is_an_answer() -> None:
    wordy = 'Here you are:\n```json\n[{"fact": "F.", "quote": "May"}]\n```\nAnything else?'
    with opened(language_model=saying(wordy, [])) as memory:
        assert len(events(memory, TEXT)) == 2
        assert len(events(memory, TEXT + " More.")) == 1


class Counting(FakeListChatModel):
    """Count how often it is asked, and keep what it was asked."""

    prompts: list[str] = Field(default_factory=list)

    def _call(self, messages: Any, *args: Any, **kwargs: Any) -> str:
        self.prompts.append("\n".join(str(message.content) for message in messages))
        return str(super()._call(messages, *args, **kwargs))


def test_a_model_that_errs_once_is_asked_again_with_what_was_wrong() -> None:
    model = Counting(responses=["I cannot do that.", '[{"fact": "F.", "quote": "May"}]'])
    with opened(language_model=model) as memory:
        assert len(events(memory, TEXT)) == 2
    first, second = model.prompts
    assert TEXT in first
    assert second.startswith(first)
    assert "JSON" in second.removeprefix(first)


@pytest.mark.parametrize("answer", ["no", "[1, 2]", '[{"fact": ""}]', '{"facts": 1}', "[", "]["])
def test_a_model_that_errs_twice_leaves_the_text_and_says_so(answer: str) -> None:
    model = Counting(responses=[answer, answer, "[]"])
    with opened(language_model=model) as memory:
        ((event, text, reason),) = events(memory, TEXT)
        assert (event, text) == ("ADD", TEXT)
        assert "not inferred" in reason
        assert "twice" in reason
        assert len(model.prompts) == 2
        assert only(memory.search("Bergen")).memory == TEXT


class Broken(FakeListChatModel):
    """A provider that is down."""

    def _call(self, *args: Any, **kwargs: Any) -> str:
        raise RuntimeError("no quota left")


def test_a_model_that_is_down_leaves_the_text_and_says_so() -> None:
    with opened(language_model=Broken(responses=[])) as memory:
        ((event, text, reason),) = events(memory, TEXT)
        assert (event, text) == ("ADD", TEXT)
        assert "no quota left" in reason


def test_without_a_model_nothing_is_inferred_and_nothing_stored() -> None:
    with opened() as memory:
        with pytest.raises(NotSupported, match="language_model"):
            memory.add(TEXT, infer=True)
        assert memory.get_all().results == ()
        assert only(memory.add(TEXT)).event == "ADD"


def test_a_model_is_not_asked_unless_told_to() -> None:
    model = Counting(responses=["[]"])
    with opened(language_model=model) as memory:
        memory.add(TEXT)
        memory.add_many([TEXT + " a", TEXT + " b"])
    assert model.prompts == []


def test_an_inferring_add_under_a_key_is_answered_alike_without_asking_again() -> None:
    model = Counting(responses=['[{"fact": "F.", "quote": "May"}]', "[]"])
    with opened(language_model=model) as memory:
        first = memory.add(TEXT, infer=True, idempotency_key="k1")
        assert memory.add(TEXT, infer=True, idempotency_key="k1") == first
        assert len(first.results) == 2
    assert len(model.prompts) == 1


def test_facts_alone_as_mem0_asks_for_them_have_the_text_as_their_source() -> None:
    model = Counting(responses=['{"facts": ["Lands in Bergen", "Quasars are far"]}'])
    with opened(language_model=model) as memory:
        stored = [text for _, text, _ in events(memory, TEXT)]
        assert stored == [TEXT, "Lands in Bergen"]
