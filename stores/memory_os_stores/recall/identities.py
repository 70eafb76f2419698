"""A dictionary of very many strings: cube ids and groups, as many as there are chunks.

A Python dictionary takes some 190 bytes a string; this one takes 20 and the string itself. Most
strings lie in one run of bytes, found by the sorted 64-bit hashes of them; the newest are in a
small dictionary until they are worth a merge. Equal hashes are told apart by the strings.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from memory_os_stores.recall.names import UNKNOWN, joined

_SMALLEST = 4096
_SHARE = 8


@dataclass(frozen=True, slots=True)
class _Settled:
    """The strings that are not new: their bytes, where each ends, hashes and whose each is."""

    blob: NDArray[np.uint8]
    stops: NDArray[np.int64]
    hashes: NDArray[np.uint64]
    codes: NDArray[np.int32]

    @property
    def size(self) -> int:
        return int(self.stops.size) - 1

    def text(self, code: int) -> str:
        begin, stop = int(self.stops[code]), int(self.stops[code + 1])
        return self.blob[begin:stop].tobytes().decode("utf-8", "surrogatepass")

    def find(self, text: str, hashed: int, place: int) -> int:
        """Return the code of ``text`` among the equal hashes from ``place`` on."""
        while place < self.hashes.size and int(self.hashes[place]) == hashed:
            code = int(self.codes[place])
            if self.text(code) == text:
                return code
            place += 1
        return UNKNOWN


class Identities:
    """Number strings in the order of their first sight. One writer; readers ask for ``text``."""

    def __init__(
        self,
        blob: NDArray[np.uint8] | None = None,
        stops: NDArray[np.int64] | None = None,
        hashes: NDArray[np.uint64] | None = None,
    ) -> None:
        """Begin with the strings that ``arrays`` told of, or with none."""
        settled = _settled(
            np.empty(0, np.uint8) if blob is None else blob,
            np.zeros(1, np.int64) if stops is None else stops,
            np.empty(0, np.uint64) if hashes is None else hashes,
        )
        self._parts: tuple[_Settled, list[str]] = (settled, [])
        self._late: dict[str, int] = {}
        self._late_hashes: list[int] = []

    def __len__(self) -> int:
        settled, late = self._parts
        return settled.size + len(late)

    def text(self, code: int) -> str:
        """Return the string with this number."""
        settled, late = self._parts
        return settled.text(code) if code < settled.size else late[code - settled.size]

    def find(self, text: str) -> int:
        """Return the number of ``text``, ``UNKNOWN`` if it was never seen."""
        code = self._late.get(text)
        if code is not None:
            return code
        return self._search([text], [_hash(text)])[0]

    def codes(self, texts: Sequence[str]) -> list[int]:
        """Return the number of each text, new ones at first sight."""
        late = self._late
        fresh = list(dict.fromkeys(text for text in texts if text not in late))
        known: dict[str, int] = {}
        if fresh:
            hashes = [_hash(text) for text in fresh]
            found = self._search(fresh, hashes)
            for text, hashed, code in zip(fresh, hashes, found, strict=True):
                known[text] = self._add(text, hashed) if code == UNKNOWN else code
        codes = [known[text] if text in known else late[text] for text in texts]
        if len(late) > max(_SMALLEST, len(self) // _SHARE):
            self._settle()
        return codes

    def arrays(self) -> tuple[NDArray[np.uint8], NDArray[np.int64], NDArray[np.uint64]]:
        """Return everything as arrays, hashes in the order of the numbers."""
        self._settle()
        settled, _ = self._parts
        hashes = np.empty_like(settled.hashes)
        hashes[settled.codes] = settled.hashes
        return settled.blob, settled.stops, hashes

    def _search(self, texts: Sequence[str], hashes: Sequence[int]) -> list[int]:
        settled, _ = self._parts
        if not settled.size:
            return [UNKNOWN] * len(texts)
        places = np.searchsorted(settled.hashes, np.array(hashes, np.uint64)).tolist()
        return [
            settled.find(text, hashed, place)
            for text, hashed, place in zip(texts, hashes, places, strict=True)
        ]

    def _add(self, text: str, hashed: int) -> int:
        code = len(self)
        self._parts[1].append(text)
        self._late[text] = code
        self._late_hashes.append(hashed)
        return code

    def _settle(self) -> None:
        settled, late = self._parts
        blob, stops = joined(late)
        hashes = np.empty(len(self), np.uint64)
        hashes[settled.codes] = settled.hashes
        hashes[settled.size :] = self._late_hashes
        self._parts = (
            _settled(
                np.concatenate((settled.blob, blob)),
                np.concatenate((settled.stops, stops[1:] + settled.stops[-1])),
                hashes,
            ),
            [],
        )
        self._late, self._late_hashes = {}, []


def _settled(
    blob: NDArray[np.uint8], stops: NDArray[np.int64], hashes: NDArray[np.uint64]
) -> _Settled:
    order = np.argsort(hashes, kind="stable")
    return _Settled(blob, stops, hashes[order], order.astype(np.int32))


def _hash(text: str) -> int:
    raw = text.encode("utf-8", "surrogatepass")
    return int.from_bytes(hashlib.blake2b(raw, digest_size=8).digest(), "little")
