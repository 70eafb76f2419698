"""A snapshot of one index: one file that is whole or not used at all.

Layout: magic, arrays (each at a multiple of 64 bytes), manifest, trailer. The manifest is JSON:
what the snapshot is of, where each array lies, and the SHA-256 of every block of everything
before it; the trailer holds the manifest's length and SHA-256. So every byte is under a hash.
A file is written beside, synced, and renamed into place: readers see the old one or the new one,
and one that has the old one mapped keeps it.
"""

import hashlib
import json
import mmap
import os
import struct
import sys
import tempfile
from collections.abc import Collection, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

FORMAT = 7
PART = ".part"
_MAGIC = b"MOSINDEX"
_TRAILER = struct.Struct("<Q32s8s")
_ALIGNED = 64
_BLOCK = 1 << 24
_HASHERS = 4
_STALE_S = 3600.0

Arrays = Mapping[str, NDArray[Any]]


class Damaged(Exception):
    """A snapshot is not whole, or not what this release writes."""


def write(path: Path, about: Mapping[str, object], arrays: Arrays) -> None:
    """Replace the snapshot at ``path`` atomically.

    Raises:
        OSError: the disk is full, read-only or gone; the old snapshot is as it was.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, part = tempfile.mkstemp(PART, prefix=".", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            _write(file, about, arrays)
            file.flush()
            os.fsync(file.fileno())
        _sweep(path.parent, Path(part).stat().st_mtime)
        Path(part).replace(path)
    except BaseException:
        Path(part).unlink(missing_ok=True)
        raise
    _sync_folder(path.parent)


def read(
    path: Path, copied: Collection[str] = ()
) -> tuple[dict[str, Any], dict[str, NDArray[Any]]]:
    """Return what the snapshot is about, and its arrays.

    They are mapped, and private to this process, but for those that are to be ``copied``.

    Raises:
        FileNotFoundError: there is none.
        Damaged: any byte of it is not what was written.
        OSError: it cannot be read.
    """
    with path.open("rb") as file:
        if os.fstat(file.fileno()).st_size < len(_MAGIC) + _TRAILER.size:
            raise Damaged(f"{path.name} is cut short")
        held = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_COPY)
    mapped = np.frombuffer(held, np.uint8)
    length, digest, magic = _TRAILER.unpack(mapped[-_TRAILER.size :].tobytes())
    body = mapped.size - _TRAILER.size - length
    if magic != _MAGIC or body < len(_MAGIC) or bytes(mapped[: len(_MAGIC)]) != _MAGIC:
        raise Damaged(f"{path.name} is not a snapshot")
    text = mapped[body : body + length].tobytes()
    if hashlib.sha256(text).digest() != digest:
        raise Damaged(f"{path.name} has a damaged manifest")
    manifest = json.loads(text)
    if manifest["format"] != FORMAT:
        raise Damaged(f"{path.name} has format {manifest['format']!r}, not {FORMAT}")
    if list(_digests(mapped[:body])) != manifest["sha256"]:
        raise Damaged(f"{path.name} has a damaged block")
    arrays = {
        name: _array(mapped, place).copy() if name in copied else _array(mapped, place)
        for name, place in manifest["arrays"].items()
    }
    if sys.platform == "linux":
        held.madvise(mmap.MADV_DONTNEED)
    return manifest["about"], arrays


def sweep(folder: Path) -> None:
    """Remove every file that was not finished; a writer that is at it saves nothing."""
    for part in folder.glob(f".*{PART}"):
        part.unlink(missing_ok=True)


def naming(folder: Path, texts: Sequence[str]) -> set[str]:
    """Return which of these texts stand in the bytes of any file of ``folder``."""
    found: set[str] = set()
    for path in folder.iterdir() if folder.is_dir() else ():
        try:
            with path.open("rb") as file, mmap.mmap(file.fileno(), 0, prot=mmap.PROT_READ) as held:
                found |= {text for text in texts if held.find(text.encode()) >= 0}
        except (FileNotFoundError, ValueError):
            continue
    return found


def _write(file: BinaryIO, about: Mapping[str, object], arrays: Arrays) -> None:
    hashing = _Hashing(file)
    hashing.write(_MAGIC)
    places = {}
    for name, array in arrays.items():
        hashing.write(bytes(-hashing.size % _ALIGNED))
        places[name] = (array.dtype.str, array.shape, hashing.size)
        hashing.write(np.ascontiguousarray(array).reshape(-1).view(np.uint8).data)
    manifest = {
        "format": FORMAT,
        "about": dict(about),
        "arrays": places,
        "sha256": hashing.digests(),
    }
    text = json.dumps(manifest).encode()
    file.write(text)
    file.write(_TRAILER.pack(len(text), hashlib.sha256(text).digest(), _MAGIC))


class _Hashing:
    """Write to a file and hash it block by block."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._hash = hashlib.sha256()
        self._done: list[str] = []
        self.size = 0

    def write(self, data: bytes | memoryview) -> None:
        """Write ``data``."""
        view = memoryview(data)
        while view:
            piece = view[: _BLOCK - self.size % _BLOCK]
            self._file.write(piece)
            self._hash.update(piece)
            self.size += len(piece)
            view = view[len(piece) :]
            if not self.size % _BLOCK:
                self._done.append(self._hash.hexdigest())
                self._hash = hashlib.sha256()

    def digests(self) -> list[str]:
        """Return the digest of each block, the last one included."""
        return [*self._done, self._hash.hexdigest()] if self.size % _BLOCK else self._done


def _digests(body: NDArray[np.uint8]) -> Iterator[str]:
    """Return the digest of each block, worked out on several threads."""
    blocks = [body[first : first + _BLOCK] for first in range(0, body.size, _BLOCK)]
    with ThreadPoolExecutor(_HASHERS) as pool:
        yield from pool.map(lambda block: hashlib.sha256(block.data).hexdigest(), blocks)


def _array(mapped: NDArray[np.uint8], place: tuple[str, list[int], int]) -> NDArray[Any]:
    kind, shape, offset = np.dtype(place[0]), tuple(place[1]), place[2]
    return np.ndarray(shape, kind, mapped.data, offset)


def _sweep(folder: Path, now: float) -> None:
    """Remove what writers that died left behind."""
    for part in folder.glob(f".*{PART}"):
        try:
            if now - part.stat().st_mtime > _STALE_S:
                part.unlink()
        except FileNotFoundError:
            continue


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
