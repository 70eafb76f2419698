"""Jobs at the service and at the command line: who may see them, what is counted."""

import time
from pathlib import Path

import httpx
import pytest

import memory_os
from memory_os.domain.access import ROLE_RIGHTS, Principal, Role
from memory_os.domain.scope import Scope
from memory_os.errors import AccessDenied, NotFound
from memory_os.sdk import Memory
from memory_os_api.container import open_kernel
from tests.integration.api_service import Service, problem_of, serving
from tests.integration.command_line import CommandLine


@pytest.fixture
def cli(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> CommandLine:
    return CommandLine(capsys, monkeypatch)


@pytest.fixture
def database(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    url = f"sqlite:///{tmp_path / 'memory.db'}"
    monkeypatch.setenv("MEMORY_OS_DATABASE", url)
    with memory_os.connect(url) as memory:
        memory.add("Ada likes tea.", user_id="ada")
    return url


def finished(client: httpx.Client, job_id: str) -> dict[str, object]:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        job: dict[str, object] = client.get(f"/v1/operations/{job_id}").json()
        if job["state"] not in ("queued", "running"):
            return job
        time.sleep(0.02)
    raise AssertionError(job)


def test_the_service_does_the_jobs_of_its_database(tmp_path: Path) -> None:
    with serving(tmp_path) as service:
        admin = service.key("boss", role="admin")
        with service.client(admin) as client:
            check_work(client)
            check_walls(service, client)
        assert service.stop() == 0
    left = [line for line in service.lines() if line["message"] == "job"]
    assert "done" in {line["outcome"] for line in left}


def check_work(client: httpx.Client) -> None:
    client.post("/v1/cubes", json={"content": "Ada likes tea.", "user_id": "ada"})
    answer = client.post("/v1/operations", json={"kind": "decay", "dry_run": True})
    assert answer.status_code == 202
    job_id = answer.json()["id"]
    assert answer.headers["Location"] == f"/v1/operations/{job_id}"
    done = finished(client, job_id)
    assert (done["state"], done["attempts"], done["dry_run"]) == ("done", 1, True)
    assert done["result"]
    measured = client.get("/metrics").text
    assert 'memory_os_jobs_left_total{kind="decay",outcome="done"}' in measured
    assert 'memory_os_jobs{kind="dedup",state="queued"} 1.0' in measured
    assert "ada" not in measured.replace("unadapted", "")


def check_walls(service: Service, client: httpx.Client) -> None:
    (job,) = client.get("/v1/operations", params={"kind": "dedup"}).json()["results"]
    for role, kind, user in (("write", "service", None), ("admin", "user", "ada")):
        token = service.key(f"no-{role}", role=role, kind=kind, user=user)
        with service.client(token) as other:
            problem_of(other.get("/v1/operations"), 403, "access_denied")
            problem_of(other.delete(f"/v1/operations/{job['id']}"), 403, "access_denied")
    with service.client(service.key("far", role="admin", tenant="far")) as stranger:
        assert stranger.get("/v1/operations").json()["results"] == []
        foreign = stranger.get(f"/v1/operations/{job['id']}").json()
        unknown = stranger.get("/v1/operations/job_0").json()
        assert foreign["detail"].replace(job["id"], "job_0") == unknown["detail"]
        problem_of(stranger.delete(f"/v1/operations/{job['id']}"), 404, "not_found")
    problem_of(client.post("/v1/operations", json={"kind": "dance"}), 422, "invalid_input")
    problem_of(client.post(f"/v1/operations/{job['id']}/retries", json={}), 409, "conflict")


def test_jobs_are_steered_from_the_command_line(cli: CommandLine, database: str) -> None:
    started = cli.json("jobs", "start", "decay", "--dry-run", "--after", "2100-01-01T00:00:00Z")
    assert (started["state"], started["dry_run"]) == ("queued", True)
    assert cli.json("jobs", "cancel", started["id"], "--reason", "no")["state"] == "cancelled"
    assert cli("jobs", "cancel", started["id"])[0] != 0
    assert cli.json("jobs", "retry", started["id"])["state"] == "queued"
    ran = cli.json("jobs", "run")["results"]
    assert {job["kind"]: job["state"] for job in ran} == {"decay": "done", "tidy": "done"}
    assert started["id"] in [job["id"] for job in ran]
    assert cli.json("jobs", "show", started["id"])["result"]["moved"] == 0
    listed = cli.json("jobs", "list", "--state", "done", "--kind", "decay")["results"]
    assert started["id"] in [job["id"] for job in listed]
    cli.json("jobs", "show", "job_0", code=4)
    code, out, _ = cli("jobs", "show", started["id"])
    assert code == 0
    assert "retried" in out
    assert cli("jobs", "list", "--state", "dead")[1] == "there are no such jobs\n"
    assert cli("jobs", "run")[0] == 0


def test_jobs_take_govern_and_a_credential_without_bindings(database: str) -> None:
    kernel = open_kernel(database)
    try:
        boss = Memory(kernel.connector(Principal()))
        job_id = boss.start_job("tidy").id
        writer = Principal(id="w", rights=ROLE_RIGHTS[Role.SHARE])
        bound = Principal(id="b", bindings=Scope(user_id="ada"))
        for principal in (writer, bound):
            memory = Memory(kernel.connector(principal))
            for act in (memory.jobs, lambda memory=memory: memory.job(job_id)):
                with pytest.raises(AccessDenied):
                    act()
            for change in (memory.cancel_job, memory.retry_job):
                with pytest.raises(AccessDenied):
                    change(job_id)
            with pytest.raises(AccessDenied):
                memory.start_job("tidy")
        far = Memory(kernel.connector(Principal("far")))
        with pytest.raises(NotFound):
            far.job(job_id)
        boss.cancel_job(job_id, reason="not now")
        notes = [entry.note for entry in kernel.parts.store.journal("default", 0, 100)]
        told = [(note.action, note.reason) for note in notes if job_id in note.targets]
        assert told == [("job.start", ""), ("job.cancel", "not now")]
    finally:
        kernel.close()
