"""The SDK's review: what is held, letting it in or not, and vouching for memories."""

from typing import Unpack

from memory_os.domain.lifecycle import State
from memory_os.domain.operations import ListRequest, MemoryPage
from memory_os.domain.operations import Memory as Record
from memory_os.domain.operations.review import AttestRequest, RejectRequest
from memory_os.ports.connector import Connector
from memory_os.sdk.options import AttestOptions, ListOptions
from memory_os.sdk.requests import build


class Reviewing:
    """The part of ``Memory`` for reviewers: holders of ``govern`` and ``attest``."""

    connector: Connector

    def held(self, **options: Unpack[ListOptions]) -> MemoryPage:
        """Return a page of what is held for review, with why in ``state_reason``.

        To callers without ``govern`` nothing is shown. Let one in by ``release``, or ``reject`` it.
        """
        asked = {**options, "states": (State.QUARANTINED,), "any_validity": True}
        return self.connector.get_all(build(ListRequest, asked))

    def reject(self, memory_id: str, *, reason: str, dry_run: bool = False) -> Record:
        """End the time of a memory that is held; ``restore`` brings it back until ``purge_at``.

        Raises:
            AccessDenied, NotFound; IllegalTransition: it is not held, or must be kept.
        """
        fields = {"reason": reason, "dry_run": dry_run}
        return self.connector.reject(memory_id, build(RejectRequest, fields))

    def attest(
        self, memory_id: str, *, trust: str, reason: str, **options: Unpack[AttestOptions]
    ) -> Record:
        """Vouch for a memory: its next version has ``trust``, its text stays.

        Nothing else raises trust. ``trust`` is untrusted, low, standard or verified; ``dry_run``
        changes nothing.

        Raises:
            AccessDenied, NotFound, VersionConflict, IdempotencyConflict;
            IllegalTransition: it is frozen, held or merged.
        """
        fields = {"trust": trust, "reason": reason, **options}
        return self.connector.attest(memory_id, build(AttestRequest, fields))
