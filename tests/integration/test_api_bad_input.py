"""Bad input of every named kind is refused with its own clear problem, and stores nothing."""

import json
import socket
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest

from tests.integration.api_service import Service, problem_of, serving

JSON = {"Content-Type": "application/json"}
TEN_MB = 10_000_000
UNKNOWN = "mem_01JZZZZZZZZZZZZZZZZZZZZZZZ"
DEEP_JSON = json.loads('{"a":' * 120 + "1" + "}" * 120)


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    with serving(tmp_path_factory.mktemp("bad")) as running:
        yield running


@pytest.fixture(scope="module")
def client(service: Service) -> Iterator[httpx.Client]:
    with service.client(service.key("app", role="admin")) as client:
        yield client


def count(client: httpx.Client, user: str) -> int:
    return len(client.get("/v1/cubes", params={"user_id": user}).json()["results"])


def test_what_nests_too_deep_is_too_large(client: httpx.Client) -> None:
    for body in (
        {"content": "a", "metadata": DEEP_JSON},
        {"template": {"schema_id": "s", "fields": DEEP_JSON}},
    ):
        problem_of(client.post("/v1/cubes", json=body), 413, "too_large")


@pytest.mark.parametrize(
    "body",
    [
        {"content": ""},
        {"content": "   \n\t "},
        {"content": None},
        {"content": 5},
        {"content": ["a"]},
        {"content": "a\x00b"},
        {"content": "a", "user_id": "a\x00b"},
        {"content": "a", "user_id": ""},
        {"content": "a", "user_id": "x" * 257},
        {"content": "a", "user_id": 7},
        {"content": "a", "tags": ["\x00"]},
        {"content": "a", "tags": "t\x00"},
        {"content": "a", "metadata": {"k": "\x00"}},
        {"content": "a", "metadata": {"\x00": 1}},
        {"content": "a", "metadata": []},
        {"content": "a", "tenant_id": "other"},
        {"content": "a", "tenant": "other"},
        {"content": "a", "id": UNKNOWN},
        {"content": "a", "confidence": 2},
        {"content": "a", "ttl_seconds": 0},
        {"content": "a", "valid_from": "yesterday"},
        {"content": "a", "valid_from": "2026"},
        {"content": "a", "valid_to": 2026},
        {"content": "a", "expires_at": 1.7e9},
        {"content": "a", "timestamp": "1700000000"},
        {"messages": [{"content": "a", "timestamp": "2026"}]},
        {"content": "a", "valid_from": "2026-01-01T00:00:00"},
        {"content": "a", "valid_from": "0001-01-01T00:00:00+14:00"},
        {"content": "a", "valid_from": "2026-01-02T00:00:00Z", "valid_to": "2026-01-01T00:00:00Z"},
        {"content": "a", "semantic_type": "thought"},
        {"messages": []},
        {"messages": [{"content": ""}]},
        {"messages": [{"role": "user"}]},
        {"messages": "hello"},
        {"document": {"text": ""}},
        {"template": {"schema_id": "x"}},
        {},
        [],
        "text",
        5,
        None,
    ],
    ids=lambda body: json.dumps(body)[:60],
)
def test_what_cannot_be_stored_is_refused(client: httpx.Client, body: Any) -> None:
    problem_of(client.post("/v1/cubes", json=body), 422, "invalid_input")


@pytest.mark.parametrize(
    "body",
    [
        {"content": "a", "tags": [f"tag {n}" for n in range(65)]},
        {"content": "a", "namespace": ["n"] * 17},
        {"content": "a", "metadata": {"k": "v" * 16_400}},
        {"content": "a", "subject": "s" * 129},
    ],
    ids=["tags", "namespace", "metadata", "subject"],
)
def test_what_exceeds_a_limit_is_refused_as_too_large(client: httpx.Client, body: Any) -> None:
    problem_of(client.post("/v1/cubes", json=body), 413, "too_large")


def test_ten_megabytes_of_text_are_stored_and_one_more_character_is_not(
    client: httpx.Client,
) -> None:
    line = "The ledger of the harbour lists every ship and its cargo. "
    text = (line * (TEN_MB // len(line) + 1))[:TEN_MB]
    too_long = client.post("/v1/cubes", json={"content": text + "x", "user_id": "ten"})
    problem_of(too_long, 413, "too_large")
    assert count(client, "ten") == 0
    answer = client.post("/v1/cubes", json={"content": text, "user_id": "ten"}, timeout=300.0)
    assert answer.status_code == 201, answer.text[:500]
    memory = client.get(f"/v1/cubes/{answer.json()['results'][0]['id']}").json()
    assert memory["memory"] == text


@pytest.mark.parametrize("announced", [True, False], ids=["announced", "streamed"])
def test_a_body_over_the_limit_is_refused_and_the_answer_is_readable(
    client: httpx.Client, announced: bool
) -> None:
    piece = b" " * 1_000_000

    def pieces() -> Iterator[bytes]:
        for _ in range(20):
            yield piece

    content: Any = piece * 20 if announced else pieces()
    body = problem_of(client.post("/v1/cubes", content=content, headers=JSON), 413, "too_large")
    assert "12582912" in body["detail"]


@pytest.mark.parametrize(
    "raw",
    [
        b"\xff\xfe",
        b'{"content": "\xff"}',
        b'{"content": "a',
        b"{'content': 'a'}",
        b'{"content": "a"} trailing',
        b'{"content": "a\x00b"}',
        b"\x00",
        b"[" * 50_000,
        b"",
    ],
    ids=["mark", "bad byte", "cut", "quotes", "trailing", "nul", "null", "deep", "none"],
)
def test_a_body_that_is_no_json_in_utf_8_is_refused(client: httpx.Client, raw: bytes) -> None:
    answer = client.post("/v1/cubes", content=raw, headers=JSON)
    problem_of(answer, 422 if raw == b"" else 400, "invalid_input")


@pytest.mark.parametrize(
    "raw",
    [
        b'{"content": "\xed\xa0\x80"}',
        b'{"content": "\\ud800"}',
        b'{"content": "a\\u0000b"}',
        b'{"content": "a", "user_id": "\\udfff"}',
        b'{"content": "a", "metadata": {"k": "\\ud800"}}',
        b'{"content": "a", "metadata": {"k": NaN}}',
        b'{"content": "a", "metadata": {"k": 1e999}}',
        b'{"content": "a", "confidence": NaN}',
        b'{"content": "a", "document": {"text": "b", "title": "\\ud800"}}',
    ],
)
def test_escapes_and_numbers_that_no_text_can_hold_are_refused(
    client: httpx.Client, raw: bytes
) -> None:
    answer = client.post("/v1/cubes", content=raw, headers=JSON)
    assert answer.status_code in (400, 422), answer.text
    problem_of(answer, answer.status_code, "invalid_input")


def test_a_number_too_long_to_read_is_refused(client: httpx.Client) -> None:
    raw = b'{"content": "a", "metadata": {"k": ' + b"9" * 5_000 + b"}}"
    problem_of(client.post("/v1/cubes", content=raw, headers=JSON), 400, "invalid_input")


@pytest.mark.parametrize(
    "memory_id",
    [UNKNOWN, "x", "%00", "%FF%FE", "..", "a%2Fb", "x" * 5_000, "%F0%9F%A6%86", "'; DROP TABLE--"],
)
@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("GET", "/v1/cubes/{}", None),
        ("PATCH", "/v1/cubes/{}", {"content": "a"}),
        ("DELETE", "/v1/cubes/{}", None),
        ("GET", "/v1/cubes/{}/history", None),
        ("GET", "/v1/cubes/{}/transitions", None),
        ("POST", "/v1/cubes/{}/transitions", {"event": "archive", "reason": "old"}),
        ("GET", "/v1/memories/{}", None),
        ("PUT", "/v1/memories/{}", {"text": "a"}),
        ("DELETE", "/v1/memories/{}", None),
        ("GET", "/v1/memories/{}/history", None),
        ("GET", "/v1/keys/{}", None),
        ("DELETE", "/v1/keys/{}", None),
    ],
)
def test_an_unknown_id_is_not_found(
    client: httpx.Client, memory_id: str, method: str, path: str, body: Any
) -> None:
    answer = client.request(method, path.format(memory_id), json=body)
    problem_of(answer, 404, "not_found")


@pytest.mark.parametrize("top_k", [0, -1, 1_001, 10**9, 10**30, 1.5, "ten", None, True])
def test_a_number_of_hits_out_of_range_is_refused(client: httpx.Client, top_k: Any) -> None:
    for path in ("/v1/search", "/v1/context"):
        answer = client.post(path, json={"query": "tea", "top_k": top_k})
        if top_k is True:
            assert answer.status_code in (200, 422)
        else:
            problem_of(answer, 422, "invalid_input")


def test_the_largest_number_of_hits_is_answered(client: httpx.Client) -> None:
    client.post("/v1/cubes", json={"content": "One about tea.", "user_id": "few"})
    answer = client.post("/v1/search", json={"query": "tea", "top_k": 1_000, "user_id": "few"})
    assert (answer.status_code, len(answer.json()["results"])) == (200, 1)


DEEP: Any = {"a": 1}
for _ in range(60):
    DEEP = {"NOT": [DEEP]}


@pytest.mark.parametrize(
    "filters",
    [
        [],
        "text",
        5,
        {"a": {"like": "x"}},
        {"a": {}},
        {"AND": []},
        {"AND": ["x"]},
        {"NOT": 5},
        {"a": {"in": []}},
        {"a": {"in": "x"}},
        {"a": {"gt": True}},
        {"a": {"gt": None}},
        {"a": {"icontains": 5}},
        {"a": {"eq": {"b": 1}}},
        {"a": {"eq": "\x00"}},
        {"created_at": {"gt": "yesterday"}},
        {"a..b": 1},
        {'a"b': 1},
        {"": 1},
        {"a": {"eq": 10**30}},
        {"OR": [{"a": 1}] * 300},
        DEEP,
    ],
    ids=lambda filters: json.dumps(filters)[:50],
)
def test_a_malformed_filter_is_refused_everywhere(client: httpx.Client, filters: Any) -> None:
    body = {"query": "tea", "filters": filters}
    problem_of(client.post("/v1/search", json=body), 422, "invalid_filter")
    problem_of(client.post("/v1/context", json=body), 422, "invalid_filter")
    text = {"filters": json.dumps(filters), "user_id": "x"}
    problem_of(client.get("/v1/cubes", params=text), 422, "invalid_filter")
    problem_of(client.delete("/v1/cubes", params=text), 422, "invalid_filter")


def test_the_longest_filter_of_a_listing_is_read(client: httpx.Client) -> None:
    words = ["\u0801" * 100] * 65
    filters = json.dumps({"a": {"in": words}}, ensure_ascii=False)
    assert client.get("/v1/cubes", params={"filters": filters, "user_id": "x"}).status_code == 200
    longer = {"filters": json.dumps({"a": "x" * 10_000}), "user_id": "x"}
    problem_of(client.get("/v1/cubes", params=longer), 422, "invalid_filter")


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"query": "tea", "messages": [{"content": "tea"}]},
        {"query": "tea", "max_tokens": 1},
        {"messages": []},
        {"query": "x" * 10_001},
    ],
    ids=lambda body: json.dumps(body)[:40],
)
def test_a_context_without_one_clear_question_is_refused(client: httpx.Client, body: Any) -> None:
    answer = client.post("/v1/context", json=body)
    assert answer.status_code in (413, 422)
    assert answer.json()["code"] in ("invalid_input", "too_large")


@pytest.mark.parametrize(
    "body",
    [
        {"event": "fly", "reason": "x"},
        {"event": "archive"},
        {"event": "archive", "reason": ""},
        {"event": "archive", "reason": "x", "expected_version": 0},
        {"event": "revise", "reason": "x"},
    ],
    ids=lambda body: json.dumps(body)[:50],
)
def test_an_event_that_is_none_is_refused(client: httpx.Client, body: Any) -> None:
    added = client.post("/v1/cubes", json={"content": "Something.", "user_id": "events"})
    path = f"{added.headers.get('location') or '/v1/cubes/' + added.json()['results'][0]['id']}"
    problem_of(client.post(f"{path}/transitions", json=body), 422, "invalid_input")


@pytest.mark.parametrize(
    "request_line",
    [
        b"GET /v1/cubes/\xff HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET nonsense\r\n\r\n",
        b"POST /v1/cubes HTTP/1.1\r\nHost: x\r\nContent-Length: -5\r\n\r\n",
        b"POST /v1/cubes HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n"
        b"Transfer-Encoding: chunked\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
    ],
    ids=["byte in path", "no http", "negative length", "smuggling", "tls"],
)
def test_what_is_no_http_ends_the_connection_and_not_the_service(
    service: Service, client: httpx.Client, request_line: bytes
) -> None:
    address = urlsplit(service.url)
    with socket.create_connection((str(address.hostname), int(address.port or 0))) as raw:
        raw.settimeout(30)
        raw.sendall(request_line)
        raw.shutdown(socket.SHUT_WR)
        answered = b""
        while piece := raw.recv(65_536):
            answered += piece
    assert b" 200 " not in answered.split(b"\r\n")[0]
    assert b" 500 " not in answered.split(b"\r\n")[0]
    assert client.get("/readyz").status_code == 200


def test_a_client_that_leaves_in_the_middle_harms_nobody(
    service: Service, client: httpx.Client
) -> None:
    address = urlsplit(service.url)
    token = client.headers["authorization"].encode()
    for _ in range(20):
        raw = socket.create_connection((str(address.hostname), int(address.port or 0)))
        raw.sendall(
            b"POST /v1/cubes HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: " + token + b"\r\n"
            b'Content-Type: application/json\r\nContent-Length: 1000\r\n\r\n{"content": "half'
        )
        raw.close()
    assert client.get("/v1/stats").status_code == 200
    assert not [line for line in service.lines() if line["message"] == "unhandled error"]
