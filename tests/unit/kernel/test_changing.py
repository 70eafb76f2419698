"""New versions: what changes, what stays, and whose word it then is."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest

from memory_os import Document, Memory, Template
from memory_os.clock import ManualClock
from memory_os.domain import payload as forms
from memory_os.domain.access import PrincipalKind, Role
from memory_os.domain.cube import Parent
from memory_os.domain.journal import first_break
from memory_os.domain.vocabulary import SourceClass, Trust
from memory_os.errors import (
    AccessDenied,
    Conflict,
    IllegalTransition,
    InvalidInput,
    NotFound,
    VersionConflict,
)
from tests.unit.kernel.stage import DAY, START, cube, journal, kernel, only, opened, seen_by


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(START)


@pytest.fixture
def memory(clock: ManualClock) -> Iterator[Memory]:
    with opened(clock) as opened_one:
        yield opened_one


def test_new_content_is_a_new_version_and_the_old_one_stays(
    memory: Memory, clock: ManualClock
) -> None:
    added = only(memory.add("Ada lives in Oslo.", user_id="ada", tags=["home"]))
    clock.advance(DAY)
    changed = memory.update(added.id, "Ada lives in Bergen.")
    assert (changed.version, changed.memory, changed.tags) == (2, "Ada lives in Bergen.", ("home",))
    assert (changed.created_at, changed.updated_at) == (START, START + DAY)
    assert memory.get(added.id, as_of=START).memory == "Ada lives in Oslo."
    assert [each.memory for each in memory.history(added.id).results] == [
        "Ada lives in Oslo.",
        "Ada lives in Bergen.",
    ]
    assert only(memory.search("Bergen", user_id="ada")).version == 2
    assert cube(memory, added.id).version.parents == (Parent(added.id, 1, "version"),)
    first, second = memory.history(added.id).results
    assert (first.superseded_at, second.superseded_at) == (START + DAY, None)
    assert (first.change, second.change) == ("created", "revised")


def test_metadata_alone_is_a_new_version_of_the_same_content(memory: Memory) -> None:
    added = only(memory.add("Ada lives in Oslo.", metadata={"a": 1}))
    before = cube(memory, added.id).version
    changed = memory.update(added.id, metadata={"b": 2})
    after = cube(memory, added.id).version
    assert (changed.version, changed.metadata) == (2, {"b": 2})
    assert after.content_hash == before.content_hash
    assert after.simhash == before.simhash
    assert after.signature != before.signature
    assert only(memory.search("Oslo", filters={"b": 2})).id == added.id
    assert memory.search("Oslo", filters={"a": 1}).results == ()


def test_governance_alone_is_changed_in_place(memory: Memory, clock: ManualClock) -> None:
    added = only(memory.add("Ada lives in Oslo.", ttl_seconds=60))
    later = START + timedelta(days=3)
    changed = memory.update(
        added.id, pinned=True, priority="high", sensitivity="confidential", expires_at=later
    )
    assert (changed.version, changed.pinned, changed.priority) == (1, True, "high")
    assert (changed.sensitivity, changed.expires_at) == ("confidential", later)
    assert len(memory.history(added.id).results) == 1
    clock.advance(DAY)
    assert memory.get(added.id) == changed
    assert memory.update(added.id, expires_at=None).expires_at is None
    changes = [e.note.action for e in journal(memory) if e.note.action != "read"]
    assert changes == ["create", "govern", "govern"]


def test_content_and_governance_change_together(memory: Memory) -> None:
    added = only(memory.add("Ada lives in Oslo."))
    changed = memory.update(added.id, "Ada lives in Bergen.", pinned=True, reason="she moved")
    assert (changed.version, changed.pinned) == (2, True)
    assert memory.get(added.id) == changed
    assert only(memory.search("Bergen")).pinned
    notes = [(entry.note.action, entry.note.reason) for entry in journal(memory)]
    assert notes[1:] == [("revise", "she moved"), ("govern", "she moved")]
    assert first_break(journal(memory)) is None


def test_what_is_null_or_left_out_stays(memory: Memory) -> None:
    fields: dict[str, Any] = {"tags": ["x"], "metadata": {"a": 1}, "confidence": 0.5}
    added = only(memory.add("tea", semantic_type="preference", **fields))
    nothing: dict[str, Any] = {"tags": None, "metadata": None, "confidence": None}
    changed = memory.update(added.id, "green tea", semantic_type=None, priority=None, **nothing)
    assert (changed.tags, changed.metadata, changed.confidence) == (("x",), {"a": 1}, 0.5)
    assert (changed.semantic_type, changed.priority) == ("preference", "normal")
    with pytest.raises(InvalidInput, match="nothing to change"):
        memory.update(added.id, **nothing)
    assert memory.get(added.id) == changed


def test_tags_are_kept_once_each(memory: Memory) -> None:
    added = only(memory.add("tea"))
    assert memory.update(added.id, tags=["b", "a", "b"]).tags == ("b", "a")
    assert memory.update(added.id, tags=[], metadata={}).tags == ()


def test_validity_can_be_set_and_unset_but_not_turned_round(memory: Memory) -> None:
    added = only(memory.add("tea", valid_from=START))
    with pytest.raises(InvalidInput, match="valid_to must lie after"):
        memory.update(added.id, valid_to=START)
    with pytest.raises(InvalidInput, match="valid_to must lie after"):
        memory.update(added.id, valid_to=START - DAY)
    ended = memory.update(added.id, valid_to=START + DAY)
    assert (ended.valid_from, ended.valid_to) == (START, START + DAY)
    opened_up = memory.update(added.id, valid_from=None, valid_to=START - DAY)
    assert (opened_up.valid_from, opened_up.valid_to) == (None, START - DAY)


def test_each_form_takes_new_text_in_its_own_way(memory: Memory) -> None:
    fact = only(memory.add("Ada drinks tea.", subject="Ada", object="tea"))
    memory.update(fact.id, "Ada drinks ale.")
    assert cube(memory, fact.id).payload == forms.Fact("Ada drinks ale.")
    turn = only(memory.add([{"content": "Hi", "name": "Ada"}], run_id="s1"))
    memory.update(turn.id, "Ho")
    assert cube(memory, turn.id).payload == forms.Message("user", "Ho", name="Ada", turn=1)
    document = only(memory.add(Document(text="Old.", title="T")))
    memory.update(document.id, "New.")
    assert cube(memory, document.id).payload == forms.Document("New.", "T")
    template = only(memory.add(Template(schema_id="p", fields={"a": 1})))
    with pytest.raises(InvalidInput, match="no single text to replace: add its next version"):
        memory.update(template.id, "text")
    assert memory.update(template.id, tags=["x"]).version == 2


def test_an_expected_version_guards(memory: Memory) -> None:
    added = only(memory.add("one"))
    assert memory.update(added.id, "two", expected_version=1).version == 2
    with pytest.raises(VersionConflict) as refused:
        memory.update(added.id, "three", expected_version=1)
    assert refused.value.detail["version"] == 2
    with pytest.raises(VersionConflict):
        memory.update(added.id, pinned=True, expected_version=1)
    assert memory.get(added.id).memory == "two"


def test_whoever_changes_the_text_answers_for_it(memory: Memory) -> None:
    added = only(memory.add("Ada likes tea."))
    agent = seen_by(memory, kind=PrincipalKind.AGENT, id="bot")
    agent.update(added.id, "Ada likes ale.")
    version = cube(memory, added.id).version
    assert (version.origin.source_class, version.trust) == (SourceClass.AGENT_OUTPUT, Trust.LOW)
    assert version.origin.actor == "bot"


def test_no_update_of_anything_else_raises_trust(memory: Memory) -> None:
    added = only(memory.add("from the web", source_class="retrieved"))
    operator = seen_by(memory, kind=PrincipalKind.OPERATOR, role=Role.ADMIN, id="root")
    operator.update(added.id, tags=["seen"], semantic_type="reference")
    operator.update(added.id, "from the web", metadata={"a": 1})
    operator.update(added.id, pinned=True)
    version = cube(memory, added.id).version
    assert (version.origin.source_class, version.trust) == (
        SourceClass.RETRIEVED,
        Trust.UNTRUSTED,
    )
    assert version.signature == kernel(memory).parts.seal.signature(
        "default",
        cube_id=added.id,
        version=3,
        content_hash=version.content_hash,
        source_class=SourceClass.RETRIEVED,
        trust=Trust.UNTRUSTED,
    )


def test_anyone_who_writes_may_raise_sensitivity_and_only_who_governs_lowers_it(
    memory: Memory,
) -> None:
    added = only(memory.add("salary"))
    writer = seen_by(memory)
    assert writer.update(added.id, sensitivity="confidential").sensitivity == "confidential"
    assert writer.update(added.id, sensitivity="confidential").sensitivity == "confidential"
    for lower in ("internal", "public"):
        with pytest.raises(AccessDenied, match="govern"):
            writer.update(added.id, sensitivity=lower)
    assert memory.update(added.id, sensitivity="public").sensitivity == "public"


def test_what_is_not_there_cannot_be_changed(memory: Memory, clock: ManualClock) -> None:
    deleted, lapsed = memory.add_many(["one", {"content": "two", "ttl_seconds": 5}]).results
    memory.delete(deleted.id)
    clock.advance(timedelta(seconds=5))
    stranger = seen_by(memory, tenant="t2", role=Role.ADMIN)
    here = only(memory.add("three"))
    for caller, memory_id in ((memory, deleted.id), (memory, lapsed.id), (stranger, here.id)):
        with pytest.raises(NotFound):
            caller.update(memory_id, "new")
        with pytest.raises(NotFound):
            caller.delete(memory_id)
    unknown = [
        lambda: stranger.get(here.id),
        lambda: stranger.history(here.id),
        lambda: stranger.freeze(here.id),
    ]
    for call in unknown:
        with pytest.raises(NotFound) as refused:
            call()
        assert refused.value.message == f"no memory {here.id!r}"


BAD_IDS: list[Any] = ["", "\x00", "\ud800", "mem_" + "0" * 26, "x" * 5_000, "' OR 1=1 --"]


@pytest.mark.parametrize("memory_id", BAD_IDS, ids=lambda value: ascii(value)[:12])
def test_an_id_that_nothing_has_is_not_found_by_any_call(memory: Memory, memory_id: str) -> None:
    for call in (
        lambda: memory.get(memory_id),
        lambda: memory.get(memory_id, as_of=START),
        lambda: memory.history(memory_id),
        lambda: memory.update(memory_id, "x"),
        lambda: memory.delete(memory_id),
        lambda: memory.archive(memory_id),
    ):
        with pytest.raises(NotFound) as refused:
            call()
        assert len(refused.value.message.encode()) < 700


@pytest.mark.parametrize("memory_id", [None, 5, b"mem_1", ["mem_1"]], ids=ascii)
def test_an_id_that_is_no_text_is_refused(memory: Memory, memory_id: Any) -> None:
    for call in (memory.get, memory.history, memory.delete, memory.archive):
        with pytest.raises(InvalidInput, match="memory_id must be a string"):
            call(memory_id)


def test_a_frozen_memory_takes_no_change_at_all(memory: Memory) -> None:
    added = only(memory.add("one"))
    memory.freeze(added.id)
    for change in ({"content": "two"}, {"tags": ["x"]}, {"pinned": True}, {"expires_at": START}):
        with pytest.raises(IllegalTransition):
            memory.update(added.id, **change)
    assert memory.get(added.id).version == 1


def test_threads_that_expect_no_version_all_get_through(memory: Memory) -> None:
    added = only(memory.add("start", user_id="ada"))

    def write(number: int) -> int:
        return memory.update(added.id, f"text {number}", tags=[f"t{number}"]).version

    with ThreadPoolExecutor(4) as pool:
        versions = list(pool.map(write, range(24)))
    assert sorted(versions) == list(range(2, 26))
    texts = [each.memory for each in memory.history(added.id).results]
    assert sorted(texts[1:]) == sorted(f"text {number}" for number in range(24))
    assert only(memory.search("text", user_id="ada")).version == 25
    assert kernel(memory).parts.store.verify() == []


def test_of_threads_that_expect_the_same_version_one_wins(memory: Memory) -> None:
    added = only(memory.add("start"))

    def write(number: int) -> int | None:
        try:
            return memory.update(added.id, f"text {number}", expected_version=1).version
        except VersionConflict:
            return None

    with ThreadPoolExecutor(4) as pool:
        versions = list(pool.map(write, range(8)))
    assert sorted(filter(None, versions)) == [2]


def test_moves_and_pins_by_threads_do_not_undo_each_other(memory: Memory) -> None:
    for round_ in range(6):
        added = only(memory.add(f"text {round_}"))

        def attempt(move: Any, memory_id: str = added.id) -> None:
            try:
                move(memory_id)
            except Conflict:
                return

        with ThreadPoolExecutor(4) as pool:
            list(pool.map(attempt, [memory.freeze, memory.archive, memory.pin, memory.activate]))
        stored = cube(memory, added.id)
        assert stored.governance.state == "frozen"
        actions = [e.note.action for e in journal(memory) if e.note.targets == (added.id,)]
        assert actions[-1] == "freeze"
        assert stored.governance.pinned is ("govern" in actions)


def test_what_would_have_expired_already_is_refused(memory: Memory, clock: ManualClock) -> None:
    added = only(memory.add("Ada lives in Oslo.", expires_at=clock.now() + DAY))
    for past in (clock.now(), clock.now() - DAY):
        for call in (
            lambda: memory.add("Ada lives in Bergen.", expires_at=past),  # noqa: B023
            lambda: memory.update(added.id, expires_at=past),  # noqa: B023
        ):
            with pytest.raises(InvalidInput, match="is not in the future") as caught:
                call()
            assert caught.value.detail["field"] == "expires_at"
    assert memory.get(added.id).expires_at == clock.now() + DAY
