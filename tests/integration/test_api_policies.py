"""The routes about policies, over HTTP, on a real service."""

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tests.integration.api_service import Service, problem_of, serving

STRICT: dict[str, Any] = {"archive": {"below": 0.2}}


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    with serving(tmp_path_factory.mktemp("policies")) as running:
        yield running


@pytest.fixture
def client(service: Service, request: pytest.FixtureRequest) -> Iterator[httpx.Client]:
    token = service.key("app", role="admin", tenant=str(request.node.name))
    with service.client(token) as client:
        yield client


def test_a_set_has_its_version_as_etag_and_if_match_guards_it(client: httpx.Client) -> None:
    assert client.get("/v1/policies/default").headers["etag"] == '"0"'
    body = {"settings": STRICT, "reason": "tidy"}
    made = client.put("/v1/policies/default", json=body, headers={"If-Match": '"0"'})
    assert (made.status_code, made.headers["etag"]) == (200, '"1"')
    assert made.json()["settings"]["archive"]["below"] == 0.2
    late = client.put("/v1/policies/default", json={"settings": {}}, headers={"If-Match": '"0"'})
    problem_of(late, 412, "version_conflict")
    for header, expected in (('"x"', None), ("1", None), ('"1"', 0)):
        body = {"settings": {}, "expected_version": expected}
        answer = client.put("/v1/policies/default", json=body, headers={"If-Match": header})
        assert answer.status_code == 400, header
    anyhow = client.put("/v1/policies/default", json={"settings": {}}, headers={"If-Match": "*"})
    assert anyhow.json()["version"] == 2
    older = client.get("/v1/policies/default", params={"version": 1}).json()
    assert (older["version"], older["reason"]) == (1, "tidy")


def test_a_wrong_setting_is_a_problem_that_names_it(client: httpx.Client) -> None:
    answer = client.put("/v1/policies/default", json={"settings": {"archive": {"below": 7}}})
    problem = problem_of(answer, 422, "invalid_input")
    assert "settings.archive.below" in problem["detail"]
    problem_of(client.get("/v1/policies/unknown"), 404, "not_found")
    assert client.put("/v1/policies/no name", json={"settings": {}}).status_code == 422


def test_text_is_taken_as_toml_or_json(client: httpx.Client) -> None:
    for text in ("[archive]\nbelow = 0.3\n", '{"archive": {"below": 0.3}}'):
        record = client.put("/v1/policies/brief", json={"settings": text}).json()
        assert (record["version"], record["settings"]["archive"]["below"]) == (1, 0.3)


def test_setting_needs_the_right_to_govern_and_tenants_are_apart(
    service: Service, client: httpx.Client
) -> None:
    client.put("/v1/policies/default", json={"settings": STRICT})
    with service.client(service.key("w", role="write", tenant="apart")) as writer:
        refused = writer.put("/v1/policies/default", json={"settings": STRICT})
        problem_of(refused, 403, "access_denied")
        assert writer.get("/v1/policies").json()["results"][0]["version"] == 0


def test_feedback_runs_and_simulations_are_answered(client: httpx.Client) -> None:
    body = {"content": "Ada drinks tea.", "user_id": "ada", "semantic_type": "fact"}
    one = client.post("/v1/cubes", json=body).json()["results"][0]["id"]
    told = client.post(f"/v1/cubes/{one}/feedback", json={"signal": "cited"}).json()
    assert (told["uses"]["cited"], round(told["sigma"], 2)) == (1, 0.67)
    dry = client.post("/v1/lifecycle/runs", json={"user_id": "ada", "dry_run": True}).json()
    assert (dry["moved"], dry["dry_run"]) == (1, True)
    done = client.post("/v1/lifecycle/runs", json={"user_id": "ada"}).json()
    assert done["results"] == dry["results"]
    answer = client.post("/v1/policies/default/simulations", json={"days": 3, "plot": True})
    assert len(answer.json()["results"]) == 3
    assert answer.json()["svg"].startswith("<svg")
    bad = client.post(f"/v1/cubes/{one}/feedback", json={"signal": "liked"})
    problem_of(bad, 422, "invalid_input")
    problem_of(client.post("/v1/cubes/mem_x/feedback", json={"signal": "cited"}), 404, "not_found")
