"""What the SDK's arguments may be, and what is said of those that may not."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

import memory_os
from memory_os import Document, Memory, Message, Template
from memory_os.domain.operations import AddRequest, SearchRequest
from memory_os.errors import InvalidFilter, InvalidInput, TooLarge
from memory_os.sdk.requests import moment_text
from tests.unit.kernel.stage import only, opened


@pytest.fixture(scope="module")
def memory() -> Iterator[Memory]:
    with opened() as opened_one:
        yield opened_one


def refused(call: Any, *args: Any, **options: Any) -> InvalidInput:
    with pytest.raises(InvalidInput) as caught:
        call(*args, **options)
    return caught.value


NO_CONTENT: list[Any] = [None, 5, 1.5, b"tea", bytearray(b"tea"), memoryview(b"tea"), ..., {"tea"}]


@pytest.mark.parametrize("content", NO_CONTENT, ids=lambda content: type(content).__name__)
def test_what_is_no_content_is_refused_by_its_type(memory: Memory, content: Any) -> None:
    error = refused(memory.add, content)
    assert type(content).__name__ in error.message
    assert error.detail["field"] == "content"


BROKEN: list[tuple[Any, str]] = [
    ("", "content"), (" \n", "content"), ("a\x00", "content"), ("\ud800", "content"),
    ([], "messages"), (["tea"], "messages.0"), ([{}], "messages.0.content"),
    ([{"content": "a"}, {"content": 5}], "messages.1.content"),
    ([{"content": "a", "mood": "b"}], "messages.0.mood"),
    ({"role": "user"}, "messages.0.content"), ({}, "messages.0.content"),
]  # fmt: skip


@pytest.mark.parametrize(("content", "field"), BROKEN, ids=ascii)
def test_a_broken_content_is_refused_by_its_place(memory: Memory, content: Any, field: str) -> None:
    assert field in refused(memory.add, content).message


def test_invalid_utf_8_never_comes_in_as_text(memory: Memory) -> None:
    text = b"caf\xe9".decode("utf-8", "surrogateescape")
    assert "unicode" in refused(memory.add, text).message
    assert "unicode" in refused(memory.search, text).message
    assert "Unicode" in refused(memory.add, "tea", metadata={"a": text}).message


def test_ten_megabytes_are_stored_and_one_more_is_too_large(memory: Memory) -> None:
    assert type(refused(memory.add, "x" * 10_000_001)) is TooLarge
    added = only(memory.add("x" * 10_000_000, user_id="big"))
    assert len(memory.get(added.id).memory) == 10_000_000


@pytest.mark.parametrize("option", ["usr_id", "limit", "top_k", "text"])
def test_an_unknown_option_is_refused_by_name(memory: Memory, option: str) -> None:
    assert option in refused(memory.add, "tea", **{option: 1}).message


def test_each_method_refuses_the_options_of_others(memory: Memory) -> None:
    for call, option in (
        (lambda **o: memory.search("tea", **o), "limit"),
        (lambda **o: memory.context("tea", **o), "explain"),
        (memory.get_all, "top_k"),
        (lambda **o: memory.update("mem_1", "tea", **o), "user_id"),
        (lambda **o: memory.delete_all(user_id="a", **o), "limit"),
    ):
        assert option in refused(call, **{option: 1}).message


def test_a_huge_top_k_and_a_malformed_filter_are_refused(memory: Memory) -> None:
    assert "top_k" in refused(memory.search, "tea", top_k=10**9).message
    assert "top_k" in refused(memory.search, "tea", top_k="many").message
    for filters in ({"a": {"like": 1}}, [], "x", {"OR": []}, {"a": {"in": []}}):
        error = refused(memory.search, "tea", filters=filters)
        assert type(error) is InvalidFilter
        assert error.code == "invalid_filter"


def test_of_many_errors_the_first_is_told_and_the_rest_listed(memory: Memory) -> None:
    error = refused(memory.add, [{"content": 5}] * 500)
    assert error.message.startswith("messages.0.content:")
    errors = error.detail["errors"]
    assert isinstance(errors, list)
    assert len(errors) == 20


ITEMS: list[Any] = [
    "text",
    [{"role": "user", "content": "turn"}],
    {"role": "user", "content": "one turn"},
    Message(content="another turn"),
    Document(text="document"),
    Template(schema_id="s", fields={"a": 1}),
    {"content": "mapped text", "tags": ["own"]},
    {"messages": [{"content": "mapped turn"}]},
    {"document": {"text": "mapped document"}},
    {"template": {"schema_id": "s", "fields": {"b": 2}}},
    AddRequest(content="request", user_id="bob"),
]


def test_many_takes_whatever_one_takes_and_common_options(memory: Memory) -> None:
    results = memory.add_many(iter(ITEMS), user_id="ada", tags=["common"]).results
    stored = [memory.get(each.id) for each in results]
    assert [each.memory for each in stored] == [
        "text", "turn", "one turn", "another turn", "document", "a: 1", "mapped text",
        "mapped turn", "mapped document", "b: 2", "request",
    ]  # fmt: skip
    assert [each.tags for each in stored] == [
        *[("common",)] * 6, ("own",), *[("common",)] * 3, (),
    ]  # fmt: skip
    assert {each.user_id for each in stored[:-1]} == {"ada"}
    assert stored[-1].user_id == "bob"


def test_many_is_a_list_of_at_most_a_thousand(memory: Memory) -> None:
    one: list[Any] = ["tea", {"content": "tea"}]
    for item in one:
        assert "list of items" in refused(memory.add_many, item).message
    assert type(refused(memory.add_many, ["tea"] * 1_001)) is TooLarge
    assert "items is empty" in refused(memory.add_many, []).message


def test_a_time_is_a_datetime_or_iso_text(memory: Memory) -> None:
    at = datetime(2026, 3, 1, tzinfo=UTC)
    assert moment_text(at) == "2026-03-01T00:00:00+00:00"
    assert moment_text("2026-03-01T00:00:00Z") == "2026-03-01T00:00:00Z"
    assert moment_text(None) is None
    wrong: list[Any] = [
        5, "yesterday", "", at.replace(tzinfo=None), "2026-03-01", "0001-01-01T00:00:00+14:00",
    ]  # fmt: skip
    added = only(memory.add("tea", run_id="times"))
    for moment in wrong:
        refused(memory.get, added.id, as_of=moment)
    for moment in (*wrong[1:4], wrong[5]):
        refused(memory.search, "tea", as_of=moment)


def test_answers_serialise_to_results() -> None:
    with opened() as memory:
        added = memory.add("tea", metadata={"a": [1]}, tags=["x"])
        answers = [added, memory.search("tea"), memory.get_all(), memory.history(only(added).id)]
    for answer in answers:
        dumped = answer.model_dump(mode="json")
        assert [each["id"] for each in dumped["results"]] == [only(added).id]
        assert dumped["results"][0]["memory"] == "tea"
        assert type(answer).model_validate_json(answer.model_dump_json()) == answer


def test_a_refused_item_keeps_its_kind_and_facts(memory: Memory) -> None:
    error = refused(memory.add_many, ["Tea.", {"content": "Milk.", "tags": ["", ""]}])
    fields = [each["field"] for each in error.detail["errors"]]  # type: ignore[attr-defined]
    assert fields == ["items.1.tags.0", "items.1.tags.1"]
    assert refused(memory.add_many, ["Tea.", 5]).message.startswith("items.1.content: cannot store")
    assert isinstance(refused(memory.add_many, ["x", {"content": "x" * 10_000_001}]), TooLarge)
    nothing = refused(memory.add_many, [{"user_id": "ada"}])
    assert nothing.message.startswith("items.0: give exactly one")


def test_the_text_parts_of_a_message_are_joined(memory: Memory) -> None:
    parts = [{"type": "text", "text": "Tea,"}, {"type": "text", "text": "please."}]
    added = memory.add([{"role": "user", "content": parts}], user_id="parts")
    assert only(added).memory == "Tea,\nplease."
    for wrong in ([{"type": "image_url", "image_url": {"url": "x"}}], ["Tea."], [{"type": "text"}]):
        error = refused(memory.add, [{"role": "user", "content": [parts[0], *wrong]}])
        assert error.detail["field"] == "messages.0.content"
        assert "part 1 of the content is no text" in error.message
    assert refused(memory.add, [{"content": []}]).detail["field"] == "messages.0.content"


@pytest.mark.parametrize("items", [None, 5, "tea", b"tea", {"content": "tea"}], ids=repr)
def test_a_batch_that_is_no_list_is_refused(memory: Memory, items: Any) -> None:
    assert refused(memory.add_many, items).detail["field"] == "items"


@pytest.mark.parametrize("depth", [101, 200, 5_000])
def test_what_nests_too_deep_to_be_read_again_is_refused(memory: Memory, depth: int) -> None:
    deep: dict[str, Any] = {"a": 1}
    for _ in range(depth - 1):
        deep = {"a": deep}
    calls: list[Any] = [
        lambda: Template(schema_id="s", fields=deep),
        lambda: memory.add_many([{"template": {"schema_id": "s", "fields": deep}}]),
        lambda: memory.add("tea", metadata=deep),
        lambda: memory.add({"content": "tea", "metadata": deep}),
    ]
    for call in calls:
        assert type(refused(call)) is TooLarge


def test_what_nests_a_hundred_deep_is_read_again(memory: Memory) -> None:
    deep: dict[str, Any] = {"a": 1}
    for _ in range(99):
        deep = {"a": deep}
    added = only(memory.add(Template(schema_id="s", fields=deep), metadata=deep, user_id="deep"))
    assert memory.get(added.id).metadata == deep


@pytest.mark.parametrize(
    ("make", "kind", "field"),
    [
        (lambda: memory_os.Document(text=""), InvalidInput, "text"),
        (lambda: memory_os.Document(text="a\0b"), InvalidInput, "text"),
        (lambda: memory_os.Document(text="x" * 10_000_001), TooLarge, "text"),
        (lambda: memory_os.Message(content=3), InvalidInput, "content"),
        (lambda: memory_os.Message(content="x", timestamp="2026"), InvalidInput, "timestamp"),
        (lambda: memory_os.Template(schema_id="a", fields={}), InvalidInput, "fields"),
        (lambda: AddRequest(content="x", colour="red"), InvalidInput, "colour"),
        (lambda: SearchRequest(query=""), InvalidInput, "query"),
    ],
)
def test_what_is_made_wrongly_is_refused_by_an_error_of_the_tree(
    make: Any, kind: type[InvalidInput], field: str
) -> None:
    with pytest.raises(InvalidInput) as caught:
        make()
    assert type(caught.value) is kind
    assert caught.value.detail["field"] == field
    assert caught.value.message.startswith(f"{field}: ")
