"""Blobs as files beside the database: written beside, synced, renamed into place."""

import errno
import fcntl
import hashlib
import mmap
import os
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import BinaryIO, Self

from memory_os.domain.payload import Blob
from memory_os.errors import NotFound, StoreCorrupt, StoreFull, StoreReadOnly, StoreUnavailable
from memory_os_stores.blob.names import SUFFIX, folder_of, named, owned

_PART = ".part"
_LOCK = ".lock"
_FULL = frozenset({errno.ENOSPC, errno.EDQUOT})
_READ_ONLY = frozenset({errno.EROFS, errno.EACCES, errno.EPERM})


class FileBlobStore:
    """Keep blobs under one folder, which is made when the first one is stored."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def adding(self, tenant_id: str) -> AbstractContextManager[None]:
        """Keep others from removing blobs; see the port."""
        return self._locked(tenant_id, fcntl.LOCK_SH)

    def removing(self, tenant_id: str) -> AbstractContextManager[None]:
        """Keep others from adding blobs; see the port."""
        return self._locked(tenant_id, fcntl.LOCK_EX)

    @contextmanager
    def _locked(self, tenant_id: str, how: int) -> Iterator[None]:
        path = self._folder / folder_of(tenant_id) / _LOCK
        if how == fcntl.LOCK_EX and not path.exists():
            yield  # nobody has ever added: there is nothing to remove, nor to keep anybody from
            return
        with _told(path):
            path.parent.mkdir(parents=True, exist_ok=True)
            held = os.open(path, os.O_RDONLY | os.O_CREAT, 0o644)
        try:
            fcntl.flock(held, how)
            yield
        finally:
            os.close(held)

    def put(self, tenant_id: str, content: bytes | memoryview, codec: str = "native") -> Blob:
        """Store, durable when the call returns; the same bytes again are stored once.

        Raises:
            StoreFull, StoreReadOnly, StoreUnavailable: the disk; nothing of the blob is left.
        """
        return self.put_many(tenant_id, [content], codec)[0]

    def put_many(
        self, tenant_id: str, contents: Iterable[bytes | memoryview], codec: str = "native"
    ) -> list[Blob]:
        """Store several: all are written, then all are synced, then all are renamed.

        Raises:
            StoreFull, StoreReadOnly, StoreUnavailable: the disk.
        """
        blobs: list[Blob] = []
        with _Writing(self._folder) as writing:
            for content in contents:
                blob = named(tenant_id, content, codec)
                path = self._folder / blob.path
                with _told(path):
                    if not _holds(path, blob):
                        writing.add(path, content)
                blobs.append(blob)
            with _told(self._folder):
                writing.finish()
        return blobs

    def read(self, tenant_id: str, blob: Blob, *, verify: bool = True) -> memoryview:
        """Return the bytes of ``blob``, mapped read-only.

        Raises:
            NotFound: the tenant has no such blob.
            StoreCorrupt: it is cut short, or its SHA-256 is another one.
        """
        path = self._folder / owned(tenant_id, blob.path)
        with _told(path):
            held = _mapped(path)
        if len(held) != blob.size:
            raise StoreCorrupt(
                f"blob {blob.path!r} has {len(held)} bytes, not {blob.size}: it is cut short or "
                "was replaced; what it held is made again when it is next needed"
            )
        if verify and hashlib.sha256(held).hexdigest() != blob.sha256:
            raise StoreCorrupt(
                f"blob {blob.path!r} is damaged: its SHA-256 is not {blob.sha256}; what it held is "
                "made again when it is next needed"
            )
        return held

    def delete(self, tenant_id: str, path: str) -> bool:
        """Unlink a blob and tell whether it was there.

        Raises:
            StoreReadOnly, StoreUnavailable: the disk.
        """
        whole = self._folder / owned(tenant_id, path)
        with _told(whole):
            try:
                whole.unlink()
            except FileNotFoundError:
                return False
            _sync(whole.parent)
        return True

    def paths(self, tenant_id: str) -> Iterator[str]:
        """Yield the path of every blob of the tenant."""
        for path in (self._folder / folder_of(tenant_id)).glob(f"*/*{SUFFIX}"):
            yield path.relative_to(self._folder).as_posix()

    def clear(self, tenant_id: str) -> None:
        """Remove what writes that were interrupted have left."""
        for part in (self._folder / folder_of(tenant_id)).glob(f"*/.*{_PART}"):
            part.unlink(missing_ok=True)


def _holds(path: Path, blob: Blob) -> bool:
    """Tell whether the whole blob lies at ``path`` already."""
    try:
        held = _mapped(path)
    except FileNotFoundError:
        return False
    return len(held) == blob.size and hashlib.sha256(held).hexdigest() == blob.sha256


def _mapped(path: Path) -> memoryview:
    with path.open("rb") as file:
        if os.fstat(file.fileno()).st_size == 0:
            return memoryview(b"")
        return memoryview(mmap.mmap(file.fileno(), 0, prot=mmap.PROT_READ))


class _Writing:
    """Files being written beside their places; what was not finished is removed."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._parts: list[tuple[BinaryIO, Path, Path]] = []
        self._made: set[Path] = set()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for file, part, _place in self._parts:
            file.close()
            part.unlink(missing_ok=True)

    def add(self, path: Path, content: bytes | memoryview) -> None:
        """Write a file beside its place."""
        folder = path.parent
        if not folder.exists():
            self._made |= {f for f in (folder, *folder.parents) if not f.exists()}
            folder.mkdir(parents=True, exist_ok=True)
        handle, part = tempfile.mkstemp(_PART, prefix=".", dir=folder)
        file = os.fdopen(handle, "wb", buffering=0)
        self._parts.append((file, Path(part), path))
        left = memoryview(content)
        while left:
            left = left[file.write(left) :]

    def finish(self) -> None:
        """Sync every file, give each its name, and sync the folders."""
        for file, _, _ in self._parts:
            os.fsync(file.fileno())
        for _, part, path in self._parts:
            part.replace(path)
        folders = {path.parent for _, _, path in self._parts}
        folders |= {made.parent for made in self._made}
        for folder in folders:
            _sync(folder)


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def _told(path: Path) -> Iterator[None]:
    """Raise what the disk refuses in the words of the tree."""
    try:
        yield
    except FileNotFoundError as error:
        raise NotFound(f"no blob at {path}") from error
    except OSError as error:
        told = f"blob at {path}: {error.strerror}"
        if error.errno in _FULL:
            raise StoreFull(f"{told}; nothing was stored; free some space") from error
        if error.errno in _READ_ONLY:
            raise StoreReadOnly(f"{told}; make its folder writable") from error
        raise StoreUnavailable(f"{told}; check that its folder can be reached") from error
