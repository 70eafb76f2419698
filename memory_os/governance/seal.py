"""Keyed fingerprints: of content, of versions, and for the journal."""

import hmac
from base64 import b32encode
from dataclasses import dataclass, field

from memory_os.domain.vocabulary import SourceClass, Trust


@dataclass(frozen=True, slots=True)
class Seal:
    """Make HMAC-SHA-256 fingerprints under a secret; keys differ per tenant.

    A fingerprint proves that content is unchanged without telling it: who lacks the secret cannot
    test a guess.
    """

    secret: bytes = field(repr=False)

    def content_hash(self, tenant_id: str, canonical: bytes) -> str:
        """Return the fingerprint of a canonical payload inside its tenant."""
        return self._mac(tenant_id, b"content", canonical)

    def signature(
        self,
        tenant_id: str,
        *,
        cube_id: str,
        version: int,
        content_hash: str,
        source_class: SourceClass,
        trust: Trust,
    ) -> str:
        """Return the signature over a version's identity, content, source class and trust."""
        parts = f"{cube_id}\n{version}\n{content_hash}\n{source_class.value}\n{int(trust)}"
        return self._mac(tenant_id, b"version", parts.encode())

    def salted(self, tenant_id: str, signature: str, content_hash: str) -> str:
        """Return what the journal keeps: the content's hash under the version's signature.

        The signature is the salt; it goes when the version's row goes.
        """
        return self._mac(tenant_id, signature.encode(), content_hash.encode())[:32]

    def receipt(self, tenant_id: str, canonical: bytes) -> str:
        """Return the signature of a receipt without its signature."""
        return self._mac(tenant_id, b"receipt", canonical)

    def pseudonym(self, tenant_id: str, place: str, kind: str, value: str) -> str:
        """Return six characters that stand for ``value`` in a place of a tenant.

        The same value gets the same ones there, and other ones elsewhere.
        """
        parts = "\x1f".join((place, kind, value))
        digest = bytes.fromhex(self._mac(tenant_id, b"pseudonym", parts.encode()))
        return b32encode(digest)[:6].decode()

    def mark(self, store_id: str) -> str:
        """Return what a store keeps to know its secret by; it tells nothing of the secret."""
        return self._mac(store_id, b"store", b"")

    def kv_salt(self, tenant_id: str) -> bytes:
        """Return what a tenant's chains of prefixes begin with: equal tokens tell it nothing."""
        return bytes.fromhex(self._mac(tenant_id, b"kv", b""))

    def subject(self, tenant_id: str, user_id: str) -> str:
        """Return what stands for a user in the journal and in receipts: keyed, so that nobody
        without the secret can test a guess of who it is.
        """
        return f"sub_{self._mac(tenant_id, b'subject', user_id.encode())[:26]}"

    def subjects(self, tenant_id: str, user_id: str | None) -> tuple[str, ...]:
        """Return what stands for a user, nothing where there is none."""
        return () if user_id is None else (self.subject(tenant_id, user_id),)

    def head(self, tenant_id: str, statement: bytes) -> str:
        """Return the signature over where a tenant's journal stands."""
        return self._mac(tenant_id, b"head", statement)

    def is_head(self, tenant_id: str, statement: bytes, signature: str) -> bool:
        """Tell whether ``signature`` was made here over this statement."""
        return hmac.compare_digest(
            self.head(tenant_id, statement).encode(), signature.encode(errors="replace")
        )

    def _mac(self, tenant_id: str, purpose: bytes, content: bytes) -> str:
        message = b"\x1f".join((tenant_id.encode(), purpose, content))
        return hmac.digest(self.secret, message, "sha256").hex()
