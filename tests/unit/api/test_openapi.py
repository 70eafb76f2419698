"""The OpenAPI document describes every operation completely and truly."""

from typing import Any

import pytest
from pydantic import TypeAdapter

from memory_os.domain.operations import (
    AddRequest,
    AddResult,
    ContextRequest,
    ContextResult,
    DeleteResult,
    HistoryResult,
    Memory,
    MemoryPage,
    SearchRequest,
    SearchResult,
    TransitionRequest,
    UpdateRequest,
)
from memory_os.domain.operations.activation import (
    CheckRequest,
    PrefixRequest,
    PrefixResult,
    PromotionRequest,
    PromotionVerdict,
    RecodeRequest,
)
from memory_os.domain.operations.adapter import (
    GateRequest,
    TrainingRequest,
    TrainingVerdict,
)
from memory_os.domain.operations.audit import AuditPage, AuditVerification, SignedHead
from memory_os.domain.operations.branch import AdoptResult, BranchList, BranchRecord
from memory_os.domain.operations.erase import (
    EraseRequest,
    Receipt,
    Verification,
    VerificationRequest,
)
from memory_os.domain.operations.grant import GrantList, GrantRecord, GrantRequest
from memory_os.domain.operations.jobs import (
    JobChangeRequest,
    JobPage,
    JobRecord,
    JobStartRequest,
)
from memory_os.domain.operations.merge import (
    DuplicatesResult,
    MergeRequest,
    MergeResult,
    UnmergeResult,
)
from memory_os.domain.operations.past import (
    DiffResult,
    RollbackRequest,
    RollbackResult,
    SnapshotList,
    SnapshotRecord,
    SnapshotRequest,
)
from memory_os.domain.operations.policies import (
    FeedbackRequest,
    FeedbackResult,
    LifecycleRunRequest,
    LifecycleRunResult,
    PolicyList,
    PolicyRecord,
    PolicySetRequest,
    SimulationRequest,
    SimulationResult,
)
from memory_os.domain.operations.quotas import QuotaList, QuotaRecord
from memory_os_api.openapi import TAGS
from memory_os_api.schemas import (
    activation,
    adapter,
    erasing,
    examples,
    grants,
    jobs,
    past,
    policies,
)
from memory_os_api.schemas.batch import BatchRequest
from memory_os_api.schemas.keys import CreatedKey, KeyInfo, KeyPage, KeyRequest
from memory_os_api.schemas.lifecycle import PositionResult
from memory_os_api.schemas.mem0 import (
    Mem0Add,
    Mem0AddResult,
    Mem0Change,
    Mem0Done,
    Mem0Memory,
    Mem0Page,
    Mem0Search,
    Mem0Update,
)
from memory_os_api.schemas.service import Alive, Ready, Stats
from tests.unit.api.fakes import app_over, client_of

DOCUMENT: dict[str, Any] = app_over().openapi()
OPERATIONS = [
    (f"{method.upper()} {path}", operation)
    for path, item in DOCUMENT["paths"].items()
    for method, operation in item.items()
]
WITHOUT_JSON = {"metrics", "revoke_key", "load_chunk", "load_adapter"}
IN_BYTES = {"store_activation", "store_adapter"}
REQUESTS = [
    (AddRequest, examples.ADD),
    (BatchRequest, examples.BATCH),
    (UpdateRequest, examples.UPDATE),
    (TransitionRequest, examples.TRANSITION),
    (MergeRequest, examples.MERGE),
    (SearchRequest, examples.SEARCH),
    (ContextRequest, examples.CONTEXT),
    (SnapshotRequest, past.SNAPSHOT),
    (RollbackRequest, past.ROLLBACK),
    (EraseRequest, erasing.ERASE),
    (VerificationRequest, erasing.VERIFY),
    (GrantRequest, grants.GRANT),
    (FeedbackRequest, policies.FEEDBACK),
    (LifecycleRunRequest, policies.RUN),
    (PolicySetRequest, policies.SET),
    (SimulationRequest, policies.SIMULATION),
    (JobStartRequest, jobs.START),
    (JobChangeRequest, jobs.RETRY),
    (PrefixRequest, activation.LOOKUP),
    (PromotionRequest, activation.PROMOTION),
    (CheckRequest, activation.CHECK),
    (RecodeRequest, activation.RECODE),
    (TrainingRequest, adapter.TRAINING),
    (GateRequest, adapter.GATE),
    (KeyRequest, examples.KEY),
    (Mem0Add, examples.MEM0_ADD),
    (Mem0Search, examples.MEM0_SEARCH),
    (Mem0Update, examples.MEM0_UPDATE),
]
ANSWERS = {
    "store_activation": Memory,
    "check_activation": Memory,
    "recode_activation": Memory,
    "find_prefix": PrefixResult,
    "judge_prefix": PromotionVerdict,
    "store_adapter": Memory,
    "judge_adapter": Memory,
    "may_train": TrainingVerdict,
    "list_events": AuditPage,
    "verify_journal": AuditVerification,
    "export_journal": SignedHead,
    "list_quotas": QuotaList,
    "set_quota": QuotaRecord,
    "remove_quota": QuotaRecord,
    "add": AddResult,
    "add_many": AddResult,
    "list_all": MemoryPage,
    "delete_all": DeleteResult,
    "get": Memory,
    "update": Memory,
    "delete": DeleteResult,
    "history": HistoryResult,
    "position": PositionResult,
    "transition": Memory,
    "candidates": DuplicatesResult,
    "create_grant": GrantRecord,
    "list_grants": GrantList,
    "revoke_grant": GrantRecord,
    "merge": MergeResult,
    "unmerge": UnmergeResult,
    "search": SearchResult,
    "context": ContextResult,
    "diff": DiffResult,
    "create_snapshot": SnapshotRecord,
    "list_snapshots": SnapshotList,
    "delete_snapshot": SnapshotRecord,
    "rollback": RollbackResult,
    "erase": Receipt,
    "get_erasure": Receipt,
    "verify_erasure": Verification,
    "create_branch": BranchRecord,
    "list_branches": BranchList,
    "delete_branch": BranchRecord,
    "adopt": AdoptResult,
    "list_policies": PolicyList,
    "get_policy": PolicyRecord,
    "set_policy": PolicyRecord,
    "simulate_policy": SimulationResult,
    "feedback": FeedbackResult,
    "run_policies": LifecycleRunResult,
    "attest": Memory,
    "reject": Memory,
    "list_jobs": JobPage,
    "start_job": JobRecord,
    "get_job": JobRecord,
    "cancel_job": JobRecord,
    "retry_job": JobRecord,
    "create_key": CreatedKey,
    "list_keys": KeyPage,
    "get_key": KeyInfo,
    "healthz": Alive,
    "readyz": Ready,
    "stats": Stats,
    "add_memory": Mem0AddResult,
    "list_memories": Mem0Page,
    "delete_memories": Mem0Done,
    "search_memories": Mem0Page,
    "get_memory": Mem0Memory,
    "update_memory": Mem0Memory,
    "delete_memory": Mem0Done,
    "memory_history": list[Mem0Change],
}


@pytest.mark.parametrize(("where", "operation"), OPERATIONS, ids=[where for where, _ in OPERATIONS])
def test_an_operation_is_described_and_has_examples(where: str, operation: dict[str, Any]) -> None:
    assert operation["summary"]
    assert operation["description"].endswith(".")
    assert set(operation["tags"]) <= {tag["name"] for tag in TAGS}
    if operation["operationId"] in IN_BYTES:
        assert operation["requestBody"]["description"]
    elif "requestBody" in operation:
        assert operation["requestBody"]["content"]["application/json"]["examples"]
    for parameter in operation.get("parameters", []):
        described = parameter.get("description") or parameter["schema"].get("description")
        assert described, f"{where}: {parameter['name']}"
    success = next(answer for status, answer in operation["responses"].items() if status < "300")
    if operation["operationId"] not in WITHOUT_JSON:
        assert "example" in success["content"]["application/json"]


@pytest.mark.parametrize(("where", "operation"), OPERATIONS, ids=[where for where, _ in OPERATIONS])
def test_errors_of_an_operation_are_problems(where: str, operation: dict[str, Any]) -> None:
    for status, answer in operation["responses"].items():
        if status < "400":
            continue
        name = answer["$ref"].removeprefix("#/components/responses/")
        content = DOCUMENT["components"]["responses"][name]["content"]
        assert set(content) == {"application/problem+json"}, where
    needs_key = where.split()[1] not in ("/healthz", "/readyz")
    assert ("security" in operation) is needs_key
    assert ("401" in operation["responses"]) is needs_key


def test_operations_have_ids_of_their_own() -> None:
    ids = [operation["operationId"] for _, operation in OPERATIONS]
    assert len(ids) == len(set(ids))
    assert set(ids) - WITHOUT_JSON == set(ANSWERS) == set(examples.ANSWERS)


@pytest.mark.parametrize(("kind", "shown"), REQUESTS, ids=[kind.__name__ for kind, _ in REQUESTS])
def test_an_example_request_fits_its_schema(kind: Any, shown: dict[str, Any]) -> None:
    for example in shown.values():
        kind.model_validate(example["value"])


@pytest.mark.parametrize("name", list(ANSWERS))
def test_an_example_answer_fits_its_schema(name: str) -> None:
    adapter = TypeAdapter(ANSWERS[name])
    read = adapter.validate_python(examples.ANSWERS[name])
    assert adapter.dump_python(read, mode="json") == examples.ANSWERS[name]


def test_the_document_is_served_unless_it_is_switched_off() -> None:
    assert client_of(app_over()).get("/openapi.json").json() == DOCUMENT
    assert client_of(app_over(openapi=False)).get("/openapi.json").status_code == 404
    assert client_of(app_over()).get("/docs").status_code == 404


def test_every_reference_leads_somewhere() -> None:
    def references(node: Any) -> Any:
        if isinstance(node, dict):
            if isinstance(node.get("$ref"), str):
                yield node["$ref"]
            for part in node.values():
                yield from references(part)
        elif isinstance(node, list):
            for part in node:
                yield from references(part)

    for reference in set(references(DOCUMENT)):
        place: Any = DOCUMENT
        for part in reference.removeprefix("#/").split("/"):
            place = place[part]
