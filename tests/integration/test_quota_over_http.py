"""A quota that has no room says so over HTTP, before the work, and when to come again."""

from collections.abc import Iterator

import httpx
import pytest

from tests.integration.api_service import PROBLEM, Service, serving


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    with serving(tmp_path_factory.mktemp("quotas")) as running:
        yield running


@pytest.fixture
def client(service: Service, request: pytest.FixtureRequest) -> Iterator[httpx.Client]:
    tenant = request.node.name.replace("_", "")[:40]
    with service.client(service.key(tenant, role="admin", tenant=tenant)) as opened:
        yield opened


def quota(client: httpx.Client, meter: str, limit: float) -> None:
    answer = client.post("/v1/quotas", json={"meter": meter, "limit": limit})
    assert answer.status_code < 300, answer.text


def add(client: httpx.Client, text: str) -> httpx.Response:
    return client.post("/v1/cubes", json={"content": text, "user_id": "ada"})


def test_a_meter_that_renews_says_when(client: httpx.Client) -> None:
    quota(client, "writes_per_minute", 1)
    assert add(client, "Ada drinks tea.").status_code == 201
    refused = add(client, "Ada swims.")
    assert (refused.status_code, refused.headers["Content-Type"]) == (429, PROBLEM)
    body = refused.json()
    assert (body["code"], body["limit"], body["used"]) == ("quota_exhausted", 1, 1)
    assert 0 < int(refused.headers["Retry-After"]) <= 60
    assert abs(float(body["retry_after"]) - int(refused.headers["Retry-After"])) <= 1
    listed = client.get("/v1/cubes", params={"user_id": "ada"}).json()["results"]
    assert [each["memory"] for each in listed] == ["Ada drinks tea."]


def test_a_meter_that_does_not_renew_names_no_time(client: httpx.Client) -> None:
    quota(client, "cubes", 1)
    first = add(client, "Ada drinks tea.").json()["results"][0]["id"]
    refused = add(client, "Ada swims.")
    assert refused.status_code == 429
    assert "Retry-After" not in refused.headers
    assert client.delete(f"/v1/cubes/{first}").status_code == 200
    assert add(client, "Ada swims.").status_code == 201


def test_no_model_is_asked_for_where_none_is_configured(client: httpx.Client) -> None:
    body = {"content": "Ada drinks tea.", "user_id": "ada", "infer": True}
    refused = client.post("/v1/cubes", json=body)
    assert (refused.status_code, refused.json()["code"]) == (422, "not_supported")
    assert client.get("/v1/cubes", params={"user_id": "ada"}).json()["results"] == []
