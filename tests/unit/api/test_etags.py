"""Entity tags stand for one answer each, and are read as RFC 9110 writes them."""

from datetime import UTC, datetime
from itertools import combinations
from types import SimpleNamespace
from typing import Any

import pytest
from starlette.exceptions import HTTPException

from memory_os.domain.operations import Memory
from memory_os.errors import VersionConflict
from memory_os_api.etags import expected_version, is_fresh, tag_of, tags
from memory_os_api.schemas.examples import MEMORY

PLAIN = Memory.model_validate(MEMORY)


def at(**changes: Any) -> Memory:
    return PLAIN.model_copy(update=changes)


def holding(memory: Memory) -> Any:
    return SimpleNamespace(get=lambda _id, branch=None: memory)


def test_the_tag_is_the_version() -> None:
    assert tag_of(PLAIN) == '"1"'
    assert tag_of(at(version=17)) == '"17"'


def test_what_governs_a_memory_changes_its_tag() -> None:
    changed = [
        PLAIN,
        at(state="archived", state_reason="archive"),
        at(state_reason="restore"),
        at(pinned=True),
        at(priority="high"),
        at(sensitivity="restricted"),
        at(expires_at=datetime(2026, 1, 1, tzinfo=UTC)),
        at(purge_at=datetime(2026, 1, 1, tzinfo=UTC)),
        at(superseded_at=datetime(2026, 1, 1, tzinfo=UTC)),
        at(version=2, pinned=True),
    ]
    assert all(tag_of(a) != tag_of(b) for a, b in combinations(changed, 2))


@pytest.mark.parametrize(
    ("header", "fresh"),
    [
        (None, False),
        ("*", True),
        ('"1"', True),
        ('W/"1"', True),
        ('"2"', False),
        ('"2", "1"', True),
        ('"2" , W/"3"', False),
    ],
)
def test_a_copy_is_fresh_if_its_tag_is_among_those_given(header: str | None, fresh: bool) -> None:
    assert is_fresh(header, '"1"') is fresh


@pytest.mark.parametrize("header", ["1", '"1', "", '"1" "2"', '"1",', 'w/"1"', "**", '"a"b"'])
def test_a_malformed_header_is_refused(header: str) -> None:
    with pytest.raises(HTTPException) as raised:
        tags(header, "If-Match")
    assert raised.value.status_code == 400


@pytest.mark.parametrize(
    ("header", "in_body", "expected"),
    [
        (None, None, None),
        (None, 4, 4),
        ("*", None, None),
        ("*", 4, 4),
        ('"1"', None, 1),
        ('"9"', None, 9),
        ('"1"', 1, 1),
        ('"7", "1"', None, 1),
    ],
)
def test_a_change_expects_the_version_of_the_header(
    header: str | None, in_body: int | None, expected: int | None
) -> None:
    assert expected_version(header, in_body, "mem_1", holding(PLAIN)) == expected


@pytest.mark.parametrize("header", ['W/"1"', '"7", "8"', '"one"', '"1-00000000"', '"0"'])
def test_a_tag_that_the_memory_does_not_have_is_a_conflict(header: str) -> None:
    with pytest.raises(VersionConflict):
        expected_version(header, None, "mem_1", holding(PLAIN))


def test_the_tag_of_a_governed_memory_guards_its_version() -> None:
    pinned = at(pinned=True, version=3)
    assert expected_version(tag_of(pinned), None, "mem_1", holding(pinned)) == 3
    assert expected_version('"3"', None, "mem_1", holding(pinned)) == 3
    with pytest.raises(VersionConflict):
        expected_version(tag_of(pinned), None, "mem_1", holding(at(version=3)))


def test_a_header_that_contradicts_the_body_is_refused() -> None:
    with pytest.raises(HTTPException) as raised:
        expected_version('"1"', 2, "mem_1", holding(PLAIN))
    assert raised.value.status_code == 400
