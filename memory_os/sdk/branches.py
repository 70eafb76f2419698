"""The SDK's branches: made, listed, adopted, deleted."""

from datetime import datetime
from typing import Any, Unpack

from memory_os.domain.operations.branch import (
    AdoptRequest,
    AdoptResult,
    BranchesRequest,
    BranchList,
    BranchRecord,
    BranchRequest,
)
from memory_os.ports.connector import Connector
from memory_os.sdk.options import AdoptOptions, ScopeOptions, SnapshotOptions
from memory_os.sdk.requests import build


class Branches:
    """The part of ``Memory`` that is about branches.

    ``branch=NAME`` reads or writes one everywhere else: ``add``, ``get``, ``search`` and so on.
    """

    connector: Connector

    def branch(
        self, name: str, start: datetime | str | None = None, **options: Unpack[SnapshotOptions]
    ) -> BranchRecord:
        """Make a branch of a scope, or of everything that the caller sees.

        It sees what memory held at ``start`` (a time, ``snapshot:NAME``, else now), and over it
        what is written with ``branch=NAME``. Nothing is copied.

        Raises:
            AlreadyExists: the scope has one of this name; NotFound: there is no such snapshot.
        """
        fields: dict[str, Any] = {"name": name, **options}
        if start is not None:
            fields["start"] = start
        return self.connector.create_branch(build(BranchRequest, fields))

    def branches(self, **scope: Unpack[ScopeOptions]) -> BranchList:
        """Return the branches of a scope, oldest first."""
        return self.connector.branches(build(BranchesRequest, scope))

    def delete_branch(self, name: str, **scope: Unpack[ScopeOptions]) -> BranchRecord:
        """Forget a branch and, for good, what was written on it alone.

        Raises:
            NotFound: there is none of this name; AccessDenied.
        """
        return self.connector.delete_branch(name, build(BranchesRequest, scope))

    def adopt(self, name: str, **options: Unpack[AdoptOptions]) -> AdoptResult:
        """Apply to main what was changed on the branch alone, in one transaction.

        What both sides changed comes back under ``conflicts`` and stays, unless ``prefer`` is
        ``branch`` or ``main``; what is frozen or held back is ``refused``. A rollback to
        ``undo_to`` takes it back; ``dry_run`` changes nothing.

        Raises:
            NotFound, AccessDenied, InvalidInput, IdempotencyConflict.
        """
        return self.connector.adopt(name, build(AdoptRequest, options))
