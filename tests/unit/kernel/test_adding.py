"""What an add makes of a text: form, header, stamps, order."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from memory_os import Document, Memory, Message, Template
from memory_os.domain import payload as forms
from memory_os.domain.access import PrincipalKind, Role
from memory_os.domain.cube import Evidence, initial_half_life
from memory_os.domain.payload import kind_of
from memory_os.domain.simhash import simhash
from memory_os.domain.vocabulary import Kind, Priority, SemanticType, SourceClass, Trust
from memory_os.errors import AlreadyExists, InvalidInput
from memory_os.kernel.forming import PAYLOAD
from memory_os.retrieval.analyze import analyze
from tests.unit.kernel.stage import START, cube, journal, kernel, only, opened, seen_by


@pytest.fixture
def memory() -> Iterator[Memory]:
    with opened() as opened_one:
        yield opened_one


def test_a_text_becomes_a_fact(memory: Memory) -> None:
    added = only(memory.add("Ada drinks tea.", subject="Ada", predicate="drinks", object="tea"))
    stored = cube(memory, added.id)
    assert stored.payload == forms.Fact("Ada drinks tea.", "Ada", "drinks", "tea")
    assert (added.event, added.version, added.state) == ("ADD", 1, "generated")
    assert added.memory == "Ada drinks tea."
    assert stored.version.semantic_type is SemanticType.FACT
    assert memory.add("Bob walks.").model_dump(mode="json")["results"][0]["memory"] == "Bob walks."


def test_messages_become_one_cube_each_in_order(memory: Memory) -> None:
    at = START - timedelta(days=1)
    turns: list[Any] = [
        {"role": "user", "content": "Hi", "name": "Ada", "timestamp": at},
        Message(role="assistant", content="Hello Ada"),
        {"role": "tool", "content": "22 degrees", "tool_call_id": "call_1"},
    ]
    added = memory.add(turns, user_id="ada", run_id="s1").results
    stored = [cube(memory, each.id) for each in added]
    assert [each.payload for each in stored] == [
        forms.Message("user", "Hi", name="Ada", turn=1, at=at),
        forms.Message("assistant", "Hello Ada", turn=2),
        forms.Message("tool", "22 degrees", tool_call_id="call_1", turn=3),
    ]
    assert [each.id for each in stored] == sorted(each.id for each in stored)
    assert {each.version.semantic_type for each in stored} == {SemanticType.MESSAGE}


def test_one_message_may_stand_alone(memory: Memory) -> None:
    assert only(memory.add({"role": "user", "content": "Hi"})).memory == "Hi"
    assert only(memory.add(Message(content="Ho"))).memory == "Ho"


def test_a_document_keeps_its_title_and_is_a_reference(memory: Memory) -> None:
    given = Document(text="# A\n\nB.", title="T", uri="file:a", media_type="text/markdown")
    stored = cube(memory, only(memory.add(given)).id)
    assert stored.payload == forms.Document("# A\n\nB.", "T", "file:a", "text/markdown")
    assert stored.version.semantic_type is SemanticType.REFERENCE


def test_a_template_keeps_its_fields_and_is_a_profile(memory: Memory) -> None:
    given = Template(schema_id="p", schema_version=2, fields={"name": "Ada", "n": [1, {"a": None}]})
    stored = cube(memory, only(memory.add(given)).id)
    assert stored.payload == forms.Template("p", 2, {"name": "Ada", "n": [1, {"a": None}]})
    assert stored.version.semantic_type is SemanticType.PROFILE
    assert only(memory.search("Ada")).memory == "name: Ada\nn: 1; a: None"


def test_the_wording_tells_an_instruction_unless_the_caller_says_what_it_is(
    memory: Memory,
) -> None:
    rule = "Always answer in French."
    kinds = [
        only(memory.add(rule, user_id="a")),
        only(memory.add({"role": "user", "content": rule}, user_id="b")),
        only(memory.add({"role": "assistant", "content": rule}, user_id="c")),
        only(memory.add(rule, user_id="d", semantic_type="summary")),
    ]
    assert [cube(memory, each.id).version.semantic_type for each in kinds] == [
        "procedure", "procedure", "message", "summary",
    ]  # fmt: skip


def test_everything_said_of_a_memory_is_kept(memory: Memory) -> None:
    source = Evidence("file:notes", "m1", (0, 4))
    added = only(
        memory.add(
            "Ada lives in Oslo.",
            user_id="ada",
            agent_id="chef",
            run_id="s1",
            namespace=["a", "b"],
            tags=["home", "x", "home"],
            metadata={"city": {"name": "Oslo"}},
            external_id="x1",
            valid_from=START,
            valid_to=START + timedelta(days=9),
            priority="high",
            pinned=True,
            sensitivity="confidential",
            visibility="private",
            confidence=0.5,
            sources=[source],
        )
    )
    record = memory.get(added.id)
    assert (record.user_id, record.agent_id, record.session_id) == ("ada", "chef", "s1")
    assert record.namespace == ("a", "b")
    assert record.tags == ("home", "x")
    assert record.metadata == {"city": {"name": "Oslo"}}
    assert record.external_id == "x1"
    assert (record.valid_from, record.valid_to) == (START, START + timedelta(days=9))
    assert (record.priority, record.pinned) == ("high", True)
    assert (record.sensitivity, record.visibility) == ("confidential", "private")
    assert record.confidence == 0.5
    assert record.sources == (source,)
    assert (record.created_at, record.updated_at) == (START, START)
    assert record.actor == "local"


def test_metadata_of_a_message_adds_to_that_of_the_call(memory: Memory) -> None:
    turns: list[Any] = [
        {"content": "one", "metadata": {"b": 2}, "external_id": "m1"},
        {"content": "two", "metadata": {"a": 9}},
    ]
    first, second = memory.add(turns, metadata={"a": 1}).results
    assert memory.get(first.id).metadata == {"a": 1, "b": 2}
    assert memory.get(first.id).external_id == "m1"
    assert memory.get(second.id).metadata == {"a": 9}


def test_the_very_same_text_is_touched_and_not_stored_twice(memory: Memory) -> None:
    first = only(memory.add("Ada drinks tea.", user_id="ada"))
    memory.update(first.id, tags=["x"])
    again = only(memory.add("Ada drinks tea.", user_id="ada"))
    assert (again.id, again.event, again.reason) == (first.id, "TOUCH", "exact_duplicate")
    assert again.version == 2
    assert len(memory.get_all(user_id="ada").results) == 1


@pytest.mark.parametrize(
    "other",
    [
        {"user_id": "bob"},
        {"user_id": "ada", "agent_id": "chef"},
        {"user_id": "ada", "namespace": "n"},
        {},
        {"user_id": "ada", "subject": "Ada"},
    ],
)
def test_another_scope_or_another_fact_is_another_memory(
    memory: Memory, other: dict[str, Any]
) -> None:
    memory.add("Ada drinks tea.", user_id="ada")
    assert only(memory.add("Ada drinks tea.", **other)).event == "ADD"


def test_a_document_and_a_template_are_touched_too(memory: Memory) -> None:
    for given in (Document(text="A long text."), Template(schema_id="p", fields={"a": 1})):
        first, again = only(memory.add(given)), only(memory.add(given))
        assert (again.id, again.event) == (first.id, "TOUCH")


def test_a_message_said_twice_is_two_turns(memory: Memory) -> None:
    for _ in range(2):
        assert only(memory.add([{"content": "yes"}], run_id="s1")).event == "ADD"
    said = [cube(memory, each.id).payload for each in memory.get_all(run_id="s1").results]
    assert [turn.turn for turn in said if isinstance(turn, forms.Message)] == [1, 2]


def test_what_was_deleted_is_stored_anew(memory: Memory) -> None:
    first = only(memory.add("Ada drinks tea."))
    memory.delete(first.id)
    again = only(memory.add("Ada drinks tea."))
    assert (again.event, again.id != first.id) == ("ADD", True)


def test_the_same_text_within_one_call_is_stored_once(memory: Memory) -> None:
    results = memory.add_many(["tea", "tea", "cake"], user_id="ada").results
    assert [each.event for each in results] == ["ADD", "TOUCH", "ADD"]
    assert results[1].id == results[0].id


def test_another_external_id_is_another_memory_of_the_same_text(memory: Memory) -> None:
    first = only(memory.add("tea", external_id="x1"))
    assert only(memory.add("tea", external_id="x1")).id == first.id
    assert only(memory.add("tea")).id == first.id
    assert only(memory.add("tea", external_id="x2")).event == "ADD"
    together: list[Any] = [
        {"content": "cake", "external_id": "y1"},
        {"content": "cake", "external_id": "y2"},
        {"content": "cake"},
    ]
    events = [each.event for each in memory.add_many(together).results]
    assert events == ["ADD", "ADD", "TOUCH"]


def test_an_external_id_is_taken_once_in_a_scope(memory: Memory) -> None:
    memory.add("one", user_id="ada", external_id="x1")
    with pytest.raises(AlreadyExists, match="x1"):
        memory.add("two", user_id="ada", external_id="x1")
    assert only(memory.add("two", user_id="bob", external_id="x1")).event == "ADD"
    assert [each.memory for each in memory.get_all(user_id="ada").results] == ["one"]


def test_turns_are_numbered_on_by_session_through_one_call_and_the_next(memory: Memory) -> None:
    def turns(**scope: Any) -> list[int]:
        found = memory.get_all(**scope).results
        said = [cube(memory, each.id).payload for each in found]
        return [turn.turn for turn in said if isinstance(turn, forms.Message)]

    memory.add([{"content": "a"}, {"content": "b"}], user_id="ada", run_id="s1")
    memory.add([{"content": "c"}], user_id="ada", run_id="s2")
    memory.add_many(
        [[{"content": "d"}], [{"content": "e"}, {"content": "f"}], {"content": "no turn"}],
        user_id="ada",
        run_id="s1",
    )
    assert turns(user_id="ada", run_id="s1") == [1, 2, 3, 4, 5]
    assert turns(user_id="ada", run_id="s2") == [1]


def test_all_of_a_batch_is_stored_or_nothing(memory: Memory) -> None:
    memory.add("taken", external_id="x1")
    with pytest.raises(AlreadyExists):
        memory.add_many(["one", {"content": "two", "external_id": "x1"}, "three"])
    with pytest.raises(InvalidInput):
        memory.add_many(["one", {"content": ""}])
    assert [each.memory for each in memory.get_all().results] == ["taken"]
    with pytest.raises(InvalidInput, match="items is empty"):
        memory.add_many([])


STAMPS = [
    (PrincipalKind.USER, None, SourceClass.USER_INPUT, Trust.STANDARD),
    (PrincipalKind.USER, "assistant", SourceClass.AGENT_OUTPUT, Trust.LOW),
    (PrincipalKind.USER, "tool", SourceClass.TOOL_OUTPUT, Trust.LOW),
    (PrincipalKind.AGENT, "user", SourceClass.AGENT_OUTPUT, Trust.LOW),
    (PrincipalKind.SERVICE, "user", SourceClass.USER_INPUT, Trust.STANDARD),
    (PrincipalKind.OPERATOR, None, SourceClass.OPERATOR, Trust.VERIFIED),
    (PrincipalKind.OPERATOR, "user", SourceClass.USER_INPUT, Trust.STANDARD),
]


@pytest.mark.parametrize(("kind", "role", "source", "trust"), STAMPS)
def test_source_and_trust_are_stamped_by_credential_and_role(
    memory: Memory, kind: PrincipalKind, role: str | None, source: SourceClass, trust: Trust
) -> None:
    caller = seen_by(memory, kind=kind, id="key_7")
    content: Any = "text" if role is None else [{"role": role, "content": "text"}]
    stored = cube(memory, only(caller.add(content)).id)
    assert stored.version.origin.source_class is source
    assert stored.version.origin.actor == "key_7"
    assert stored.version.trust is trust


def test_a_caller_claims_less_trust_and_never_more(memory: Memory) -> None:
    low = memory.get(only(memory.add("from the web", source_class="retrieved")).id)
    assert (low.source_class, low.trust) == (SourceClass.RETRIEVED, "untrusted")
    high = memory.get(only(memory.add("I am the operator", source_class="operator")).id)
    assert (high.source_class, high.trust) == (SourceClass.USER_INPUT, "standard")


def test_a_version_is_hashed_and_signed_under_the_secret_of_the_tenant() -> None:
    with opened(secret=b"one") as first, opened(secret=b"two") as second:
        one = cube(first, only(first.add("Ada drinks tea.")).id)
        other = cube(second, only(second.add("Ada drinks tea.")).id)
        seal = kernel(first).parts.seal
        version = one.version
        assert version.content_hash == seal.content_hash("default", PAYLOAD.dump_json(one.payload))
        assert version.signature == seal.signature(
            "default",
            cube_id=one.id,
            version=1,
            content_hash=version.content_hash,
            source_class=version.origin.source_class,
            trust=version.trust,
        )
        assert version.content_hash != other.version.content_hash
        assert version.signature != other.version.signature
        foreign = seen_by(first, tenant="t2", role=Role.ADMIN)
        hidden = foreign.add("Ada drinks tea.").results[0].id
        assert hidden != one.id


def test_the_journal_tells_of_a_memory_without_its_content(memory: Memory) -> None:
    added = only(memory.add("Ada drinks tea."))
    entry = journal(memory)[-1]
    assert (entry.note.actor, entry.note.action) == ("local", "create")
    assert entry.note.targets == (added.id,)
    assert len(entry.note.salted) == 32
    assert "tea" not in repr(entry)
    assert cube(memory, added.id).version.content_hash not in repr(entry)


def test_measures_of_the_text_and_its_use_begin_as_documented(memory: Memory) -> None:
    stored = cube(memory, only(memory.add("Ada drinks tea.", priority="low")).id)
    assert stored.version.simhash == simhash(analyze("Ada drinks tea."))
    assert stored.usage.strength == 1
    assert stored.usage.half_life == initial_half_life(SemanticType.FACT, Priority.LOW) == 30
    assert stored.usage.touched_at == START
    assert kind_of(stored.payload) is stored.kind is Kind.TEXT
    assert replace(stored, kind=Kind.TEXT) == stored


def test_a_long_document_is_found_by_any_of_its_passages(memory: Memory) -> None:
    body = "\n\n".join(f"## Part {n}\n\n" + f"Topic number {n} is about subject{n}. " * 20
                       for n in range(30))  # fmt: skip
    added = only(memory.add(Document(text=body, title="Handbook")))
    hit = memory.search("subject17").results[0]
    assert hit.id == added.id
    assert "subject17" in hit.memory
    assert hit.memory == body[slice(*hit.span)]
    assert hit.heading == "Part 17"
    assert len(hit.memory) < len(body) / 10
