"""Nothing wrong is imported: every kind of damage is named by its line."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from memory_os.clock import ManualClock
from memory_os.errors import InvalidInput
from memory_os.kernel.memory_os import MemoryOS
from tests.integration.transfers import START, content, exported, lived, opened, reseal, take


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(START)


@pytest.fixture
def origin(clock: ManualClock) -> Iterator[tuple[MemoryOS, dict[str, str]]]:
    with opened(clock=clock) as kernel:
        yield kernel, lived(kernel, clock)


def version(**fields: Any) -> Callable[[Any], object]:
    return lambda cube: cube["versions"][0].update(fields)


WRONG: list[tuple[Callable[[Any], object], str]] = [
    (lambda cube: cube.update(id="no spaces allowed"), "id"),
    (lambda cube: cube.update(colour="red"), "colour"),
    (lambda cube: cube.update(versions=[]), "versions"),
    (lambda cube: cube.update(kind="parametric"), "kind"),
    (lambda cube: cube.update(user_id="a\u0000b"), "user_id"),
    (lambda cube: cube.update(record="cubes"), "record"),
    (version(payload={"form": "fact", "text": ""}), "payload"),
    (version(payload={"form": "fact", "text": "a\u0000b"}), "NUL"),
    (version(payload={"form": "poem", "text": "x"}), "payload"),
    (version(recorded_at="yesterday"), "recorded_at"),
    (version(recorded_at="2026-01-01T00:00:00"), "recorded_at"),
    (version(trust="total"), "trust"),
    (version(confidence=2), "confidence"),
    (version(metadata={"a": "x" * 20_000}), "metadata"),
    (lambda cube: cube["versions"].append({**cube["versions"][0], "version": 7}), "version 7"),
]


@pytest.mark.parametrize(("change", "said"), WRONG, ids=[said for _, said in WRONG])
def test_a_wrong_line_is_named_and_nothing_is_imported(
    origin: Any, change: Callable[[Any], object], said: str
) -> None:
    raw = reseal(exported(origin[0]), change, line=4)
    with opened() as target:
        with pytest.raises(InvalidInput, match=r"^line 4: ") as caught:
            take(target, raw)
        assert said in caught.value.message
        assert caught.value.detail["line"] == 4
        assert content(exported(target)) == []
        rest = take(target, raw, skip_bad=True)
        assert [bad.line for bad in rest.bad] == [4]
        assert rest.added == rest.read == len(origin[1]) - 1


def damage(raw: bytes, kind: str) -> bytes:
    lines = raw.splitlines(keepends=True)
    if kind == "altered":
        lines[3] = lines[3].replace(b"generated", b"activated")
    elif kind == "cut":
        lines[3] = lines[3][:50] + b"\n"
    elif kind == "blank":
        lines[3] = b"\n"
    elif kind == "bytes":
        lines[3] = b"\xff\xfe\x00" + lines[3]
    elif kind == "lost":
        del lines[3]
    elif kind == "twice":
        lines.insert(4, lines[3])
    elif kind == "swapped":
        lines[3], lines[4] = lines[4], lines[3]
    elif kind == "unfinished":
        del lines[-1]
    elif kind == "after":
        lines.append(lines[3])
    return b"".join(lines)


@pytest.mark.parametrize(
    ("kind", "line"),
    [
        ("altered", 4),
        ("cut", 4),
        ("blank", 4),
        ("bytes", 4),
        ("lost", 11),
        ("twice", 5),
        ("swapped", 12),
        ("unfinished", 12),
        ("after", 13),
    ],
)
def test_a_damaged_file_is_refused_where_it_is_damaged(origin: Any, kind: str, line: int) -> None:
    raw = exported(origin[0])
    assert len(raw.splitlines()) == 12
    with opened() as target:
        with pytest.raises(InvalidInput, match=rf"^line {line}: "):
            take(target, damage(raw, kind))
        assert content(exported(target)) == []


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        (b"", "empty"),
        (b"hello\n", "no export"),
        (b'{"record":"cube"}\n', "no export"),
        (b"\x00" * 100, "no export"),
        (b"[1]\n" * 3, "no export"),
    ],
)
def test_what_is_no_export_is_refused(raw: bytes, said: str) -> None:
    with opened() as target, pytest.raises(InvalidInput, match=f"^line 1: .*{said}"):
        take(target, raw, skip_bad=True)


def test_a_newer_format_is_refused_by_name(origin: Any) -> None:
    raw = reseal(exported(origin[0]), lambda head: head.update(version=2), line=1)
    with opened() as target, pytest.raises(InvalidInput, match="upgrade"):
        take(target, raw)
