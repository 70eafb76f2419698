"""What crosses the border: every documented limit, exclusion and shape."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from pydantic import BaseModel

from memory_os.domain import operations
from memory_os.domain.lifecycle import RECALLED, State
from memory_os.domain.operations import (
    AddRequest,
    AddResult,
    ContextRequest,
    DeleteAllRequest,
    DeleteResult,
    DocumentIn,
    HistoryResult,
    Limits,
    ListRequest,
    MemoryPage,
    MessageIn,
    SearchRequest,
    SearchResult,
    TemplateIn,
    TransitionRequest,
    UpdateRequest,
)
from memory_os.domain.operations.common import iso, reason_text
from memory_os.domain.scope import Scope, ScopeMatch
from memory_os.domain.vocabulary import Kind, SemanticType, Trust
from memory_os.errors import InvalidFilter, InvalidInput, TooLarge
from memory_os.sdk.requests import build

AT = datetime(2026, 3, 1, 12, tzinfo=UTC)


def refused(kind: type[BaseModel], **fields: Any) -> InvalidInput:
    with pytest.raises(InvalidInput) as caught:
        build(kind, fields)
    caught.value.message.encode()
    return caught.value


ANY_FORM: list[dict[str, Any]] = [
    {"content": "x"},
    {"messages": [{"content": "x"}]},
    {"document": {"text": "x"}},
    {"template": {"schema_id": "s", "fields": {"a": 1}}},
]


@pytest.mark.parametrize("form", ANY_FORM, ids=lambda form: next(iter(form)))
def test_an_add_takes_one_form(form: dict[str, Any]) -> None:
    assert build(AddRequest, form).model_fields_set == set(form)


def test_an_add_takes_no_more_and_no_less_than_one_form() -> None:
    assert "exactly one" in refused(AddRequest).message
    for one in ANY_FORM:
        for other in ANY_FORM:
            if one is not other:
                assert "exactly one" in refused(AddRequest, **one, **other).message
    assert "empty" in refused(AddRequest, messages=[]).message


def test_fields_that_contradict_each_other_are_refused() -> None:
    two = [{"content": "a"}, {"content": "b"}]
    assert "external_id" in refused(AddRequest, messages=two, external_id="x").message
    assert build(AddRequest, {"messages": two[:1], "external_id": "x"}).external_id == "x"
    assert "not both" in refused(AddRequest, content="x", ttl_seconds=5, expires_at=AT).message
    for kind, more in ((AddRequest, {"content": "x"}), (UpdateRequest, {})):
        backwards = refused(kind, valid_from=AT, valid_to=AT, **more)
        assert "valid_to must lie after valid_from" in backwards.message
    assert "exactly one" in refused(ContextRequest).message
    both = refused(ContextRequest, query="x", messages=[{"content": "y"}])
    assert "exactly one" in both.message


UNTEXT = ["", " ", "\n\t \u2003", "a\x00b", "\ud800", "x\udfff"]


@pytest.mark.parametrize("text", UNTEXT, ids=ascii)
def test_a_text_is_not_blank_and_is_valid_unicode_without_nul(text: str) -> None:
    refused(AddRequest, content=text)
    refused(AddRequest, messages=[{"content": text}])
    refused(AddRequest, document={"text": text})
    refused(UpdateRequest, content=text)
    refused(SearchRequest, query=text)
    refused(ContextRequest, query=text)


@pytest.mark.parametrize("text", ["a\x00b", "\ud800"], ids=ascii)
def test_every_other_word_of_a_request_is_valid_unicode_without_nul(text: str) -> None:
    for name in ("title", "uri", "media_type"):
        refused(AddRequest, document={"text": "x", name: text})
    for name in ("role", "name", "tool_call_id", "external_id"):
        refused(AddRequest, messages=[{"content": "x", name: text}])
    for name in ("user_id", "agent_id", "session_id", "namespace", "external_id", "subject"):
        refused(AddRequest, content="x", **{name: text})
    for tree in ({text: 1}, {"a": text}, {"a": [{"b": text}]}):
        refused(AddRequest, content="x", metadata=tree)
        refused(AddRequest, template={"schema_id": "s", "fields": tree})
    refused(AddRequest, content="x", tags=[text])
    refused(AddRequest, content="x", sources=[{"uri": text}])
    refused(AddRequest, content="x", sources=[{"message_id": text}])
    refused(UpdateRequest, tags=["x"], reason=text)
    refused(DeleteAllRequest, user_id="x", reason=text)
    refused(TransitionRequest, event="freeze", reason=text)
    with pytest.raises(InvalidInput, match="reason"):
        reason_text(text)


LIMITS: list[tuple[type[BaseModel], str, Any, Any]] = [
    (AddRequest, "content", "x" * Limits.TEXT_CHARS, "x" * (Limits.TEXT_CHARS + 1)),
    (SearchRequest, "query", "x" * Limits.QUERY_CHARS, "x" * (Limits.QUERY_CHARS + 1)),
    (ContextRequest, "query", "x" * Limits.QUERY_CHARS, "x" * (Limits.QUERY_CHARS + 1)),
    (SearchRequest, "top_k", Limits.TOP_K, Limits.TOP_K + 1),
    (SearchRequest, "top_k", 1, 0),
    (SearchRequest, "threshold", 1.0, 1.01),
    (SearchRequest, "threshold", 0.0, -0.01),
    (SearchRequest, "max_tokens", Limits.CONTEXT_TOKENS, Limits.CONTEXT_TOKENS + 1),
    (SearchRequest, "rounds", 5, 6),
    (SearchRequest, "rounds", 1, 0),
    (ContextRequest, "max_tokens", 16, 15),
    (ContextRequest, "max_tokens", Limits.CONTEXT_TOKENS, Limits.CONTEXT_TOKENS + 1),
    (ContextRequest, "top_k", Limits.TOP_K, Limits.TOP_K + 1),
    (ListRequest, "limit", Limits.PAGE, Limits.PAGE + 1),
    (ListRequest, "limit", 1, 0),
    (ListRequest, "cursor", "x" * 2_000, "x" * 2_001),
    (AddRequest, "tags", ["t"] * Limits.TAGS, ["t"] * (Limits.TAGS + 1)),
    (AddRequest, "tags", ["t" * 128], ["t" * 129]),
    (AddRequest, "tags", ["t"], [""]),
    (AddRequest, "namespace", ["n"] * 16, ["n"] * 17),
    (AddRequest, "user_id", "u" * 256, "u" * 257),
    (AddRequest, "session_id", "u", ""),
    (AddRequest, "ttl_seconds", 1, 0),
    (AddRequest, "ttl_seconds", 315_360_000, 315_360_001),
    (AddRequest, "confidence", 1.0, 1.5),
    (AddRequest, "confidence", 0.0, float("nan")),
    (AddRequest, "sources", [{"uri": "u"}] * 100, [{"uri": "u"}] * 101),
    (AddRequest, "sources", [{"span": [3, 3]}], [{"span": [3, 2]}]),
    (AddRequest, "sources", [{"span": [0, 1]}], [{"span": [-1, 1]}]),
    (AddRequest, "sources", [{"uri": "u" * 4_000}], [{"uri": "u" * 4_001}]),
    (AddRequest, "sources", [{"message_id": "u" * 256}], [{"message_id": "u" * 257}]),
    (AddRequest, "sources", [{"uri": "u"}], [{"url": "u"}]),
    (AddRequest, "timestamp", "2026-03-01T12:00:00Z", "2026-03-01T12:00:00"),
    (AddRequest, "timestamp", AT, "0001-01-01T00:00:00+14:00"),
    (AddRequest, "semantic_type", "fact", "poem"),
    (AddRequest, "priority", "high", "urgent"),
    (AddRequest, "visibility", "private", "world"),
    (AddRequest, "sensitivity", "restricted", "top"),
    (AddRequest, "source_class", "retrieved", "heaven"),
    (UpdateRequest, "expected_version", 1, 0),
    (SearchRequest, "min_trust", "verified", "absolute"),
    (SearchRequest, "states", ["archived"], ["sleeping"]),
    (SearchRequest, "kinds", ["text"], ["smell"]),
    (SearchRequest, "scope_match", "exact", "some"),
    (TransitionRequest, "event", "freeze", "melt"),
    (TransitionRequest, "reason", "r" * 1_000, "r" * 1_001),
    (TransitionRequest, "reason", "r", ""),
    (UpdateRequest, "reason", "r" * 1_000, "r" * 1_001),
    (DeleteAllRequest, "reason", "r" * 1_000, "r" * 1_001),
    (MessageIn, "role", "r" * 128, ""),
    (DocumentIn, "title", "t" * 1_000, "t" * 1_001),
    (DocumentIn, "uri", "t" * 4_000, "t" * 4_001),
    (DocumentIn, "media_type", "t" * 128, "t" * 129),
    (TemplateIn, "schema_version", 1, 0),
    (TemplateIn, "fields", {"a": None}, {}),
]
NEEDED: dict[type[BaseModel], dict[str, Any]] = {
    AddRequest: {"content": "x"},
    SearchRequest: {"query": "x"},
    ContextRequest: {"query": "x"},
    ListRequest: {},
    UpdateRequest: {"tags": ["x"]},
    DeleteAllRequest: {"user_id": "x"},
    TransitionRequest: {"event": "freeze", "reason": "x"},
    MessageIn: {"content": "x"},
    DocumentIn: {"text": "x"},
    TemplateIn: {"schema_id": "s", "fields": {"a": 1}},
}


def _named(value: object) -> str:
    return value.__name__ if isinstance(value, type) else ascii(value)[:24]


@pytest.mark.parametrize(("kind", "field", "good", "bad"), LIMITS, ids=_named)
def test_a_limit_holds_on_both_sides(
    kind: type[BaseModel], field: str, good: Any, bad: Any
) -> None:
    build(kind, {**NEEDED[kind], field: good})
    error = refused(kind, **{**NEEDED[kind], field: bad})
    assert str(error.detail["field"]).startswith(field)


def test_what_is_too_long_or_too_many_is_too_large() -> None:
    for kind, field, value in (
        (AddRequest, "content", "x" * (Limits.TEXT_CHARS + 1)),
        (AddRequest, "tags", ["t"] * 65),
        (AddRequest, "metadata", {"a": "x" * Limits.METADATA_BYTES}),
        (SearchRequest, "query", "x" * 10_001),
    ):
        assert type(refused(kind, **{**NEEDED[kind], field: value})) is TooLarge
    messages = [{"content": "x"}] * (Limits.MESSAGES + 1)
    assert type(refused(AddRequest, messages=messages)) is TooLarge
    big = {"schema_id": "s", "fields": {"a": "x" * Limits.TEXT_CHARS}}
    assert type(refused(AddRequest, template=big)) is TooLarge


def test_metadata_is_bounded_in_bytes_of_json_not_in_characters() -> None:
    room = Limits.METADATA_BYTES - len('{"a": ""}')
    build(AddRequest, {"content": "x", "metadata": {"a": "x" * room}})
    refused(AddRequest, content="x", metadata={"a": "x" * (room + 1)})
    build(AddRequest, {"content": "x", "metadata": {"a": "é" * (room // 2)}})
    refused(AddRequest, content="x", metadata={"a": "é" * (room // 2 + 1)})


@pytest.mark.parametrize(
    "value",
    [float("nan"), float("inf"), [float("-inf")], {"b": float("nan")}, b"x", ..., {1: 2}],
    ids=ascii,
)
def test_metadata_is_json(value: object) -> None:
    assert str(refused(AddRequest, content="x", metadata={"a": value}).detail["field"])


def test_a_written_out_escape_is_not_taken_for_the_character() -> None:
    for text in (r"\u0000", r"\\u0000", "\\"):
        assert build(AddRequest, {"content": "x", "metadata": {"a": text}}).metadata == {"a": text}


def test_a_deeply_nested_request_is_refused_in_few_words() -> None:
    tree: Any = 1
    for _ in range(3_000):
        tree = [tree]
    error = refused(AddRequest, content="x", metadata={"a": tree})
    assert len(error.message) < 500
    assert len(json.dumps(dict(error.detail))) < 5_000


@pytest.mark.parametrize("kind", NEEDED, ids=_named)
def test_an_unknown_field_is_refused_by_name(kind: type[BaseModel]) -> None:
    error = refused(kind, **NEEDED[kind], mood="good")
    assert error.detail["field"] == "mood"
    assert "mood" in error.message


def test_what_was_built_cannot_be_changed() -> None:
    with pytest.raises(ValueError, match="frozen"):
        build(SearchRequest, {"query": "x"}).query = "y"


def test_run_id_is_another_name_for_session_id_and_both_must_say_the_same() -> None:
    for kind in (AddRequest, SearchRequest, ContextRequest, ListRequest, DeleteAllRequest):
        built = build(kind, {**NEEDED[kind], "run_id": "s1"})
        assert build(kind, {**NEEDED[kind], "run_id": "s1", "session_id": "s1"}) == built
        refused(kind, **NEEDED[kind], run_id="s1", session_id="s2")


def test_a_scope_is_made_of_the_ids() -> None:
    fields = {"user_id": "u", "agent_id": "a", "run_id": "s", "namespace": "n"}
    assert build(ListRequest, fields).scope == Scope("u", "a", "s", ("n",))
    assert build(ListRequest, {"namespace": ["n", "m"]}).scope == Scope(namespace=("n", "m"))
    assert not build(ListRequest, {}).scope


def test_a_visibility_is_everything_recallable_unless_said_otherwise() -> None:
    seen = build(SearchRequest, {"query": "x"}).visibility(ScopeMatch.INHERIT)
    assert (seen.match, seen.states, seen.kinds) == (
        ScopeMatch.INHERIT,
        RECALLED,
        frozenset({Kind.TEXT}),
    )
    assert (seen.semantic_types, seen.min_trust, seen.filter) == (None, Trust.UNTRUSTED, None)
    fields = {
        "query": "x",
        "scope_match": "exact",
        "kinds": ["activation"],
        "states": ["archived", "frozen"],
        "semantic_types": ["fact"],
        "min_trust": "standard",
        "filters": {"city": "Oslo"},
        "as_of": AT,
    }
    narrow = build(SearchRequest, fields).visibility(ScopeMatch.INHERIT)
    assert narrow.match is ScopeMatch.EXACT
    assert narrow.states == {State.ARCHIVED, State.FROZEN}
    assert narrow.kinds == {Kind.ACTIVATION}
    assert narrow.semantic_types == {SemanticType.FACT}
    assert narrow.min_trust is Trust.STANDARD
    assert narrow.filter is not None
    assert narrow.as_of == AT


def test_a_malformed_filter_is_an_invalid_filter() -> None:
    for kind in (SearchRequest, ContextRequest, ListRequest, DeleteAllRequest):
        for filters in ({"a": {"like": 1}}, [1], "x", {"created_at": {"gt": "2026-01-01"}}):
            error = refused(kind, **NEEDED[kind], filters=filters)
            assert type(error) is InvalidFilter, filters


def test_an_update_says_what_changes() -> None:
    for empty in ({}, {"expected_version": 1, "reason": "x"}, {"tags": None, "content": None}):
        assert "nothing to change" in refused(UpdateRequest, **empty).message
    assert build(UpdateRequest, {"content": "x", "tags": None}).changes == {"content"}
    assert build(UpdateRequest, {"valid_to": None}).changes == {"valid_to"}
    assert build(UpdateRequest, {"expires_at": None}).changes == {"expires_at"}
    assert build(UpdateRequest, {"pinned": False, "metadata": {}}).changes == {"pinned", "metadata"}


def test_deleting_needs_a_scope_or_a_filter_and_works_on_the_present() -> None:
    for empty in ({}, {"filters": {}}, {"filters": None}, {"states": ["archived"]}):
        assert "nothing deletes a tenant" in refused(DeleteAllRequest, **empty).message
    build(DeleteAllRequest, {"filters": {"city": "Oslo"}})
    build(DeleteAllRequest, {"namespace": "n"})
    assert "as_of" in refused(DeleteAllRequest, user_id="x", as_of=AT).message


def test_the_question_of_a_conversation_is_its_last_two_turns() -> None:
    turns = [{"content": text} for text in ("one", "two", "three")]
    assert build(ContextRequest, {"messages": turns}).question == "two\nthree"
    assert build(ContextRequest, {"messages": turns[:1]}).question == "one"
    assert build(ContextRequest, {"query": "what?"}).question == "what?"
    long = [{"content": "x" * 20_000}, {"content": "end"}]
    question = build(ContextRequest, {"messages": long}).question
    assert len(question) == Limits.QUERY_CHARS
    assert question.endswith("\nend")
    refused(ContextRequest, messages=[])
    refused(ContextRequest, messages=[{"content": "x"}] * 201)


def test_times_are_kept_in_utc_to_the_microsecond() -> None:
    built = build(AddRequest, {"content": "x", "timestamp": "2026-03-01T14:00:00.000001+02:00"})
    assert built.timestamp == AT.replace(microsecond=1)
    assert iso(built.timestamp) == "2026-03-01T12:00:00.000001+00:00"
    assert iso(AT) == "2026-03-01T12:00:00.000000+00:00"
    assert iso(None) is None


def test_answers_serialise_with_results() -> None:
    empty = {
        AddResult: {"results": ()},
        HistoryResult: {"results": ()},
        MemoryPage: {"results": (), "next_cursor": None},
        SearchResult: {"results": (), "outcome": "empty"},
    }
    for kind, fields in empty.items():
        dumped = kind.model_validate(fields).model_dump(mode="json")
        assert dumped["results"] == []
        assert kind.model_validate_json(json.dumps(dumped)).model_dump(mode="json") == dumped
    assert DeleteResult(deleted=0).model_dump(mode="json")["deleted"] == 0


BORDERS = [
    value
    for name in operations.__all__
    if isinstance(value := getattr(operations, name), type) and issubclass(value, BaseModel)
]


@pytest.mark.parametrize("kind", BORDERS, ids=_named)
@pytest.mark.parametrize("mode", ["validation", "serialization"])
def test_every_request_and_answer_has_a_json_schema(kind: type[BaseModel], mode: Any) -> None:
    schema = kind.model_json_schema(mode=mode)
    assert schema["type"] == "object"
    assert schema["additionalProperties"] is False
    assert json.loads(json.dumps(schema)) == schema


@pytest.mark.parametrize("kind", BORDERS, ids=_named)
def test_every_request_and_answer_says_what_it_is(kind: type[BaseModel]) -> None:
    assert kind.__doc__
    assert kind.__doc__.strip()


@pytest.mark.parametrize("when", ["snapshot:a", "snapshot:before-migration.2", AT])
def test_a_read_of_the_past_takes_a_time_or_a_snapshot(when: object) -> None:
    assert build(SearchRequest, {"query": "x", "as_of": when}).as_of is not None


@pytest.mark.parametrize("when", ["snapshot:", "snapshot:a b", "snapshot:../x", "snapshot", 1.5j])
def test_what_is_neither_a_time_nor_a_snapshot_is_refused(when: object) -> None:
    with pytest.raises(InvalidInput) as caught:
        build(SearchRequest, {"query": "x", "as_of": when})
    assert caught.value.detail["field"] == "as_of"


def test_a_snapshot_has_to_be_looked_up_before_anything_is_read() -> None:
    request = build(SearchRequest, {"query": "x", "as_of": "snapshot:a"})
    with pytest.raises(InvalidInput):
        request.visibility(ScopeMatch.EXACT)
