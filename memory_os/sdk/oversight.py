"""The SDK's oversight: the journal and the quotas of a tenant."""

from collections.abc import Iterator
from os import PathLike
from pathlib import Path
from typing import Any, Unpack

from memory_os.domain.operations.audit import (
    AuditEvent,
    AuditPage,
    AuditRequest,
    AuditVerification,
    SignedHead,
)
from memory_os.domain.operations.audit_file import (
    event_line,
    first_line,
    last_line,
    verify_lines,
)
from memory_os.domain.operations.common import Limits
from memory_os.domain.operations.quotas import QuotaList, QuotaRecord, QuotaRequest
from memory_os.errors import InvalidInput
from memory_os.governance.seal import Seal
from memory_os.ports.connector import Connector
from memory_os.sdk.options import AuditOptions, HolderOptions
from memory_os.sdk.requests import build


class Oversight:
    """The part of ``Memory`` for those who answer for a whole tenant."""

    connector: Connector

    def audit(self, **options: Unpack[AuditOptions]) -> AuditPage:
        """Return a page of the journal, oldest first; pass ``next_cursor`` on as ``cursor``.

        Every write, move, grant and export is in it, and every reading of restricted memories:
        who, what, when and why, never what a memory says.

        Raises:
            AccessDenied: it needs the right ``audit`` and a credential that is not bound.
            InvalidInput, InvalidCursor.
        """
        return self.connector.audit(build(AuditRequest, options))

    def verify_audit(self) -> AuditVerification:
        """Check the whole journal: its chain of hashes, and every signed head kept of it.

        ``ok`` is whether nothing is wrong; ``problems`` say what is, ``broken_at`` where.

        Raises:
            AccessDenied.
        """
        return self.connector.verify_audit()

    def export_audit(self, path: str | PathLike[str], *, replace: bool = False) -> SignedHead:
        """Write the whole journal to a file as JSON Lines, and return the signed end of it.

        ``memory_os.verify_audit_file`` checks the file, without the database.

        Raises:
            AccessDenied; InvalidInput: the file is there and not to be replaced, or cannot be
            written.
        """
        there = InvalidInput(
            f"{str(path)!r} is there already; name another file, or replace it", field="path"
        )
        if not replace and Path(path).exists():
            raise there
        head = self.connector.audit_export()
        try:
            with Path(path).open("wb" if replace else "xb") as file:
                file.write(first_line(head))
                file.writelines(event_line(event) for event in self._events(head.seq))
                file.write(last_line(head))
        except FileExistsError as error:
            raise there from error
        except OSError as error:
            raise InvalidInput(
                f"{str(path)!r} cannot be written: {error.strerror}", field="path"
            ) from error
        return head

    def quotas(self) -> QuotaList:
        """Return the quotas that are set, with what is used of each.

        Raises:
            AccessDenied: it needs the right ``govern`` and a credential that is not bound.
        """
        return self.connector.quotas()

    def set_quota(self, meter: str, limit: float, **holder: Unpack[HolderOptions]) -> QuotaRecord:
        """Limit what the tenant, a user (``user_id``) or an agent (``agent_id``) may use.

        Meters: ``cubes``, ``text_bytes``, ``activation_bytes``, ``parametric_bytes``,
        ``writes_per_minute``, ``llm_tokens_per_day``, ``embedding_tokens_per_day`` and
        ``money_per_day``, in US dollars. What is there already counts; what does not fit from now
        on is refused with ``QuotaExhausted`` before any work is done.

        Raises:
            AccessDenied, InvalidInput.
        """
        fields: dict[str, Any] = {"meter": meter, "limit": limit, **holder}
        return self.connector.set_quota(build(QuotaRequest, fields))

    def remove_quota(self, quota_id: str) -> QuotaRecord:
        """Remove a quota, and return it as it last stood.

        Raises:
            AccessDenied; NotFound: there is none of this id.
        """
        return self.connector.remove_quota(quota_id)

    def _events(self, upto: int) -> Iterator[AuditEvent]:
        cursor: str | None = None
        while True:
            asked = AuditRequest(limit=Limits.PAGE, cursor=cursor)
            page = self.connector.audit(asked)
            yield from (event for event in page.results if event.seq <= upto)
            cursor = page.next_cursor
            if cursor is None or page.results[-1].seq >= upto:
                return


def verify_audit_file(
    path: str | PathLike[str], *, secret: bytes | None = None
) -> AuditVerification:
    """Check a journal that ``export_audit`` wrote, without the database.

    The chain is always checked; the signature of its end only with the store's ``secret``.

    Raises:
        InvalidInput: it is no exported journal, or cannot be read.
    """
    seal = None if secret is None else Seal(secret)
    genuine = (
        None
        if seal is None
        else lambda head: seal.is_head(head.tenant_id, head.statement(), head.signature)
    )
    try:
        with Path(path).open("rb") as file:
            return verify_lines(file, genuine)
    except OSError as error:
        raise InvalidInput(
            f"{str(path)!r} cannot be read: {error.strerror}", field="path"
        ) from error
