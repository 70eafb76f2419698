"""Progress of long work in the SDK."""

import subprocess
import sys

import pytest

import memory_os
from memory_os.errors import ConfigurationError
from memory_os_api import progress as shown
from memory_os_api.progress import GuardedProgress, TerminalProgress, progress_of
from tests.unit.kernel.stage import WordEmbeddings

TEXTS = [f"Fact {n}." for n in range(1_000)]


class Bars:
    def __init__(self) -> None:
        self.seen: list[tuple[int, int | None]] = []
        self.task_ids = [0]
        self.stopped = False

    def update(self, _task: int, *, completed: int, total: int | None) -> None:
        self.seen.append((completed, total))

    def stop(self) -> None:
        self.stopped = True


def test_only_work_of_over_a_second_shows_a_bar_and_it_goes_at_the_end(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    bars, now = Bars(), [0.0]
    monkeypatch.setattr(shown, "_started", lambda _stage: bars)
    report = TerminalProgress(lambda: now[0])
    report("quick", 0, 10)
    report("quick", 10, 10)
    report("long", 0, 10)
    now[0] = 2.0
    report("long", 5, 10)
    assert bars.seen == [(5, 10)]
    report("long", 10, 10)
    assert bars.stopped


def test_a_bar_is_drawn_on_standard_error(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(shown, "LONG_S", 0.0)
    monkeypatch.setenv("TERM", "xterm")
    report = TerminalProgress()
    report("embedding", 1, 2)
    report("embedding", 2, 2)
    out, err = capsys.readouterr()
    assert out == ""
    assert "embedding" in err


def test_a_terminal_gets_bars_and_anything_else_silence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True, raising=False)
    assert isinstance(progress_of(None, unset=True), TerminalProgress)
    assert progress_of(None, unset=False) is shown.silent
    assert isinstance(progress_of(print, unset=False), GuardedProgress)
    monkeypatch.setattr(sys.stderr, "isatty", lambda: False, raising=False)
    assert progress_of(None, unset=True) is shown.silent


def test_a_function_that_raises_is_warned_of_and_the_work_goes_on() -> None:
    calls: list[tuple[str, int, int]] = []

    def broken(stage: str, done: int, total: int) -> None:
        calls.append((stage, done, total))
        raise RuntimeError("no screen")

    options = {"embeddings": WordEmbeddings(), "progress": broken}
    with (
        memory_os.connect("sqlite://", **options) as memory,
        pytest.warns(RuntimeWarning, match="no screen"),
    ):
        assert len(memory.add_many(TEXTS).results) == 1_000
    assert calls == [("embedding", 0, 1_000)]


def test_long_work_is_told_from_nothing_to_all_of_it() -> None:
    told: list[tuple[str, int, int]] = []
    with memory_os.connect(
        "sqlite://", embeddings=WordEmbeddings(), progress=lambda *said: told.append(said)
    ) as memory:
        memory.add_many(TEXTS)
    assert told == [("embedding", 0, 1_000), ("embedding", 512, 1_000), ("embedding", 1_000, 1_000)]


def test_what_is_no_function_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="progress"):
        memory_os.connect("sqlite://", progress=True)
    memory_os.connect("sqlite://", embeddings=WordEmbeddings(), progress=None).close()


def test_rich_is_loaded_by_a_bar_alone() -> None:
    code = (
        "import sys, memory_os; memory_os.connect('sqlite://').close(); "
        "print('rich.progress' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
