"""Oversight: the journal and the quotas of the caller's tenant."""

from typing import Annotated

from fastapi import APIRouter, Body, Path, Query, Response

from memory_os.domain.operations.audit import (
    AuditPage,
    AuditRequest,
    AuditVerification,
    SignedHead,
)
from memory_os.domain.operations.quotas import QuotaList, QuotaRecord, QuotaRequest
from memory_os_api.answers import answer
from memory_os_api.dependencies import Memories
from memory_os_api.schemas import oversight as examples
from memory_os_api.schemas.listing import request_from
from memory_os_api.schemas.oversight import AuditQuery

router = APIRouter(tags=["oversight"])
QuotaId = Annotated[str, Path(description="The quota's id.", examples=["quo_1f0c9d7e5b3a2c4d6e"])]


@router.get("/v1/audit/events", response_model=AuditPage)
def list_events(query: Annotated[AuditQuery, Query()], memories: Memories) -> Response:
    """List who did what and why, oldest first; it takes the right `audit`."""
    return answer(memories.audit(request_from(query, AuditRequest)))


@router.post("/v1/audit/verifications", response_model=AuditVerification)
def verify_journal(memories: Memories) -> Response:
    """Check the whole journal against its hashes and its signed heads."""
    return answer(memories.verify_audit())


@router.post("/v1/audit/exports", status_code=201, response_model=SignedHead)
def export_journal(memories: Memories) -> Response:
    """Sign where the journal ends, for an export; the events up to there are the rest of it."""
    return answer(memories.audit_export(), 201)


@router.get("/v1/quotas", response_model=QuotaList)
def list_quotas(memories: Memories) -> Response:
    """List the quotas of the tenant, with what is used of each."""
    return answer(memories.quotas())


@router.post("/v1/quotas", response_model=QuotaRecord)
def set_quota(
    body: Annotated[QuotaRequest, Body(openapi_examples=examples.QUOTA)], memories: Memories
) -> Response:
    """Set a quota of the tenant, a user or an agent, over one that was set before."""
    return answer(memories.set_quota(body))


@router.delete("/v1/quotas/{id}", response_model=QuotaRecord)
def remove_quota(id: QuotaId, memories: Memories) -> Response:
    """Remove a quota; the answer is how it last stood."""
    return answer(memories.remove_quota(id))
