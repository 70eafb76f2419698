"""How blobs are named: by tenant, then by content."""

import hashlib
import re

from memory_os.domain.payload import Blob
from memory_os.errors import NotFound

_PATH = re.compile(r"[0-9a-f]{32}/[0-9a-f]{2}/[0-9a-f]{64}\.safetensors")
SUFFIX = ".safetensors"


def folder_of(tenant_id: str) -> str:
    """Return the folder of a tenant: a digest, so that any id is a good name on any disk."""
    return hashlib.sha256(tenant_id.encode()).hexdigest()[:32]


def named(tenant_id: str, content: bytes | memoryview, codec: str) -> Blob:
    """Return the blob that ``content`` is."""
    digest = hashlib.sha256(content).hexdigest()
    path = f"{folder_of(tenant_id)}/{digest[:2]}/{digest}{SUFFIX}"
    return Blob(path, len(content), digest, codec)


def owned(tenant_id: str, path: str) -> str:
    """Return ``path`` if it names a blob of the tenant.

    Raises:
        NotFound: it is another tenant's, or no path of a blob.
    """
    if _PATH.fullmatch(path) is None or not path.startswith(f"{folder_of(tenant_id)}/"):
        raise NotFound(f"no blob {path!r}")
    return path
