"""Progress of long work in the SDK: a bar on a terminal's standard error, silence elsewhere."""

import sys
import warnings
from collections.abc import Callable
from threading import Lock
from time import monotonic
from typing import TYPE_CHECKING

from memory_os.kernel.parts import Progress, silent

if TYPE_CHECKING:
    from rich.progress import Progress as Bars

LONG_S = 1.0
"""Work that is over sooner shows nothing."""


class TerminalProgress:
    """Show a bar for each stage that takes longer than a second. Safe to call from many threads.

    The bar goes when the stage is complete.
    """

    def __init__(self, elapsed: Callable[[], float] = monotonic) -> None:
        self._elapsed = elapsed
        self._began: dict[str, float] = {}
        self._shown: dict[str, Bars] = {}
        self._lock = Lock()

    def __call__(self, stage: str, done: int, total: int) -> None:
        """Take a report; a total of 0 means that it is not known."""
        with self._lock:
            began = self._began.setdefault(stage, self._elapsed())
            if 0 < total <= done:
                self._end(stage)
            elif self._elapsed() - began >= LONG_S:
                self._show(stage, done, total)

    def _show(self, stage: str, done: int, total: int) -> None:
        if stage not in self._shown:
            if self._shown:
                return
            self._shown[stage] = _started(stage)
        bars = self._shown[stage]
        bars.update(bars.task_ids[0], completed=done, total=total or None)

    def _end(self, stage: str) -> None:
        self._began.pop(stage, None)
        if (bars := self._shown.pop(stage, None)) is not None:
            bars.stop()


def _started(stage: str) -> "Bars":
    from rich.console import Console  # noqa: PLC0415 - slow, and rarely needed
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn  # noqa: PLC0415
    from rich.progress import Progress as Bars  # noqa: PLC0415

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    bars = Bars(*columns, console=Console(stderr=True, force_terminal=True), transient=True)
    bars.add_task(stage, total=None)
    bars.start()
    return bars


class GuardedProgress:
    """Call somebody's function; one that raises is warned of and called no more.

    Work that is half done for the sake of its report would be worse than no report.
    """

    def __init__(self, report: Progress) -> None:
        self._report = report

    def __call__(self, stage: str, done: int, total: int) -> None:
        """Pass a report on."""
        try:
            self._report(stage, done, total)
        except Exception as error:
            self._report = silent
            warnings.warn(
                f"progress raised {error!r:.200} and is not called again; the work goes on",
                RuntimeWarning,
                stacklevel=2,
            )


def progress_of(given: Progress | None, *, unset: bool) -> Progress:
    """Return what reports go to: ``given``, nothing for ``None``, a terminal if there is one."""
    if given is not None:
        return GuardedProgress(given)
    return TerminalProgress() if unset and sys.stderr.isatty() else silent
