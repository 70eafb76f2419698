"""Which prefix a cache is of: a hash chained over the tokens, under the model and the tenant.

``root = SHA-256(SHA-256(canonical JSON of the model's fingerprint) || tenant salt)``, and for each
chunk ``h_i = SHA-256(h_(i-1) || tokens_i as little-endian u32)``. Equal hashes mean equal tokens
from position 0 on, read by a model of equal numbers, for one tenant: a retrained model or adapter
has another root, a renamed one the same. The chain follows vLLM's prefix caching, which hashes an
adapter's name instead.
"""

import hashlib
from collections.abc import Sequence

import numpy as np

from memory_os.domain.kv import CHUNK
from memory_os.domain.payload import ModelFingerprint
from memory_os.errors import InvalidInput


def root(model: ModelFingerprint, salt: bytes) -> bytes:
    """Return where the chains of a model begin for the tenant whose secret ``salt`` is."""
    return hashlib.sha256(bytes.fromhex(model.digest) + salt).digest()


def chain(start: bytes, tokens: Sequence[int]) -> tuple[str, ...]:
    """Return the hash of each full chunk of ``tokens``, in hex; what is left over has none.

    Raises:
        InvalidInput: a token is no number from 0 to 2^32 - 1.
    """
    full = len(tokens) // CHUNK * CHUNK
    try:
        words = np.array(tokens[:full], dtype=np.int64)
    except (OverflowError, ValueError, TypeError) as error:
        raise InvalidInput("tokens are whole numbers", field="tokens") from error
    if words.size and (int(words.min()) < 0 or int(words.max()) >= 1 << 32):
        raise InvalidInput("tokens are numbers from 0 to 2^32 - 1", field="tokens")
    raw = words.astype("<u4")
    found: list[str] = []
    for at in range(0, full, CHUNK):
        start = hashlib.sha256(start + raw[at : at + CHUNK].tobytes()).digest()
        found.append(start.hex())
    return tuple(found)
