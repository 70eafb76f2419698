"""Blobs as files beside the database: written beside, synced, renamed into place."""

import errno
import fcntl
import hashlib
import mmap
import os
import tempfile
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

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
        with _told(path):
            path.parent.mkdir(parents=True, exist_ok=True)
            held = path.open("ab")
        with held:
            fcntl.flock(held, how)
            yield

    def put(self, tenant_id: str, content: bytes | memoryview, codec: str = "native") -> Blob:
        """Store, durable when the call returns; the same bytes again are stored once.

        Raises:
            StoreFull, StoreReadOnly, StoreUnavailable: the disk; nothing of the blob is left.
        """
        blob = named(tenant_id, content, codec)
        path = self._folder / blob.path
        with _told(path):
            if not _holds(path, blob):
                _write(path, content, self._folder)
        return blob

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


def _write(path: Path, content: bytes | memoryview, root: Path) -> None:
    made = [folder for folder in (path.parent, *path.parent.parents) if not folder.exists()]
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, part = tempfile.mkstemp(_PART, prefix=".", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        Path(part).replace(path)
    except BaseException:
        Path(part).unlink(missing_ok=True)
        raise
    _sync(path.parent)
    for folder in made:
        _sync(folder.parent)
        if folder == root:
            break


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
