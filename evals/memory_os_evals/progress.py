"""Show a person how far a run is; say nothing where nobody looks."""

from contextlib import AbstractContextManager
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn


class Bar(AbstractContextManager["Bar"]):
    """Draw one bar an arm on standard error, when that is a terminal."""

    def __init__(self) -> None:
        console = Console(stderr=True)
        self._bars = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeRemainingColumn(),
            console=console,
            disable=not console.is_terminal,
        )
        self._task = self._bars.add_task("reading", total=None)

    def __enter__(self) -> Self:
        self._bars.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._bars.stop()

    def start(self, arm: str, steps: int) -> None:
        """Begin the arm's bar; the ones before it are full and stay."""
        self._task = self._bars.add_task(arm, total=steps)

    def step(self) -> None:
        """Move the bar on by one."""
        self._bars.advance(self._task)
