"""Every route of the memories' own API, over HTTP, on a real service."""

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tests.integration.api_service import Service, problem_of, serving

Client = httpx.Client


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    with serving(tmp_path_factory.mktemp("cubes")) as running:
        yield running


@pytest.fixture(scope="module")
def client(service: Service) -> Iterator[Client]:
    with service.client(service.key("app", role="admin")) as client:
        yield client


@pytest.fixture
def user(request: pytest.FixtureRequest) -> str:
    return str(request.node.name)


def stored(client: Client, text: str, **fields: Any) -> dict[str, Any]:
    answer = client.post("/v1/cubes", json={"content": text, **fields})
    assert answer.status_code == 201, answer.text
    result: dict[str, Any] = answer.json()["results"][0]
    return result


def test_a_text_is_stored_and_read_back(client: Client, user: str) -> None:
    answer = client.post(
        "/v1/cubes",
        json={
            "content": "Ada drinks her tea without milk.",
            "user_id": user,
            "tags": ["drinks"],
            "metadata": {"floor": 3},
            "external_id": "tea-1",
        },
    )
    assert answer.status_code == 201
    assert answer.headers["content-type"] == "application/json"
    added = answer.json()["results"][0]
    assert (added["event"], added["version"], added["state"]) == ("ADD", 1, "generated")
    assert answer.headers["location"] == f"/v1/cubes/{added['id']}"
    memory = client.get(answer.headers["location"]).json()
    assert memory["memory"] == "Ada drinks her tea without milk."
    assert (memory["user_id"], memory["tags"]) == (user, ["drinks"])
    assert (memory["metadata"], memory["external_id"]) == ({"floor": 3}, "tea-1")
    assert memory["payload"]["form"] == "fact"


def test_messages_and_documents_are_stored_in_order(client: Client, user: str) -> None:
    turns = [{"role": "user", "name": "Ada", "content": f"Turn {n}."} for n in range(5)]
    added = client.post("/v1/cubes", json={"messages": turns, "user_id": user, "run_id": "s1"})
    assert [each["memory"] for each in added.json()["results"]] == [t["content"] for t in turns]
    assert "location" not in added.headers
    document = {"title": "Stove", "text": "# Stove\n\n## Cleaning\n\nEmpty the ash weekly."}
    answer = client.post("/v1/cubes", json={"document": document, "user_id": user})
    memory = client.get(answer.headers["location"]).json()
    assert (memory["payload"]["form"], memory["payload"]["title"]) == ("document", "Stove")
    listed = client.get("/v1/cubes", params={"user_id": user}).json()["results"]
    assert [m["session_id"] for m in listed] == ["s1"] * 5 + [None]


def test_a_batch_is_stored_together_or_not_at_all(client: Client, user: str) -> None:
    good = [{"content": f"Shelf {n} holds jam.", "user_id": user} for n in range(20)]
    answer = client.post("/v1/cubes:batch", json={"requests": good})
    assert answer.status_code == 201
    assert len(answer.json()["results"]) == 20
    taken = [
        {"content": "One.", "user_id": user, "external_id": "same"},
        {"content": "Two.", "user_id": user, "external_id": "same"},
    ]
    problem_of(client.post("/v1/cubes:batch", json={"requests": taken}), 409, "already_exists")
    mixed = {"requests": [*good[:2], {"content": ""}]}
    problem_of(client.post("/v1/cubes:batch", json=mixed), 422, "invalid_input")
    assert len(client.get("/v1/cubes", params={"user_id": user}).json()["results"]) == 20


def test_a_change_makes_a_version_and_history_keeps_them_all(client: Client, user: str) -> None:
    memory_id = stored(client, "Ada is vegetarian.", user_id=user)["id"]
    path = f"/v1/cubes/{memory_id}"
    changed = client.patch(path, json={"content": "Ada eats fish again.", "reason": "she said so"})
    assert changed.status_code == 200
    assert (changed.json()["version"], changed.headers["etag"]) == (2, '"2"')
    history = client.get(f"{path}/history").json()["results"]
    assert [(v["version"], v["memory"]) for v in history] == [
        (1, "Ada is vegetarian."),
        (2, "Ada eats fish again."),
    ]
    then = client.get(path, params={"as_of": history[0]["created_at"]}).json()
    assert then["memory"] == "Ada is vegetarian."


def test_search_finds_and_context_cites(client: Client, user: str) -> None:
    tea = stored(client, "Ada drinks her tea without milk.", user_id=user)["id"]
    stored(client, "The stove needs its ash emptied weekly.", user_id=user)
    found = client.post("/v1/search", json={"query": "How does Ada take tea?", "user_id": user})
    assert found.status_code == 200
    best = found.json()["results"][0]
    assert (best["id"], found.json()["outcome"]) == (tea, "found")
    assert 0 <= best["relevance"] <= 1
    explained = client.post(
        "/v1/search", json={"query": "tea", "user_id": user, "explain": True, "top_k": 1}
    ).json()
    assert explained["results"][0]["scores"]
    packed = client.post(
        "/v1/context", json={"query": "How does Ada take tea?", "user_id": user, "max_tokens": 64}
    ).json()
    assert packed["tokens"] <= 64
    assert tea in [citation["id"] for citation in packed["citations"]]


def test_search_keeps_to_its_filters(client: Client, user: str) -> None:
    for floor in range(4):
        stored(client, f"Desk number {floor}.", user_id=user, metadata={"floor": floor})
    query = {"query": "desk", "user_id": user, "filters": {"AND": [{"floor": {"gte": 2}}]}}
    found = client.post("/v1/search", json=query).json()["results"]
    assert {hit["metadata"]["floor"] for hit in found} == {2, 3}
    listed = client.get(
        "/v1/cubes", params={"user_id": user, "filters": '{"floor": {"in": [0, 3]}}'}
    ).json()["results"]
    assert [memory["metadata"]["floor"] for memory in listed] == [0, 3]


def test_a_deleted_memory_is_gone_and_can_be_restored(client: Client, user: str) -> None:
    memory_id = stored(client, "The spare key hangs behind the clock.", user_id=user)["id"]
    path = f"/v1/cubes/{memory_id}"
    deleted = client.delete(path, params={"reason": "moved"})
    assert deleted.status_code == 200
    assert (deleted.json()["deleted"], deleted.json()["ids"]) == (1, [memory_id])
    assert deleted.json()["purge_at"]
    problem_of(client.get(path), 404, "not_found")
    query = {"query": "spare key clock", "user_id": user}
    assert client.post("/v1/search", json=query).json()["results"] == []
    place = client.get(f"{path}/transitions").json()
    assert place["state"] == "expired"
    assert "restore" in place["legal"]
    moved = client.post(f"{path}/transitions", json={"event": "restore", "reason": "still there"})
    assert (moved.status_code, moved.json()["state"]) == (200, "generated")
    assert client.post("/v1/search", json=query).json()["results"][0]["id"] == memory_id


def test_the_lifecycle_is_moved_and_refuses_what_it_has_no_move_for(
    client: Client, user: str
) -> None:
    memory_id = stored(client, "Keep this as it is.", user_id=user)["id"]
    path = f"/v1/cubes/{memory_id}/transitions"
    planned = client.post(path, json={"event": "freeze", "reason": "evidence", "dry_run": True})
    assert planned.json()["state"] == "frozen"
    assert client.get(path).json()["state"] == "generated"
    assert client.post(path, json={"event": "freeze", "reason": "evidence"}).status_code == 200
    assert client.get(path).json() == {
        "id": memory_id,
        "state": "frozen",
        "resume": ["generated"],
        "legal": ["unfreeze", "quarantine", "override"],
    }
    body = problem_of(
        client.post(path, json={"event": "archive", "reason": "old"}), 409, "illegal_transition"
    )
    assert body["legal"] == ["unfreeze", "quarantine", "override"]
    changed = client.patch(f"/v1/cubes/{memory_id}", json={"content": "Other."})
    problem_of(changed, 409, "illegal_transition")
    problem_of(client.delete(f"/v1/cubes/{memory_id}"), 409, "illegal_transition")


def test_a_scope_is_deleted_exactly(client: Client, user: str) -> None:
    for number in range(3):
        stored(client, f"Note {number}.", user_id=user, agent_id="a")
    kept = stored(client, "Another user's note.", user_id=f"{user}-other")["id"]
    planned = client.delete("/v1/cubes", params={"user_id": user, "dry_run": "true"}).json()
    assert (planned["deleted"], planned["dry_run"]) == (3, True)
    done = client.delete("/v1/cubes", params={"user_id": user, "reason": "asked to"})
    assert (done.status_code, done.json()["deleted"]) == (200, 3)
    assert client.get("/v1/cubes", params={"user_id": user}).json()["results"] == []
    assert client.get(f"/v1/cubes/{kept}").status_code == 200
    assert client.delete("/v1/cubes", params={"user_id": user}).json()["deleted"] == 0


@pytest.mark.parametrize("newest_first", [False, True])
def test_paging_goes_to_the_end_and_shows_everything_once(
    client: Client, user: str, newest_first: bool
) -> None:
    requests = [{"content": f"Entry {n}.", "user_id": user} for n in range(23)]
    added = client.post("/v1/cubes:batch", json={"requests": requests}).json()["results"]
    expected = [each["id"] for each in added]
    params = {"user_id": user, "limit": 5, "newest_first": str(newest_first).lower()}
    seen: list[str] = []
    sizes = []
    while True:
        page = client.get("/v1/cubes", params=params).json()
        sizes.append(len(page["results"]))
        seen += [memory["id"] for memory in page["results"]]
        if page["next_cursor"] is None:
            break
        params["cursor"] = page["next_cursor"]
    assert seen == (expected[::-1] if newest_first else expected)
    assert sizes == [5, 5, 5, 5, 3]


def test_a_page_is_not_disturbed_by_what_is_stored_meanwhile(client: Client, user: str) -> None:
    first = [stored(client, f"Entry {n}.", user_id=user)["id"] for n in range(4)]
    page = client.get("/v1/cubes", params={"user_id": user, "limit": 2}).json()
    stored(client, "A late one.", user_id=user)
    rest = client.get(
        "/v1/cubes", params={"user_id": user, "limit": 2, "cursor": page["next_cursor"]}
    ).json()
    assert [memory["id"] for memory in page["results"] + rest["results"]] == first


def test_a_damaged_or_borrowed_cursor_is_refused(client: Client, user: str) -> None:
    for number in range(3):
        stored(client, f"Entry {number}.", user_id=user)
    cursor = client.get("/v1/cubes", params={"user_id": user, "limit": 1}).json()["next_cursor"]
    for wrong in ("x", cursor[:-3], "é", "A" * 2_000):
        answer = client.get("/v1/cubes", params={"user_id": user, "cursor": wrong})
        problem_of(answer, 422, "invalid_cursor")
    other = {"user_id": user, "cursor": cursor, "newest_first": "true"}
    problem_of(client.get("/v1/cubes", params=other), 422, "invalid_cursor")


def test_a_change_is_guarded_by_the_entity_tag(client: Client, user: str) -> None:
    memory_id = stored(client, "Ada is vegetarian.", user_id=user)["id"]
    path = f"/v1/cubes/{memory_id}"
    tag = client.get(path).headers["etag"]
    assert tag == '"1"'
    first = client.patch(path, json={"content": "Ada eats fish."}, headers={"If-Match": tag})
    assert first.status_code == 200
    second = client.patch(path, json={"content": "Ada eats meat."}, headers={"If-Match": tag})
    assert problem_of(second, 412, "version_conflict")["version"] == 2
    for method, body in (("DELETE", None), ("PATCH", {"pinned": True})):
        answer = client.request(method, path, json=body, headers={"If-Match": tag})
        problem_of(answer, 412, "version_conflict")
        answer = client.request(method, path, json=body, headers={"If-Match": "nonsense"})
        problem_of(answer, 400, "invalid_input")
    moved = {"event": "archive", "reason": "old"}
    answer = client.post(f"{path}/transitions", json=moved, headers={"If-Match": tag})
    problem_of(answer, 412, "version_conflict")
    stale = {"content": "x", "expected_version": 1}
    problem_of(client.patch(path, json=stale), 412, "version_conflict")
    assert client.patch(path, json={"pinned": True}, headers={"If-Match": "*"}).status_code == 200
    current = client.get(path).headers["etag"]
    why = {"reason": "w" * 1_000}
    deleted = client.delete(path, headers={"If-Match": current}, params=why)
    assert (deleted.status_code, deleted.json()["deleted"]) == (200, 1)
    gone = client.get("/v1/cubes", params={"user_id": user, "states": "expired"}).json()["results"]
    assert [each["state_reason"] for each in gone] == [why["reason"]]


def test_a_copy_that_is_current_is_not_sent_again(client: Client, user: str) -> None:
    memory_id = stored(client, "Ada lives in Bergen.", user_id=user)["id"]
    path = f"/v1/cubes/{memory_id}"
    tag = client.get(path).headers["etag"]
    fresh = client.get(path, headers={"If-None-Match": tag})
    assert (fresh.status_code, fresh.content, fresh.headers["etag"]) == (304, b"", tag)
    client.post(f"{path}/transitions", json={"event": "archive", "reason": "moved"})
    moved = client.get(path, headers={"If-None-Match": tag})
    assert (moved.status_code, moved.json()["state"]) == (200, "archived")
    tag = moved.headers["etag"]
    assert client.get(path, headers={"If-None-Match": tag}).status_code == 304
    client.patch(path, json={"content": "Ada lives in Oslo."})
    assert client.get(path, headers={"If-None-Match": tag}).status_code == 200


def test_the_same_key_stores_once_and_answers_alike(client: Client, user: str) -> None:
    body = {"content": "Ada turned forty.", "user_id": user}
    headers = {"Idempotency-Key": f"key-{user}"}
    first, second = (client.post("/v1/cubes", json=body, headers=headers) for _ in range(2))
    assert (first.status_code, first.content) == (second.status_code, second.content)
    other = client.post("/v1/cubes", json={**body, "content": "Other."}, headers=headers)
    problem_of(other, 409, "idempotency_conflict")
    assert len(client.get("/v1/cubes", params={"user_id": user}).json()["results"]) == 1
    wins = {**body, "idempotency_key": "in-the-body"}
    assert client.post("/v1/cubes", json=wins, headers=headers).content == first.content


def test_a_key_of_one_route_means_nothing_on_another(client: Client, user: str) -> None:
    headers = {"Idempotency-Key": f"key-{user}"}
    body = {"content": "One.", "user_id": user}
    single = client.post("/v1/cubes", json=body, headers=headers).json()["results"]
    batch = {"requests": [{**body, "content": "Two."}, {**body, "content": "Three."}]}
    first, second = (client.post("/v1/cubes:batch", json=batch, headers=headers) for _ in range(2))
    assert first.status_code == 201
    assert first.content == second.content
    mem0 = {"messages": "Four.", "user_id": user}
    third, fourth = (client.post("/v1/memories", json=mem0, headers=headers) for _ in range(2))
    assert third.status_code == 201
    assert third.content == fourth.content
    path = f"/v1/cubes/{single[0]['id']}"
    changed = [client.patch(path, json={"content": "Five."}, headers=headers) for _ in range(2)]
    assert [answer.json()["version"] for answer in changed] == [2, 2]
    texts = [
        m["memory"] for m in client.get("/v1/cubes", params={"user_id": user}).json()["results"]
    ]
    assert texts == ["Five.", "Two.", "Three.", "Four."]


def test_the_same_key_moves_once_and_answers_alike(client: Client, user: str) -> None:
    path = f"/v1/cubes/{stored(client, 'Keep this.', user_id=user)['id']}/transitions"
    body = {"event": "archive", "reason": "old"}
    headers = {"Idempotency-Key": f"key-{user}"}
    first, second = (client.post(path, json=body, headers=headers) for _ in range(2))
    assert (first.status_code, first.content) == (200, second.content)
    assert first.headers["etag"] == second.headers["etag"]
    problem_of(client.post(path, json=body), 409, "illegal_transition")
    other = client.post(path, json={**body, "reason": "other"}, headers=headers)
    problem_of(other, 409, "idempotency_conflict")


@pytest.mark.parametrize("key", ["", "a b", "x" * 201, "ä"])
def test_an_idempotency_key_is_plain_and_short(client: Client, user: str, key: str) -> None:
    body = {"content": "One.", "user_id": user}
    headers = httpx.Headers({"Idempotency-Key": key}, encoding="utf-8")
    problem_of(client.post("/v1/cubes", json=body, headers=headers), 422, "invalid_input")


def test_extraction_without_a_model_says_what_is_missing(client: Client, user: str) -> None:
    body = {"content": "Ada moved.", "user_id": user, "infer": True}
    problem_of(client.post("/v1/cubes", json=body), 422, "not_supported")
