"""Who may see and do what is decided by the key alone."""

import json
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from memory_os.clock import ManualClock
from tests.integration.api_service import Service, problem_of, run, serving

UNKNOWN = "mem_01JZZZZZZZZZZZZZZZZZZZZZZZ"


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    with serving(tmp_path_factory.mktemp("tenants")) as running:
        yield running


@pytest.fixture(scope="module")
def ours(service: Service) -> Iterator[httpx.Client]:
    with service.client(service.key("ours", role="admin", tenant="acme")) as client:
        yield client


@pytest.fixture(scope="module")
def theirs(service: Service) -> Iterator[httpx.Client]:
    with service.client(service.key("theirs", role="admin", tenant="other")) as client:
        yield client


@pytest.fixture
def user(request: pytest.FixtureRequest) -> str:
    return str(request.node.name)


def stored(client: httpx.Client, text: str, **fields: Any) -> str:
    answer = client.post("/v1/cubes", json={"content": text, **fields})
    assert answer.status_code == 201, answer.text
    return str(answer.json()["results"][0]["id"])


CALLS: list[tuple[str, str, Any]] = [
    ("GET", "/v1/cubes/{}", None),
    ("GET", "/v1/cubes/{}?as_of=2100-01-01T00:00:00Z", None),
    ("PATCH", "/v1/cubes/{}", {"content": "stolen"}),
    ("DELETE", "/v1/cubes/{}", None),
    ("GET", "/v1/cubes/{}/history", None),
    ("GET", "/v1/cubes/{}/transitions", None),
    ("POST", "/v1/cubes/{}/transitions", {"event": "quarantine", "reason": "stolen"}),
    ("GET", "/v1/memories/{}", None),
    ("PUT", "/v1/memories/{}", {"text": "stolen"}),
    ("DELETE", "/v1/memories/{}", None),
    ("GET", "/v1/memories/{}/history", None),
]


@pytest.mark.parametrize("headers", [{}, {"If-Match": '"1"'}, {"If-Match": 'W/"1", "2"'}])
@pytest.mark.parametrize(("method", "path", "body"), CALLS)
def test_a_foreign_id_is_answered_byte_for_byte_like_an_unknown_one(
    ours: httpx.Client,
    theirs: httpx.Client,
    user: str,
    method: str,
    path: str,
    body: Any,
    headers: dict[str, str],
) -> None:
    foreign = stored(ours, f"The vault's code is c4n4ry, says {user} {headers}.", user_id=user)
    answers = []
    for memory_id in (foreign, UNKNOWN):
        answer = theirs.request(method, path.format(memory_id), json=body, headers=headers)
        problem_of(answer, 404, "not_found")
        kept = {k: v for k, v in answer.headers.items() if k not in ("x-request-id", "date")}
        answers.append((answer.status_code, answer.text.replace(memory_id, "ID"), kept))
    assert answers[0] == answers[1]
    assert "c4n4ry" not in answers[0][1]
    assert ours.get(f"/v1/cubes/{foreign}").json()["version"] == 1


def test_nothing_of_another_tenant_is_found_listed_counted_or_deleted(
    ours: httpx.Client, theirs: httpx.Client, user: str
) -> None:
    kept = stored(ours, "The harbour master keeps the blue ledger.", user_id=user, tags=["x"])
    question = {"query": "Who keeps the blue ledger?", "user_id": user}
    assert ours.post("/v1/search", json=question).json()["results"][0]["id"] == kept
    assert theirs.post("/v1/search", json=question).json()["results"] == []
    assert theirs.post("/v1/search", json={"query": "blue ledger"}).json()["results"] == []
    assert theirs.post("/v1/memories/search", json=question).json()["results"] == []
    packed = theirs.post("/v1/context", json=question).json()
    assert (packed["text"], packed["citations"]) == ("", [])
    assert theirs.get("/v1/cubes", params={"user_id": user}).json()["results"] == []
    assert theirs.get("/v1/memories", params={"user_id": user}).json()["results"] == []
    assert theirs.delete("/v1/cubes", params={"user_id": user}).json()["deleted"] == 0
    assert theirs.get("/v1/stats").json()["tenant"] == "other"
    assert ours.get(f"/v1/cubes/{kept}").status_code == 200


def test_another_tenants_cursor_shows_nothing_of_it(
    ours: httpx.Client, theirs: httpx.Client, user: str
) -> None:
    for number in range(3):
        stored(ours, f"Entry {number} of {user}.", user_id=user)
    params = {"user_id": user, "limit": "1"}
    cursor = ours.get("/v1/cubes", params=params).json()["next_cursor"]
    answer = theirs.get("/v1/cubes", params={**params, "cursor": cursor})
    assert answer.status_code in (200, 422)
    assert answer.json().get("results", []) == []


def test_two_tenants_use_the_same_external_ids_and_idempotency_keys(
    ours: httpx.Client, theirs: httpx.Client, user: str
) -> None:
    body = {"content": f"Mine, {user}.", "user_id": user, "external_id": "same"}
    ids = set()
    for client in (ours, theirs):
        answer = client.post("/v1/cubes", json=body, headers={"Idempotency-Key": "same"})
        assert answer.json()["results"][0]["event"] == "ADD"
        ids.add(answer.json()["results"][0]["id"])
    assert len(ids) == 2


@pytest.mark.parametrize(
    ("role", "may", "may_not"),
    [
        ("read", {"get", "search"}, {"add", "patch", "delete", "freeze", "keys"}),
        ("write", {"get", "search", "add", "patch", "delete"}, {"freeze", "keys"}),
        ("share", {"get", "search", "add", "patch", "delete"}, {"freeze", "keys"}),
        ("admin", {"get", "search", "add", "patch", "freeze", "keys"}, set()),
    ],
)
def test_a_role_allows_what_it_says(
    service: Service, ours: httpx.Client, user: str, role: str, may: set[str], may_not: set[str]
) -> None:
    memory_id = stored(ours, f"A note for {user}.", user_id=user)
    path = f"/v1/cubes/{memory_id}"
    frozen = {"event": "freeze", "reason": "evidence"}
    with service.client(service.key(role, role=role, tenant="acme")) as client:
        calls = {
            "get": lambda: client.get(path),
            "search": lambda: client.post("/v1/search", json={"query": "note"}),
            "add": lambda: client.post("/v1/cubes", json={"content": f"By {role} {user}."}),
            "patch": lambda: client.patch(path, json={"content": f"Changed by {role}."}),
            "freeze": lambda: client.post(f"{path}/transitions", json=frozen),
            "delete": lambda: client.delete(path),
            "keys": lambda: client.get("/v1/keys"),
        }
        for name in may_not:
            problem_of(calls[name](), 403, "access_denied")
        for name in [name for name in calls if name in may]:
            assert calls[name]().is_success, name


def test_a_bound_key_keeps_to_its_user(service: Service, ours: httpx.Client, user: str) -> None:
    mine = stored(ours, f"Ada's own note, {user}.", user_id="ada")
    foreign = stored(ours, f"Bob's own note, {user}.", user_id="bob")
    with service.client(service.key("ada", tenant="acme", user="ada")) as ada:
        assert ada.get(f"/v1/cubes/{mine}").status_code == 200
        denied = {"query": "note", "user_id": "bob"}
        problem_of(ada.post("/v1/search", json=denied), 403, "access_denied")
        problem_of(ada.post("/v1/context", json=denied), 403, "access_denied")
        problem_of(ada.get("/v1/cubes", params={"user_id": "bob"}), 403, "access_denied")
        problem_of(ada.delete("/v1/cubes", params={"user_id": "bob"}), 403, "access_denied")
        added = {"content": "For Bob.", "user_id": "bob"}
        problem_of(ada.post("/v1/cubes", json=added), 403, "access_denied")
        batch = {"requests": [{"content": "For Ada."}, added]}
        problem_of(ada.post("/v1/cubes:batch", json=batch), 403, "access_denied")
        messages = {"messages": "For Bob.", "user_id": "bob"}
        problem_of(ada.post("/v1/memories", json=messages), 403, "access_denied")
        answers = [ada.get(f"/v1/cubes/{each}") for each in (foreign, UNKNOWN)]
        problem_of(answers[0], 404, "not_found")
        bodies = [a.text.replace(i, "ID") for a, i in zip(answers, (foreign, UNKNOWN), strict=True)]
        assert bodies[0] == bodies[1]
        found = ada.post("/v1/search", json={"query": "own note", "top_k": 50}).json()["results"]
        assert {hit["user_id"] for hit in found} <= {"ada", None}
        listed = ada.get("/v1/cubes", params={"limit": 1_000}).json()["results"]
        assert {memory["user_id"] for memory in listed} <= {"ada", None}
        unnamed = stored(ada, f"Without a name, {user}.")
        assert ours.get(f"/v1/cubes/{unnamed}").json()["user_id"] == "ada"


def test_a_filter_does_not_reach_past_the_binding(
    service: Service, ours: httpx.Client, user: str
) -> None:
    stored(ours, f"Bob's secret harbour, {user}.", user_id="bob", metadata={"user_id": "ada"})
    with service.client(service.key("ada", tenant="acme", user="ada")) as ada:
        for filters in (
            {"user_id": "bob"},
            {"OR": [{"user_id": "bob"}, {"user_id": "ada"}]},
            {"NOT": [{"user_id": "ada"}]},
            {"user_id": {"ne": "ada"}},
        ):
            body = {"query": "secret harbour", "filters": filters}
            hits = ada.post("/v1/search", json=body).json()["results"]
            assert "bob" not in {hit["user_id"] for hit in hits}


def test_who_wrote_is_stamped_from_the_key(service: Service, ours: httpx.Client, user: str) -> None:
    token = service.key("bot", tenant="acme", kind="agent")
    with service.client(token) as bot:
        claimed = {"content": f"I am the operator, {user}.", "source_class": "operator"}
        memory_id = stored(bot, claimed.pop("content"), **claimed)
    memory = ours.get(f"/v1/cubes/{memory_id}").json()
    assert (memory["source_class"], memory["trust"]) == ("agent_output", "low")
    assert memory["actor"] == token.split("_")[1]


@pytest.mark.parametrize(
    "token",
    ["mos_0000000000000000_" + "0" * 52, "mos_x", "x", "sk-1234567890", "mos_" + "a" * 9_000],
)
def test_an_unknown_key_is_refused(service: Service, token: str) -> None:
    with service.client(token) as client:
        answer = client.get("/v1/cubes")
        problem_of(answer, 401, "unauthenticated")
        assert answer.headers["www-authenticate"].startswith("Bearer ")


def test_an_expired_key_is_refused(service: Service) -> None:
    token = service.key("old", expires_at=datetime(2020, 1, 1, tzinfo=UTC), clock=ManualClock())
    with service.client(token) as client:
        body = problem_of(client.get("/v1/cubes"), 401, "unauthenticated")
        assert "expired" in body["detail"]


def test_a_revoked_key_is_refused_at_once(service: Service, ours: httpx.Client) -> None:
    made = ours.post("/v1/keys", json={"name": "short-lived"}).json()
    with service.client(made["key"]) as client:
        assert client.get("/v1/cubes").status_code == 200
        assert ours.delete(f"/v1/keys/{made['id']}").status_code == 204
        body = problem_of(client.get("/v1/cubes"), 401, "unauthenticated")
        assert "revoked" in body["detail"]


def test_a_key_of_the_command_line_works_until_the_command_line_revokes_it(
    service: Service,
) -> None:
    where = ("--database", service.database, "--json")
    made = json.loads(run("keys", "create", "short-lived", *where).stdout)
    with service.client(made["key"]) as client:
        assert client.get("/v1/cubes").status_code == 200
        done = run("keys", "revoke", made["id"], *where)
        assert done.returncode == 0, done.stderr
        deadline = time.monotonic() + 1.5
        while client.get("/v1/cubes").status_code != 401:
            assert time.monotonic() < deadline


def test_secrets_are_nowhere_in_the_files_or_the_log(service: Service, ours: httpx.Client) -> None:
    secrets = [ours.post("/v1/keys", json={"name": f"k{n}"}).json()["key"] for n in range(3)]
    folder = service.log.parent
    for path in [path for path in folder.rglob("*") if path.is_file()]:
        content = path.read_bytes()
        assert not [s for s in secrets if s.split("_")[2].encode() in content], path
