"""Many readers or one writer."""

from threading import Condition
from types import TracebackType


class _Side:
    """One side of a gate, to be used with ``with``."""

    __slots__ = ("_enter", "_leave")

    def __init__(self, gate: "Gate", *, writes: bool) -> None:
        self._enter = gate.start_writing if writes else gate.start_reading
        self._leave = gate.stop_writing if writes else gate.stop_reading

    def __enter__(self) -> None:
        self._enter()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._leave()


class Gate:
    """Let readers in together and a writer alone; a waiting writer goes first. Not reentrant."""

    def __init__(self) -> None:
        self._turn = Condition()
        self._readers = 0
        self._waiting = 0
        self._writing = False
        self.reading = _Side(self, writes=False)
        self.writing = _Side(self, writes=True)

    def start_reading(self) -> None:
        """Wait until no writer is inside or waiting, then enter."""
        with self._turn:
            while self._writing or self._waiting:
                self._turn.wait()
            self._readers += 1

    def stop_reading(self) -> None:
        """Leave; the last reader lets a writer in."""
        with self._turn:
            self._readers -= 1
            if not self._readers and self._waiting:
                self._turn.notify_all()

    def start_writing(self) -> None:
        """Wait until nobody is inside, then enter."""
        with self._turn:
            self._waiting += 1
            while self._writing or self._readers:
                self._turn.wait()
            self._waiting -= 1
            self._writing = True

    def stop_writing(self) -> None:
        """Leave and let the others in."""
        with self._turn:
            self._writing = False
            self._turn.notify_all()
