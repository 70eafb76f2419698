"""The aliases answer what clients of mem0 send, in the shapes they expect."""

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tests.integration.api_service import Service, problem_of, serving

SHAPE = {
    "id", "memory", "user_id", "agent_id", "run_id", "metadata", "created_at", "updated_at",
    "score",
}  # fmt: skip


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    with serving(tmp_path_factory.mktemp("mem0")) as running:
        yield running


@pytest.fixture(scope="module")
def client(service: Service) -> Iterator[httpx.Client]:
    with service.client(service.key()) as client:
        yield client


@pytest.fixture
def user(request: pytest.FixtureRequest) -> str:
    return str(request.node.name)


def added(client: httpx.Client, messages: Any, **fields: Any) -> list[dict[str, Any]]:
    answer = client.post("/v1/memories", json={"messages": messages, **fields})
    assert answer.status_code == 201, answer.text
    results: list[dict[str, Any]] = answer.json()["results"]
    return results


def test_a_string_or_a_list_of_messages_is_stored(client: httpx.Client, user: str) -> None:
    single = added(client, "Ada drinks tea.", user_id=user)
    assert set(single[0]) == {"id", "memory", "event"}
    assert single[0]["event"] == "ADD"
    assert added(client, "Ada drinks tea.", user_id=user)[0]["event"] == "NONE"
    turns = [
        {"role": "user", "content": "I land in Bergen on the 4th."},
        {"role": "assistant", "content": "Noted."},
    ]
    listed = added(
        client, turns, user_id=user, run_id="trip", agent_id="a", metadata={"x": 1}, infer=False
    )
    memory = client.get(f"/v1/memories/{listed[0]['id']}").json()
    assert set(memory) == SHAPE
    assert (memory["run_id"], memory["agent_id"], memory["metadata"]) == ("trip", "a", {"x": 1})


def test_a_clients_usual_extras_are_taken(client: httpx.Client, user: str) -> None:
    results = added(
        client,
        [{"role": "user", "content": "I moved in May."}],
        user_id=user,
        version="v2",
        output_format="v1.1",
        async_mode=False,
        timestamp=1_748_000_000,
        expiration_date="2099-12-31",
    )
    memory = client.get(f"/v1/cubes/{results[0]['id']}").json()
    assert memory["expires_at"].startswith("2099-12-31")
    assert memory["payload"]["at"].startswith("2025-05-23")


@pytest.mark.parametrize(
    "scope",
    [
        lambda user: {"user_id": user},
        lambda user: {"filters": {"user_id": user}},
        lambda user: {"filters": {"AND": [{"user_id": user}]}},
        lambda user: {"filters": {"AND": [{"user_id": user}, {"topic": {"ne": "stove"}}]}},
    ],
    ids=["top level", "filters", "and", "and ne"],
)
def test_search_takes_ids_at_either_place(client: httpx.Client, user: str, scope: Any) -> None:
    tea = added(client, "Ada drinks tea without milk.", user_id=user)[0]["id"]
    added(client, "Bo drinks tea with milk.", user_id=f"{user}-bo")
    for name in ("limit", "top_k"):
        answer = client.post("/v1/memories/search", json={"query": "tea", name: 5, **scope(user)})
        assert answer.status_code == 200, answer.text
        results = answer.json()["results"]
        assert [hit["id"] for hit in results] == [tea]
        assert set(results[0]) == SHAPE
        assert 0 <= results[0]["score"] <= 1


def test_a_threshold_is_on_the_score(client: httpx.Client, user: str) -> None:
    added(client, "Ada drinks tea without milk.", user_id=user)
    query = {"query": "tea", "user_id": user}
    hit = client.post("/v1/memories/search", json=query).json()["results"][0]
    for threshold, count in ((hit["score"], 1), (1.0, hit["score"] >= 1.0)):
        found = client.post("/v1/memories/search", json={**query, "threshold": threshold})
        assert len(found.json()["results"]) == count


def test_memories_are_listed_page_by_page(client: httpx.Client, user: str) -> None:
    ids = [added(client, f"Note {n}.", user_id=user)[0]["id"] for n in range(5)]
    seen: list[str] = []
    params: dict[str, Any] = {"user_id": user, "limit": 2}
    while True:
        page = client.get("/v1/memories", params=params).json()
        seen += [memory["id"] for memory in page["results"]]
        if page["next_cursor"] is None:
            break
        params["cursor"] = page["next_cursor"]
    assert seen == ids


@pytest.mark.parametrize("name", ["text", "data", "content"])
def test_a_memory_is_changed_under_every_name_of_its_text(
    client: httpx.Client, user: str, name: str
) -> None:
    memory_id = added(client, "Ada is vegetarian.", user_id=user)[0]["id"]
    path = f"/v1/memories/{memory_id}"
    changed = client.put(path, json={name: "Ada eats fish."}, headers={"If-Match": '"1"'})
    assert (changed.status_code, changed.json()["memory"]) == (200, "Ada eats fish.")
    again = client.put(path, json={name: "Ada eats meat."}, headers={"If-Match": '"1"'})
    problem_of(again, 412, "version_conflict")
    fresh = client.get(path, headers={"If-None-Match": changed.headers["etag"]})
    assert fresh.status_code == 304
    history = client.get(f"{path}/history").json()
    assert [(c["event"], c["old_memory"], c["new_memory"]) for c in history] == [
        ("ADD", None, "Ada is vegetarian."),
        ("UPDATE", "Ada is vegetarian.", "Ada eats fish."),
    ]
    assert {c["memory_id"] for c in history} == {memory_id}


@pytest.mark.parametrize("body", [{}, {"text": "a", "data": "b"}, {"text": ""}, {"nothing": 1}])
def test_a_change_that_says_nothing_clear_is_refused(
    client: httpx.Client, user: str, body: dict[str, Any]
) -> None:
    memory_id = added(client, "Ada is vegetarian.", user_id=user)[0]["id"]
    problem_of(client.put(f"/v1/memories/{memory_id}", json=body), 422, "invalid_input")


def test_memories_are_deleted_one_by_one_and_by_scope(client: httpx.Client, user: str) -> None:
    first, *_ = [added(client, f"Note {n}.", user_id=user)[0]["id"] for n in range(3)]
    done = client.delete(f"/v1/memories/{first}")
    assert (done.status_code, done.json()["deleted"]) == (200, 1)
    problem_of(client.get(f"/v1/memories/{first}"), 404, "not_found")
    assert client.get(f"/v1/memories/{first}/history").json()[0]["is_deleted"] is True
    assert client.delete("/v1/memories", params={"user_id": user}).json()["deleted"] == 2
    problem_of(client.delete("/v1/memories"), 422, "invalid_input")


def test_extraction_without_a_model_says_what_is_missing(client: httpx.Client, user: str) -> None:
    body = {"messages": "Ada moved.", "user_id": user, "infer": True}
    problem_of(client.post("/v1/memories", json=body), 422, "not_supported")


def test_another_tenant_cannot_be_named(client: httpx.Client, user: str) -> None:
    for name in ("tenant_id", "org_id", "project_id", "app_id"):
        body = {"messages": "x", "user_id": user, name: "other"}
        problem_of(client.post("/v1/memories", json=body), 422, "invalid_input")
        answer = client.get("/v1/memories", params={"user_id": user, name: "other"})
        problem_of(answer, 422, "invalid_input")


def test_what_mem0_clients_send_is_taken_as_it_is(service: Service, user: str) -> None:
    with service.client() as client:
        client.headers["Authorization"] = f"Token {service.key('mem0')}"
        body = {"messages": "Ada swims on Mondays.", "user_id": user}
        answer = client.post("/v1/memories/", json=body)
        assert answer.status_code == 201, answer.text
        memory_id = answer.json()["results"][0]["id"]
        found = client.post("/v1/memories/search/", json={"query": "swim", "user_id": user})
        assert found.json()["results"][0]["id"] == memory_id
        assert client.get(f"/v1/memories/{memory_id}/").json()["memory"] == "Ada swims on Mondays."
        assert client.get(f"/v1/memories/{memory_id}/history/").status_code == 200
        assert client.delete(f"/v1/memories/{memory_id}/").status_code == 200


def test_a_key_is_not_made_under_an_idempotency_key(service: Service) -> None:
    with service.client(service.key("boss", role="admin")) as client:
        before = len(client.get("/v1/keys").json()["results"])
        answer = client.post("/v1/keys", json={"name": "x"}, headers={"Idempotency-Key": "k"})
        problem = problem_of(answer, 422, "invalid_input")
        assert "Idempotency-Key" in problem["detail"]
        assert len(client.get("/v1/keys").json()["results"]) == before
