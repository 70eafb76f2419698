"""What surrounds every answer: request ids, security headers, log lines and metrics."""

import json
import logging
from typing import Any

import pytest

from memory_os.errors import NotFound
from memory_os_api.envelope import SECURITY_HEADERS
from memory_os_api.keys import KeyRing
from memory_os_api.logs import JsonLines
from tests.unit.api.fakes import DictKeyStore, OddKernel, app_over, client_of


def lines(caplog: pytest.LogCaptureFixture) -> list[dict[str, Any]]:
    ours = [record for record in caplog.records if record.name.startswith("memory_os_api")]
    return [json.loads(JsonLines().format(record)) for record in ours]


def unknown(*_: Any) -> None:
    raise NotFound("no such memory")


@pytest.mark.parametrize("path", ["/healthz", "/v1/stats", "/v2/nothing", "/v1/cubes/mem_1"])
def test_every_answer_has_a_request_id_and_the_security_headers(path: str) -> None:
    answer = client_of(app_over()).get(path)
    assert answer.headers["x-request-id"]
    assert {name: answer.headers[name] for name in SECURITY_HEADERS} == SECURITY_HEADERS
    assert "access-control-allow-origin" not in answer.headers
    assert "server" not in answer.headers


def test_a_request_id_is_taken_from_the_caller_if_it_is_one() -> None:
    client = client_of(app_over())
    kept = client.get("/healthz", headers={"X-Request-Id": "trace-42:a.b"})
    assert kept.headers["x-request-id"] == "trace-42:a.b"
    for wrong in ("", "a b", "x" * 129, "a\tb", 'a"b'):
        made = client.get("/healthz", headers={"X-Request-Id": wrong})
        assert len(made.headers["x-request-id"]) == 24


def test_another_origins_page_is_not_let_in() -> None:
    client = client_of(app_over())
    headers = {"Origin": "https://example.com", "Access-Control-Request-Method": "POST"}
    answer = client.options("/v1/search", headers=headers)
    assert answer.status_code == 405
    assert "access-control-allow-origin" not in answer.headers


def test_a_log_line_holds_the_route_and_nothing_of_the_request(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.INFO, "memory_os_api")
    store = DictKeyStore()
    issued = KeyRing(store).issue("app")
    client = client_of(app_over(OddKernel(unknown), store))
    client.headers = {"Authorization": f"Bearer {issued.token}"}
    client.get("/v1/cubes/c4n4ry_id?reason=c4n4ry")
    client.post("/v1/search", json={"query": "c4n4ry", "user_id": "c4n4ry", "top_k": "c4n4ry"})
    client.get("/c4n4ry?c4n4ry=c4n4ry")
    said = lines(caplog)
    assert [line["route"] for line in said] == ["/v1/cubes/{id}", "/v1/search", "unmatched"]
    assert {line["caller"] for line in said} == {issued.key.id}
    assert all({"at", "level", "request_id", "method", "status", "ms"} <= set(x) for x in said)
    assert "c4n4ry" not in json.dumps(said)
    assert issued.token.split("_")[2] not in json.dumps(said)


def test_a_failure_is_logged_with_its_place_and_without_its_words(
    caplog: pytest.LogCaptureFixture,
) -> None:
    def fail(*_: Any) -> None:
        raise RuntimeError("c4n4ry")

    answer = client_of(app_over(OddKernel(fail))).get("/v1/cubes/mem_1")
    failure = next(line for line in lines(caplog) if line["message"] == "failed")
    assert failure["error"] == "RuntimeError"
    assert failure["request_id"] == answer.headers["x-request-id"]
    assert any(place.endswith(" fail") for place in failure["traceback"])
    assert "c4n4ry" not in json.dumps(lines(caplog))


def test_metrics_count_by_method_route_and_status_and_name_nobody() -> None:
    store = DictKeyStore()
    issued = KeyRing(store).issue("app", tenant_id="c4n4ry")
    client = client_of(app_over(OddKernel(unknown), store))
    client.headers = {"Authorization": f"Bearer {issued.token}"}
    for memory in ("c4n4ry1", "c4n4ry2"):
        client.get(f"/v1/cubes/{memory}")
    client.request("C4N4RY", "/v1/cubes/x")
    client.get("/c4n4ry")
    answer = client.get("/metrics")
    assert answer.headers["content-type"].startswith("text/plain")
    text = answer.text
    counted = 'memory_os_http_requests_total{method="GET",route="/v1/cubes/{id}",status="404"} 2.0'
    assert counted in text
    assert 'method="other"' in text
    assert 'route="unmatched"' in text
    assert "memory_os_http_requests_in_progress 1.0" in text
    assert "c4n4ry" not in text.lower()
    assert issued.key.id not in text


def test_two_services_in_a_process_count_for_themselves() -> None:
    first, second = (client_of(app_over()) for _ in range(2))
    first.get("/healthz")
    assert 'route="/healthz"' not in second.get("/metrics").text
