"""Dictionaries from strings to small numbers."""

from collections.abc import Iterable, Sequence
from itertools import accumulate, pairwise

import numpy as np
from numpy.typing import NDArray

UNKNOWN = -2
NOTHING = -1


class Names:
    """Number strings in the order of their first sight. One writer, many readers."""

    def __init__(self, strings: Iterable[str] = ()) -> None:
        self.strings = list(strings)
        self._codes = {text: code for code, text in enumerate(self.strings)}

    def __len__(self) -> int:
        return len(self.strings)

    def code(self, text: str) -> int:
        """Return the number of ``text``, a new one at first sight."""
        code = self._codes.get(text)
        if code is None:
            code = len(self.strings)
            self.strings.append(text)
            self._codes[text] = code
        return code

    def codes(self, texts: Sequence[str]) -> list[int]:
        """Return the number of each text, new ones at first sight."""
        known = self._codes
        try:
            return [known[text] for text in texts]
        except KeyError:
            return [self.code(text) for text in texts]

    def optional(self, text: str | None) -> int:
        """Return the number of ``text``, ``NOTHING`` for none."""
        return NOTHING if text is None else self.code(text)

    def find(self, text: str) -> int:
        """Return the number of ``text``, ``UNKNOWN`` if it was never seen."""
        return self._codes.get(text, UNKNOWN)


def joined(strings: Sequence[str]) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    """Return the strings as one run of UTF-8 bytes, and 0 and the places where each ends."""
    encoded = [text.encode("utf-8", "surrogatepass") for text in strings]
    stops = np.fromiter(accumulate(map(len, encoded), initial=0), np.int64, len(encoded) + 1)
    return np.frombuffer(b"".join(encoded), np.uint8), stops


def split(blob: NDArray[np.uint8], stops: NDArray[np.int64]) -> list[str]:
    """Return the strings that ``joined`` took."""
    run = blob.tobytes()
    return [
        run[start:stop].decode("utf-8", "surrogatepass") for start, stop in pairwise(stops.tolist())
    ]
