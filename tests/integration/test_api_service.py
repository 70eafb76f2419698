"""The service as a process: it starts, tells how it is, stops cleanly and loses nothing."""

import json
import signal
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.integration.api_service import Service, make_key, problem_of, run, serving


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    with serving(tmp_path_factory.mktemp("service")) as running:
        yield running


def test_without_keys_this_machine_needs_none_and_the_first_key_ends_that(tmp_path: Path) -> None:
    with serving(tmp_path) as service, service.client() as client:
        added = client.post("/v1/cubes", json={"content": "Before any key.", "user_id": "ada"})
        assert added.status_code == 201
        forwarded = client.get("/v1/cubes", headers={"X-Forwarded-For": "127.0.0.1"})
        problem_of(forwarded, 401, "unauthenticated")
        made = client.post("/v1/keys", json={"name": "first", "role": "admin"})
        assert made.status_code == 201
        problem_of(client.get("/v1/cubes"), 401, "unauthenticated")
        with service.client(made.json()["key"]) as admin:
            assert len(admin.get("/v1/cubes").json()["results"]) == 1
            assert admin.delete(f"/v1/keys/{made.json()['id']}").status_code == 204
            problem_of(admin.get("/v1/cubes"), 401, "unauthenticated")
        problem_of(client.get("/v1/cubes"), 401, "unauthenticated")


@pytest.mark.parametrize("host", ["0.0.0.0", "::"])
def test_it_refuses_to_listen_beyond_this_machine_without_a_key(tmp_path: Path, host: str) -> None:
    database = f"sqlite:///{tmp_path / 'memory.db'}"
    done = run("serve", "--host", host, "--port", "0", "--database", database)
    assert done.returncode != 0
    assert "keys create" in done.stderr
    assert "without an API key" in done.stderr


def test_with_a_key_it_listens_anywhere(tmp_path: Path) -> None:
    token = make_key(f"sqlite:///{tmp_path / 'memory.db'}")
    with serving(tmp_path, MEMORY_OS_HOST="0.0.0.0") as service:
        url = service.url.replace("0.0.0.0", "127.0.0.1")
        headers = {"Authorization": f"Bearer {token}"}
        with httpx.Client(base_url=url, headers=headers, trust_env=False) as client:
            assert client.get("/v1/cubes").status_code == 200


def test_a_taken_port_is_named(service: Service, tmp_path: Path) -> None:
    port = service.url.rsplit(":", 1)[1]
    done = run("serve", "--port", port, "--database", f"sqlite:///{tmp_path / 'memory.db'}")
    assert done.returncode != 0
    assert port in done.stderr
    assert "Traceback" not in done.stderr


def test_it_tells_that_it_is_alive_ready_and_measured(service: Service) -> None:
    with service.client() as client:
        assert client.get("/healthz").json() == {"status": "ok"}
        ready = client.get("/readyz").json()
        assert ready["status"] == "ready"
        assert set(ready["checks"]) == {"store", "embedder"}
        client.post("/v1/cubes", json={"content": "Counted.", "user_id": "c4n4ry"})
        stats = client.get("/v1/stats").json()
        assert (stats["tenant"], stats["embedder"]) == ("default", ready["checks"]["embedder"])
        text = client.get("/metrics").text
        assert 'method="POST",route="/v1/cubes",status="201"' in text
        assert "c4n4ry" not in text


def test_the_log_is_json_without_content(service: Service) -> None:
    with service.client() as client:
        body = {"content": "c4n4ry in a text", "user_id": "c4n4ry-user", "tags": ["c4n4ry-tag"]}
        client.post("/v1/cubes", json=body, headers={"X-Request-Id": "seek-me"})
        client.post("/v1/search", json={"query": "c4n4ry in a text"})
        client.get("/v1/cubes", params={"user_id": "c4n4ry-user"})
        client.get("/v1/cubes/c4n4ry-id")
    said = service.log.read_text()
    assert "c4n4ry" not in said
    line = next(line for line in service.lines() if line.get("request_id") == "seek-me")
    assert (line["method"], line["route"], line["status"]) == ("POST", "/v1/cubes", 201)
    assert all(text[:1] == "{" for text in said.splitlines())


def test_an_acknowledged_memory_is_there_after_a_restart(tmp_path: Path) -> None:
    with serving(tmp_path) as service, service.client() as client:
        body = {"content": "The ferry leaves at seven.", "user_id": "ada"}
        memory_id = client.post("/v1/cubes", json=body).json()["results"][0]["id"]
        assert service.stop() == 0
    with serving(tmp_path) as service, service.client() as client:
        assert client.get(f"/v1/cubes/{memory_id}").json()["memory"] == body["content"]
        found = client.post("/v1/search", json={"query": "When does the ferry leave?"}).json()
        assert found["results"][0]["id"] == memory_id


@pytest.mark.parametrize("sent", [signal.SIGTERM, signal.SIGINT])
def test_a_stop_signal_lets_requests_in_flight_finish(tmp_path: Path, sent: int) -> None:
    with serving(tmp_path) as service:
        requests = [{"content": f"Entry {n} of the ledger.", "user_id": "u"} for n in range(1_000)]
        answers: list[httpx.Response] = []
        posted = threading.Event()

        def pieces() -> Iterator[bytes]:
            whole = json.dumps({"requests": requests}).encode()
            yield whole[:-1]
            posted.set()
            yield whole[-1:]

        def post() -> None:
            with service.client() as client:
                headers = {"Content-Type": "application/json"}
                answers.append(client.post("/v1/cubes:batch", content=pieces(), headers=headers))

        with ThreadPoolExecutor(1) as pool:
            work = pool.submit(post)
            assert posted.wait(30)
            assert service.stop(sent) == 0
            work.result(60)
        assert answers[0].status_code == 201
        assert len(answers[0].json()["results"]) == 1_000
        assert "unhandled" not in service.log.read_text()
        assert service.lines()[-1]["message"] == "closed"
    with serving(tmp_path) as service, service.client() as client:
        listed = client.get("/v1/cubes", params={"user_id": "u", "limit": 1_000}).json()
        assert len(listed["results"]) == 1_000


def test_many_callers_at_once_are_all_served(service: Service) -> None:
    def work(number: int) -> list[int]:
        with service.client() as client:
            codes = []
            for turn in range(10):
                text = f"Caller {number} says thing number {turn}."
                body = {"content": text, "user_id": f"caller-{number}"}
                codes.append(client.post("/v1/cubes", json=body).status_code)
                question = {"query": text, "user_id": f"caller-{number}", "top_k": 1}
                hits = client.post("/v1/search", json=question).json()["results"]
                assert [hit["memory"] for hit in hits] == [text]
            return codes

    with ThreadPoolExecutor(8) as pool:
        assert {code for codes in pool.map(work, range(8)) for code in codes} == {201}


def test_the_rate_of_a_key_is_limited(tmp_path: Path) -> None:
    settings = {"MEMORY_OS_RATE_LIMIT": "1", "MEMORY_OS_RATE_BURST": "5"}
    with serving(tmp_path, **settings) as service, service.client(service.key()) as client:
        answers = [client.get("/v1/stats") for _ in range(12)]
        assert [a.status_code for a in answers[:5]] == [200] * 5
        refused = [a for a in answers if a.status_code == 429]
        assert refused
        problem_of(refused[0], 429, "rate_limited")
        assert int(refused[0].headers["retry-after"]) >= 1


def test_a_store_that_went_away_makes_the_service_unready(tmp_path: Path) -> None:
    damaged = tmp_path / "memory.db"
    damaged.write_bytes(b"this is no database" * 1_000)
    done = run("serve", "--port", "0", "--database", f"sqlite:///{damaged}")
    assert done.returncode != 0
    assert "Traceback" not in done.stderr
    assert damaged.read_bytes() == b"this is no database" * 1_000


@pytest.mark.parametrize(
    ("name", "value"), [("MEMORY_OS_PORT", "high"), ("MEMORY_OS_LOG_LEVEL", "loud")]
)
def test_a_wrong_setting_is_named(tmp_path: Path, name: str, value: str) -> None:
    done = run("serve", "--database", f"sqlite:///{tmp_path / 'memory.db'}", **{name: value})
    assert done.returncode != 0
    assert name in done.stderr
    assert "Traceback" not in done.stderr


def test_the_process_has_no_reason_to_call_out(service: Service) -> None:
    pid = service.process.pid
    inodes = set()
    for link in Path(f"/proc/{pid}/fd").iterdir():
        try:
            target = str(link.readlink())
        except OSError:
            continue
        if target.startswith("socket:["):
            inodes.add(target[8:-1])
    remote: list[Any] = []
    for table in ("tcp", "tcp6"):
        for line in Path(f"/proc/{pid}/net/{table}").read_text().splitlines()[1:]:
            parts = line.split()
            if parts[9] in inodes and not parts[2].startswith(("00000000", "0100007F", "0" * 32)):
                remote.append(parts[2])
    assert remote == []
