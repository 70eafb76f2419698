"""Every error is a problem document with the status that the documentation promises."""

import re
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from memory_os.errors import (
    MemoryOSError,
    NotSupported,
    StoreCorrupt,
    StoreError,
    StoreUnavailable,
    error_types,
)
from memory_os_api.problems import MEDIA_TYPE, STATUS
from tests.unit.api.fakes import OddKernel, app_over, client_of

DOCS = Path(__file__).resolve().parents[3] / "docs" / "errors.md"
MEMBERS = {"type", "title", "status", "detail", "code", "instance"}


def raising(error: Exception) -> TestClient:
    def act(*_: Any) -> None:
        raise error

    return client_of(app_over(OddKernel(act)))


def the_problem(answer: Any, status: int, code: str) -> dict[str, Any]:
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == MEDIA_TYPE
    body: dict[str, Any] = answer.json()
    assert set(body) >= MEMBERS
    assert (body["status"], body["code"]) == (status, code)
    assert body["type"].endswith(code)
    assert body["detail"]
    return body


def test_every_error_code_has_a_status_and_no_status_is_left_over() -> None:
    assert set(STATUS) == {kind.code for kind in error_types()}


def test_the_documentation_gives_the_same_statuses() -> None:
    rows = re.findall(r"^\| `(\w+)` \| `\w+` \| (\d{3}) \|", DOCS.read_text(), re.MULTILINE)
    documented = {code: int(status) for code, status in rows}
    assert documented
    assert {code: STATUS[code] for code in documented} == documented


@pytest.mark.parametrize("kind", list(error_types()), ids=lambda kind: kind.code)
def test_an_error_is_answered_with_its_code_its_status_and_its_facts(
    kind: type[MemoryOSError],
) -> None:
    error = kind("it failed; do this", retry_after=3.2, legal=["archive"], title="not this")
    body = the_problem(raising(error).get("/v1/cubes/mem_1"), STATUS[kind.code], kind.code)
    assert body["instance"] == "/v1/cubes/mem_1"
    if not issubclass(kind, StoreError):
        assert body["detail"] == "it failed; do this"
        assert body["legal"] == ["archive"]
    assert body["title"] != "not this"


@pytest.mark.parametrize(
    ("code", "header", "value"),
    [
        ("unauthenticated", "www-authenticate", 'Bearer realm="memory-os"'),
        ("rate_limited", "retry-after", "4"),
        ("store_busy", "retry-after", "1"),
    ],
)
def test_an_error_tells_the_client_what_to_do_in_its_headers(
    code: str, header: str, value: str
) -> None:
    kind = next(kind for kind in error_types() if kind.code == code)
    answer = raising(kind("wait", retry_after=3.2)).get("/v1/cubes/mem_1")
    assert answer.headers[header] == value


def test_what_a_field_asks_for_in_vain_is_the_requests_to_correct() -> None:
    error = NotSupported("infer needs a language model", field="infer")
    body = the_problem(raising(error).get("/v1/cubes/mem_1"), 422, "not_supported")
    assert body["field"] == "infer"


def test_an_unknown_route_is_a_problem() -> None:
    the_problem(raising(KeyError()).get("/v2/nothing"), 404, "not_found")
    the_problem(raising(KeyError()).get("/v1/cubes/"), 404, "not_found")


def test_a_wrong_method_is_a_problem_that_names_the_right_ones() -> None:
    answer = raising(KeyError()).put("/v1/search", json={})
    assert "POST" in the_problem(answer, 405, "not_supported")["detail"]
    assert answer.headers["allow"] == "POST"
    for path, allowed in (
        ("/v1/cubes", "GET, POST, DELETE"),
        ("/v1/cubes/mem_1", "GET, PATCH, DELETE"),
        ("/v1/keys/key_1", "GET, DELETE"),
    ):
        answer = raising(KeyError()).put(path, json={})
        assert allowed in the_problem(answer, 405, "not_supported")["detail"]
        assert answer.headers["allow"] == allowed


@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b'{"query": "tea"',
        b"\xff\xfe\x00",
        b'{"query": "\xc3\x28"}',
        b"nonsense",
        b"[" * 100_000,
        b'{"query": ' + b"9" * 5_000 + b"}",
    ],
    ids=["open", "cut", "utf-16 mark", "bad utf-8", "word", "deep", "long number"],
)
def test_a_body_that_cannot_be_read_is_a_bad_request(body: bytes) -> None:
    headers = {"Content-Type": "application/json"}
    answer = raising(KeyError()).post("/v1/search", content=body, headers=headers)
    the_problem(answer, 400, "invalid_input")


@pytest.mark.parametrize(
    "headers",
    [
        {"Content-Type": "text/plain"},
        {"Content-Type": "application/x-www-form-urlencoded"},
        {"Content-Type": "multipart/form-data; boundary=x"},
        {},
        {"Content-Type": "application/json", "Content-Encoding": "gzip"},
    ],
    ids=["text", "form", "multipart", "none", "gzip"],
)
def test_a_body_that_is_not_declared_as_json_is_refused(headers: dict[str, str]) -> None:
    answer = raising(KeyError()).post("/v1/search", content=b'{"query": "tea"}', headers=headers)
    the_problem(answer, 415, "invalid_input")


def test_a_wrong_field_is_named_and_what_was_sent_is_not_repeated() -> None:
    answer = raising(KeyError()).post("/v1/search", json={"query": "tea", "top_k": "c4n4ry"})
    body = the_problem(answer, 422, "invalid_input")
    assert body["field"] == "top_k"
    assert [error["field"] for error in body["errors"]] == ["top_k"]
    assert "c4n4ry" not in answer.text


@pytest.mark.parametrize(
    ("path", "body", "status", "code"),
    [
        ("/v1/search", {"query": "x", "filters": {"a": {"like": 1}}}, 422, "invalid_filter"),
        ("/v1/search", {"query": "x", "filters": []}, 422, "invalid_filter"),
        ("/v1/search", {"query": "x" * 10_001}, 413, "too_large"),
        ("/v1/search", {"query": "x", "top_k": 1_001}, 422, "invalid_input"),
        ("/v1/search", {"query": ""}, 422, "invalid_input"),
        ("/v1/search", {"query": "a\x00b"}, 422, "invalid_input"),
        ("/v1/search", {"query": "x", "tenant": "other"}, 422, "invalid_input"),
        ("/v1/search", {"query": "x", "tenant_id": "other"}, 422, "invalid_input"),
        ("/v1/search", [], 422, "invalid_input"),
        ("/v1/search", None, 422, "invalid_input"),
        ("/v1/cubes", {"content": "x", "metadata": {"k": "v" * 17_000}}, 413, "too_large"),
        ("/v1/cubes", {"content": ""}, 422, "invalid_input"),
        ("/v1/cubes", {"content": "x", "document": {"text": "y"}}, 422, "invalid_input"),
        ("/v1/cubes:batch", {"requests": []}, 422, "invalid_input"),
        ("/v1/memories", {"messages": "x", "tenant_id": "other"}, 422, "invalid_input"),
        ("/v1/memories/search", {"query": "x", "limit": 0}, 422, "invalid_input"),
    ],
)
def test_a_request_that_breaks_a_rule_is_refused_with_its_code(
    path: str, body: Any, status: int, code: str
) -> None:
    the_problem(raising(KeyError()).post(path, json=body), status, code)


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("filters={", "invalid_filter"),
        ("filters=[]", "invalid_filter"),
        ('filters={"a":{"like":1}}', "invalid_filter"),
        ("limit=0", "invalid_input"),
        ("limit=many", "invalid_input"),
        ("user=ada", "invalid_input"),
        ("tenant_id=other", "invalid_input"),
        ("user_id=%00", "invalid_input"),
        ("as_of=yesterday", "invalid_input"),
        ("as_of=2026-01-01T00:00:00", "invalid_input"),
        ("states=asleep", "invalid_input"),
    ],
)
def test_a_listing_that_breaks_a_rule_is_refused_with_its_code(query: str, code: str) -> None:
    the_problem(raising(KeyError()).get(f"/v1/cubes?{query}"), 422, code)


def test_deleting_without_naming_a_scope_is_refused() -> None:
    the_problem(raising(KeyError()).delete("/v1/cubes"), 422, "invalid_input")


def test_a_failure_of_the_service_tells_nothing_of_its_insides() -> None:
    answer = raising(RuntimeError("c4n4ry in /secret/path")).get("/v1/cubes/mem_1")
    body = the_problem(answer, 500, "error")
    assert "c4n4ry" not in answer.text
    assert answer.headers["x-request-id"] in body["detail"]
    assert answer.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize("kind", [StoreError, StoreUnavailable, StoreCorrupt])
@pytest.mark.parametrize("path", ["/v1/cubes/mem_1", "/readyz"])
def test_where_the_store_lies_is_told_to_nobody(kind: type[StoreError], path: str) -> None:
    def act(*_: Any) -> None:
        raise kind("'sqlite:////srv/c4n4ry.db' is damaged", path="/srv/c4n4ry.db")

    kernel = OddKernel(act)
    kernel.health = act  # type: ignore[method-assign]
    answer = client_of(app_over(kernel)).get(path)
    assert answer.status_code in (500, 503)
    assert answer.json()["code"] == kind.code
    assert "c4n4ry" not in answer.text
    assert answer.headers["x-request-id"] in answer.json()["detail"]


def test_a_store_that_does_not_answer_makes_the_service_unready() -> None:
    answer = client_of(app_over(OddKernel(ok=False))).get("/readyz")
    the_problem(answer, 503, "store_unavailable")
    assert "retry-after" in answer.headers
