"""Thousands of generated requests, valid and not, against the service's own description.

None may make the service fail, and every answer must be one that the description promises.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from tests.integration.api_service import serving
from tests.unit.api.fakes import app_over

EXAMPLES = 25
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
SCHEMA = schemathesis.openapi.from_dict(app_over().openapi())


@dataclass
class Target:
    url: str
    headers: dict[str, str]
    client: httpx.Client
    memory_id: str = ""
    key_id: str = ""


@pytest.fixture(scope="module")
def target(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Target]:
    folder = tmp_path_factory.mktemp("fuzz")
    with serving(folder) as service:
        token = service.key("fuzz", role="admin")
        with service.client(token) as client:
            yield Target(service.url, {"Authorization": f"Bearer {token}"}, client)
        assert not [line for line in service.lines() if line["message"] == "unhandled error"]


@SCHEMA.parametrize()
@settings(
    max_examples=EXAMPLES,
    deadline=None,
    derandomize=True,
    suppress_health_check=list(HealthCheck),
)
def test_no_request_breaks_the_service(case: schemathesis.Case, target: Target) -> None:
    if "id" in (case.path_parameters or {}) and len(str(case.path_parameters["id"])) % 2:
        case.path_parameters["id"] = existing(target, case.path)
    case.call_and_validate(base_url=target.url, headers=target.headers, checks=CHECKS)


def existing(target: Target, path: str) -> str:
    """Return the id of a key or a memory that is there."""
    if path.startswith("/v1/keys"):
        made = target.client.post("/v1/keys", json={"name": "fuzzed"})
        return str(made.json()["id"])
    if not target.memory_id or not target.client.get(f"/v1/cubes/{target.memory_id}").is_success:
        body = {"content": f"The {target.memory_id} lighthouse keeps turning.", "user_id": "fuzz"}
        added = target.client.post("/v1/cubes", json=body)
        target.memory_id = str(added.json()["results"][0]["id"])
    return target.memory_id
