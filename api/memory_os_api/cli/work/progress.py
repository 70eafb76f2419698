"""Progress of long work: a bar on a terminal's standard error, silence elsewhere."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
)

Report = Callable[[str, int, int], None]


@contextmanager
def progress() -> Iterator[Report]:
    """Yield a function of (stage, done, total); a total of 0 means that it is not known.

    The bar appears with the first report, so that quick work shows none.
    """
    console = Console(stderr=True)
    if not console.is_terminal:
        yield _silent
        return
    bars: dict[str, TaskID] = {}
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    shown = Progress(*columns, TimeElapsedColumn(), console=console, transient=True)

    def report(stage: str, done: int, total: int) -> None:
        if stage not in bars:
            shown.start()
            bars[stage] = shown.add_task(stage, total=total or None)
        shown.update(bars[stage], completed=done, total=total or None)

    try:
        yield report
    finally:
        if bars:
            shown.stop()


def _silent(_stage: str, _done: int, _total: int) -> None:
    """Report nothing."""
