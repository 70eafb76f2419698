"""Who gets in: holders of keys, and before there are any, programs on this machine."""

from typing import Any

import pytest

from memory_os.domain.access import Principal, Role
from memory_os.domain.scope import Scope
from memory_os_api.auth import is_loopback
from memory_os_api.keys import KeyRing
from tests.unit.api.fakes import LOCAL, DictKeyStore, OddKernel, app_over, client_of
from tests.unit.api.test_problems import the_problem

STATS = "/v1/stats"


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


@pytest.fixture
def store() -> DictKeyStore:
    return DictKeyStore()


def test_without_keys_a_program_on_this_machine_is_the_local_principal() -> None:
    kernel = OddKernel(lambda *_: None)
    client_of(app_over(kernel)).get("/v1/cubes/mem_1")
    assert kernel.callers == [Principal()]


@pytest.mark.parametrize("host", ["127.0.0.1", "127.9.9.9", "::1"])
def test_every_loopback_address_is_this_machine(host: str) -> None:
    assert client_of(app_over(), client=(host, 1)).get(STATS).status_code == 200


@pytest.mark.parametrize("host", ["10.0.0.7", "192.0.2.1", "fe80::1", "::ffff:10.0.0.1", "x"])
def test_without_keys_nobody_else_gets_in(host: str) -> None:
    answer = client_of(app_over(), client=(host, 1)).get(STATS)
    the_problem(answer, 401, "unauthenticated")


@pytest.mark.parametrize(
    "headers",
    [
        {"X-Forwarded-For": "127.0.0.1"},
        {"Forwarded": "for=127.0.0.1"},
        {"X-Real-IP": "127.0.0.1"},
        {"Via": "1.1 proxy"},
        {"Host": "rebound.example.com"},
        {"Host": "127.0.0.1.example.com"},
        {"Host": "localhost@example.com"},
    ],
)
def test_without_keys_no_one_comes_through_a_proxy_or_a_foreign_name(
    headers: dict[str, str],
) -> None:
    the_problem(client_of(app_over()).get(STATS, headers=headers), 401, "unauthenticated")


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST:8765", "127.0.0.1", "[::1]:8765"])
def test_this_machines_own_names_are_let_in(host: str) -> None:
    assert client_of(app_over()).get(STATS, headers={"Host": host}).status_code == 200


def test_a_forwarding_header_never_makes_a_foreign_caller_local() -> None:
    client = client_of(app_over(), client=("10.0.0.7", 1))
    answer = client.get(STATS, headers={"X-Forwarded-For": "127.0.0.1"})
    the_problem(answer, 401, "unauthenticated")


def test_once_a_key_exists_every_request_needs_one(store: DictKeyStore) -> None:
    issued = KeyRing(store).issue("app")
    client = client_of(app_over(keys=store))
    answer = client.get(STATS)
    the_problem(answer, 401, "unauthenticated")
    assert answer.headers["www-authenticate"] == 'Bearer realm="memory-os"'
    assert client.get(STATS, headers=bearer(issued.token)).status_code == 200
    the_problem(client.get("/v2/nothing"), 401, "unauthenticated")
    the_problem(client.get("/metrics"), 401, "unauthenticated")
    assert client.get("/metrics", headers=bearer(issued.token)).status_code == 200


@pytest.mark.parametrize("path", ["/healthz", "/readyz", "/openapi.json"])
def test_probes_and_the_description_need_no_key(store: DictKeyStore, path: str) -> None:
    KeyRing(store).issue("app")
    client = client_of(app_over(keys=store), client=("10.0.0.7", 1))
    assert client.get(path).status_code == 200


@pytest.mark.parametrize(
    "value", ["Bearer", "Bearer ", "Basic YTpi", "mos_abc", "Bearer mos_a_b", "Bearer a b"]
)
def test_what_is_no_key_is_refused(value: str) -> None:
    answer = client_of(app_over()).get(STATS, headers={"Authorization": value})
    the_problem(answer, 401, "unauthenticated")


def test_two_credentials_are_refused(store: DictKeyStore) -> None:
    token = KeyRing(store).issue("app").token
    headers = [("Authorization", f"Bearer {token}")] * 2
    answer = client_of(app_over(keys=store)).get(STATS, headers=headers)
    the_problem(answer, 401, "unauthenticated")


def test_the_scheme_is_read_in_any_case(store: DictKeyStore) -> None:
    token = KeyRing(store).issue("app").token
    answer = client_of(app_over(keys=store)).get(
        STATS, headers={"Authorization": f"bEARER {token}"}
    )
    assert answer.status_code == 200


def test_a_refused_key_is_told_so_in_the_challenge(store: DictKeyStore) -> None:
    ring = KeyRing(store)
    issued = ring.issue("app")
    client = client_of(app_over(keys=store))
    ring.revoke(issued.key.id)
    answer = client.get(STATS, headers=bearer(issued.token))
    the_problem(answer, 401, "unauthenticated")
    assert answer.headers["www-authenticate"].endswith('error="invalid_token"')


def test_tenant_role_and_bindings_come_from_the_key(store: DictKeyStore) -> None:
    kernel = OddKernel(lambda *_: None)
    issued = KeyRing(store).issue(
        "app", role=Role.READ, tenant_id="acme", bindings=Scope(user_id="ada")
    )
    client_of(app_over(kernel, store)).get(
        "/v1/cubes/mem_1", headers=bearer(issued.token) | {"X-Tenant": "other", "X-User": "bob"}
    )
    caller = kernel.callers[0]
    assert (caller.tenant_id, caller.bindings) == ("acme", Scope(user_id="ada"))


def test_a_caller_without_a_key_is_refused_before_the_body_is_read(store: DictKeyStore) -> None:
    KeyRing(store).issue("app")
    headers = {"Content-Type": "application/json"}
    answer = client_of(app_over(keys=store)).post("/v1/search", content=b"{", headers=headers)
    the_problem(answer, 401, "unauthenticated")


def test_keys_are_made_listed_and_revoked_by_admins(store: DictKeyStore) -> None:
    admin = KeyRing(store).issue("boss", role=Role.ADMIN)
    client = client_of(app_over(keys=store))
    client.headers = bearer(admin.token)
    made = client.post("/v1/keys", json={"name": "app", "role": "read", "user_id": "ada"})
    assert made.status_code == 201
    body: dict[str, Any] = made.json()
    assert body["key"].startswith(f"mos_{body['id']}_")
    assert made.headers["location"] == f"/v1/keys/{body['id']}"
    assert client.get(STATS, headers=bearer(body["key"])).status_code == 200
    listed = client.get("/v1/keys").json()["results"]
    assert [key["name"] for key in listed] == ["boss", "app"]
    assert "mos_" not in client.get("/v1/keys").text
    assert client.get(f"/v1/keys/{body['id']}").json()["user_id"] == "ada"
    assert client.delete(f"/v1/keys/{body['id']}").status_code == 204
    the_problem(client.get(STATS, headers=bearer(body["key"])), 401, "unauthenticated")


@pytest.mark.parametrize("role", [Role.READ, Role.WRITE, Role.SHARE])
def test_keys_are_no_business_of_other_roles(store: DictKeyStore, role: Role) -> None:
    issued = KeyRing(store).issue("app", role=role)
    client = client_of(app_over(keys=store))
    client.headers = bearer(issued.token)
    the_problem(client.get("/v1/keys"), 403, "access_denied")
    the_problem(client.post("/v1/keys", json={"name": "x"}), 403, "access_denied")
    the_problem(client.get(f"/v1/keys/{issued.key.id}"), 403, "access_denied")
    the_problem(client.delete(f"/v1/keys/{issued.key.id}"), 403, "access_denied")


def test_an_admin_sees_no_other_tenants_keys(store: DictKeyStore) -> None:
    ring = KeyRing(store)
    foreign = ring.issue("theirs", tenant_id="other").key.id
    admin = ring.issue("boss", role=Role.ADMIN)
    client = client_of(app_over(keys=store))
    client.headers = bearer(admin.token)
    assert [key["name"] for key in client.get("/v1/keys").json()["results"]] == ["boss"]
    unknown = "0" * len(foreign)
    for method in ("GET", "DELETE"):
        answers = [client.request(method, f"/v1/keys/{key}") for key in (foreign, unknown)]
        bodies = [a.text.replace(foreign, "ID").replace(unknown, "ID") for a in answers]
        assert bodies[0] == bodies[1]
        the_problem(answers[0], 404, "not_found")
    assert ring.find(foreign).revoked_at is None


def test_a_bound_admin_grants_only_what_its_own_bindings_reach(store: DictKeyStore) -> None:
    ring = KeyRing(store)
    unbound = ring.issue("all").key.id
    admin = ring.issue("boss", role=Role.ADMIN, bindings=Scope("ada", namespace=("home",)))
    client = client_of(app_over(keys=store))
    client.headers = bearer(admin.token)
    inherited = client.post("/v1/keys", json={"name": "x", "agent_id": "travel"}).json()
    assert (inherited["user_id"], inherited["namespace"]) == ("ada", ["home"])
    deeper = {"name": "x", "namespace": ["home", "kitchen"]}
    assert client.post("/v1/keys", json=deeper).json()["namespace"] == ["home", "kitchen"]
    for wrong in ({"user_id": "bob"}, {"namespace": ["work"]}):
        answer = client.post("/v1/keys", json={"name": "x", **wrong})
        the_problem(answer, 403, "access_denied")
    names = [key["name"] for key in client.get("/v1/keys").json()["results"]]
    assert names == ["boss", "x", "x"]
    the_problem(client.delete(f"/v1/keys/{unbound}"), 404, "not_found")


def test_an_address_is_this_machines_or_not() -> None:
    ours = ["127.0.0.1", "127.8.8.8", "::1", "localhost", "LocalHost"]
    others = ["0.0.0.0", "::", "10.0.0.1", "example.com", ""]
    assert all(map(is_loopback, ours))
    assert not any(map(is_loopback, others))
    assert LOCAL[0] in ours
