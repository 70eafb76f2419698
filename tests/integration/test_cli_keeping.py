"""The commands that keep a store: keys, export, import, doctor, reindex, serve, version."""

import json
import os
import re
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
from langchain_core.embeddings import DeterministicFakeEmbedding

import memory_os
from tests.integration.command_line import CommandLine

COMMAND = (sys.executable, "-c", "from memory_os_api.cli import main; main()")
HELP_SECONDS = 0.4
PIPE_HOLDS = 1 << 20
HEAVY = ("faiss", "fastapi", "langchain_core", "numpy", "pydantic", "sqlalchemy", "httpx")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "memory.db"


@pytest.fixture
def cli(
    file: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> CommandLine:
    for variable in ("MEMORY_OS_URL", "MEMORY_OS_API_KEY"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setenv("MEMORY_OS_DATABASE", f"sqlite:///{file}")
    return CommandLine(capfd, monkeypatch)


def test_help_is_quick_and_loads_nothing_heavy() -> None:
    code = (
        "import sys, time; start = time.process_time()\n"
        "from memory_os_api.cli.main import run\n"
        "assert run(['--help']) == 0\n"
        "print(time.process_time() - start, *sorted(sys.modules), file=sys.stderr)"
    )
    best = 60.0
    for _ in range(3):
        shown = subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, check=True
        )
        seconds, *modules = shown.stderr.split()
        best = min(best, float(seconds))
        assert [name for name in HEAVY if name in modules] == []
    assert best < HELP_SECONDS
    commands = (
        "add search context get history list update delete move export import reindex doctor "
        "demo serve keys eval version"
    )
    for command in commands.split():
        assert re.search(rf"│ {command} ", shown.stdout), command


def test_the_version_is_that_of_the_distribution(cli: CommandLine) -> None:
    facts = cli.json("version")
    assert re.fullmatch(r"\d+\.\d+\.\d+.*", facts["version"])
    assert cli("version")[1].startswith(f"memory-os {facts['version']}")
    assert cli("--version")[1] == cli("version")[1]


def test_keys_are_made_listed_and_revoked(cli: CommandLine) -> None:
    made = cli.json("keys", "create", "phone", "--kind", "user", "--user", "ada", "--days", "3")
    assert made["key"].startswith(f"mos_{made['id']}_")
    assert (made["role"], made["user_id"], made["tenant"]) == ("share", "ada", "default")
    assert made["expires_at"] > made["created_at"]
    secret = made["key"].rsplit("_", 1)[1]
    code, out, _ = cli("keys", "create", "other", "--tenant", "acme", "--role", "read")
    assert code == 0
    assert out.splitlines()[0].startswith("mos_")
    listed = cli.json("keys", "list")["results"]
    assert [key["name"] for key in listed] == ["phone", "other"]
    assert [key["name"] for key in cli.json("keys", "list", "--tenant", "acme")["results"]] == [
        "other"
    ]
    assert secret not in cli("keys", "list")[1]
    assert cli.json("keys", "revoke", made["id"])["revoked_at"]
    assert "revoked" in cli("keys", "list")[1]
    assert cli("keys", "revoke", "nonsense")[0] == 4
    assert cli("keys", "create", "x", "--days", "1", "--expires-at", "2030-01-01T00:00:00Z")[0] == 2
    assert cli("keys", "create", "x", "--expires-at", "tomorrow")[0] == 2
    assert cli("keys", "create", "x", "--expires-at", "2030")[0] == 2


def test_a_store_goes_out_and_comes_in(cli: CommandLine, tmp_path: Path) -> None:
    ids = [cli.add(f"Fact {n}.", "--user", "ada") for n in range(3)]
    cli.json("update", ids[0], "Fact 0, told anew.")
    out = tmp_path / "out.jsonl"
    done = cli.json("export", out, "--user", "ada")
    assert (done["cubes"], done["versions"], done["carries"]) == (3, 4, "versions")
    assert done["bytes"] == out.stat().st_size
    assert cli("export", out)[0] == 2
    assert cli("export", out, "--force")[0] == 0
    copy = f"sqlite:///{tmp_path}/copy.db"
    planned = cli.json("import", out, "--database", copy, "--dry-run")
    assert (planned["added"], planned["dry_run"]) == (3, True)
    taken = cli.json("import", out, "--database", copy)
    assert (taken["added"], taken["versions"], taken["present"]) == (3, 4, 0)
    assert cli.json("import", out, "--database", copy)["present"] == 3
    past = cli.json("history", ids[0], "--database", copy)["results"]
    assert [entry["memory"] for entry in past] == ["Fact 0.", "Fact 0, told anew."]
    assert cli.json("doctor", "--database", copy)["healthy"]


def test_a_store_goes_through_a_pipe(cli: CommandLine, tmp_path: Path) -> None:
    cli.add("Fact.", "--user", "ada")
    code, out, err = cli("export", "-")
    assert code == 0
    assert "1 memories" in err
    assert len(out.splitlines()) == 3
    copy = f"sqlite:///{tmp_path}/copy.db"
    assert cli.json("import", "-", "--database", copy, stdin=out)["added"] == 1
    assert cli("export", "-", "--json")[0] == 2


def test_a_bad_line_is_named_and_can_be_left_out(cli: CommandLine, tmp_path: Path) -> None:
    for number in range(3):
        cli.add(f"Fact {number}.", "--user", "ada")
    lines = cli("export", "-")[1].splitlines(keepends=True)
    lines[2] = lines[2].replace("Fact 1", "Fact X")
    bad = tmp_path / "bad.jsonl"
    bad.write_text("".join(lines))
    copy = f"sqlite:///{tmp_path}/copy.db"
    code, out, err = cli("import", bad, "--database", copy)
    assert (code, out) == (2, "")
    assert "line 3: its checksum does not match" in err
    assert cli.json("list", "--database", copy)["results"] == []
    problem = cli.json("import", bad, "--database", copy, code=2)
    assert (problem["line"], problem["bad"][0]["line"]) == (3, 3)
    code, out, _ = cli("import", bad, "--database", copy, "--skip-bad")
    assert code == 0
    assert "line 3 left out" in out
    assert len(cli.json("list", "--database", copy)["results"]) == 2
    assert cli("import", tmp_path / "nowhere")[0] == 2
    assert cli("import", bad, "--skip-bad", "--batch", "0")[0] == 2


def test_the_doctor_calls_a_store_healthy_or_leaves_with_one(cli: CommandLine, file: Path) -> None:
    cli.add("Fact.", "--user", "ada")
    found = cli.json("doctor")
    assert found["healthy"]
    assert found["findings"] == []
    assert found["tenants"] == [{"tenant": "default", "journal": 1, "passages": 1, "recalled": 1}]
    assert cli("doctor")[0] == 0
    for snapshot in file.parent.glob("memory.db.index/*/*"):
        snapshot.write_bytes(b"garbage")
    code, out, _ = cli("doctor")
    assert code == 1
    assert "snapshot" in out
    assert "doctor --repair" in out
    for snapshot in file.parent.glob("memory.db.index/*/*"):
        snapshot.write_bytes(b"garbage")
    mended = cli.json("doctor", "--repair")
    assert mended["healthy"]
    assert [finding["part"] for finding in mended["repaired"]] == ["snapshot"]
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("UPDATE journal SET actor = 'nobody'")
        connection.commit()
    found = cli.json("doctor", "--repair", code=1)
    assert {finding["part"] for finding in found["findings"]} == {"rows"}
    assert "backup" in cli("doctor")[1]


def test_a_file_that_is_no_database_is_an_error_not_a_traceback(
    cli: CommandLine, file: Path
) -> None:
    file.write_bytes(b"this is no database" * 100)
    for command in (("doctor",), ("search", "x"), ("export", "-"), ("reindex",)):
        code, out, err = cli(*command)
        assert (code, out) == (3, "")
        assert str(file) in err


def test_a_reindex_mends_what_another_embedder_made(cli: CommandLine, file: Path) -> None:
    fake = DeterministicFakeEmbedding(size=16)
    with memory_os.connect(f"sqlite:///{file}", embeddings=fake) as memory:
        memory.add("The spare key hangs behind the clock.", user_id="ada")
    code, _, err = cli("search", "spare key", "--user", "ada")
    assert code == 3
    assert "memory-os reindex" in err
    assert cli.json("doctor", code=1)["findings"][0]["part"] == "embedder"
    assert cli.json("reindex")["passages"] == 1
    assert cli.json("search", "spare key", "--user", "ada")["outcome"] == "found"
    assert cli("doctor")[0] == 0


def test_the_service_answers_the_same_commands(
    cli: CommandLine, file: Path, tmp_path: Path
) -> None:
    key = cli.json("keys", "create", "cli", "--role", "admin")["key"]
    process = subprocess.Popen(
        (*COMMAND, "serve", "--port", "0", "--json", "--log-level", "warning"),
        stdout=subprocess.PIPE,
        env=dict(os.environ),
        text=True,
    )
    try:
        assert process.stdout is not None
        url = json.loads(process.stdout.readline())["url"]
        where = ("--url", url, "--api-key", key)
        memory_id = cli.add("The spare key hangs behind the clock.", "--user", "ada", *where)
        found = cli.json("search", "spare key", "--user", "ada", *where)
        assert [hit["id"] for hit in found["results"]] == [memory_id]
        assert cli.json("update", memory_id, "Behind the barometer.", *where)["version"] == 2
        out = tmp_path / "heads.jsonl"
        assert cli.json("export", out, *where)["carries"] == "heads"
        assert cli.json("import", out, *where)["present"] == 0
        assert cli.json("import", out, *where)["added"] == 0
        cli.patch.setenv("MEMORY_OS_URL", url)
        code, out_text, err = cli("get", memory_id)
        assert (code, out_text) == (6, "")
        assert "[unauthenticated]" in err
        cli.patch.setenv("MEMORY_OS_API_KEY", key)
        assert cli.json("get", memory_id)["version"] == 2
        assert cli.json("get", memory_id, "--database", f"sqlite:///{file}")["version"] == 2
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) == 0
    finally:
        process.kill()
        process.wait()
        if process.stdout is not None:
            process.stdout.close()


INTERRUPTIBLE = (
    "import signal; signal.signal(signal.SIGINT, signal.default_int_handler); "
    "from memory_os_api.cli import main; main()"
)
"""The command, also where the tests run in the background and interrupts are ignored."""


def test_an_interrupted_command_says_nothing_and_leaves_130() -> None:
    process = subprocess.Popen(
        (sys.executable, "-c", INTERRUPTIBLE, "add", "-", "--database", "sqlite://"),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdin is not None
    process.stdin.write("x" * PIPE_HOLDS * 2)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=20)
    assert process.returncode == 130
    assert (out, err) == ("", "")


def test_a_pipe_that_closes_early_is_no_error(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/memory.db"
    with memory_os.connect(url) as memory:
        memory.add_many([f"Fact {n}. " * 40 for n in range(900)], user_id="ada")
    program = f'{sys.executable} -c "from memory_os_api.cli import main; main()"'
    command = f"{program} list -n 900 --database {url}"
    shown = subprocess.run(
        f"{command} | head -n 1", shell=True, capture_output=True, text=True, check=False
    )
    assert shown.stdout.count("\n") == 1
    assert shown.stderr == ""


def test_an_export_is_journalled_without_content(cli: CommandLine, file: Path) -> None:
    with memory_os.connect(f"sqlite:///{file}") as memory:
        memory.add("The c4n4ry sings.", user_id="ada")
        before = memory.search("sings", user_id="ada").results[0].id
    cli("export", str(file.with_name("out.jsonl")), "--user", "ada")
    with closing(sqlite3.connect(file)) as database:
        query = "SELECT actor, targets, reason FROM journal WHERE action = 'export'"
        ((actor, targets, reason),) = database.execute(query).fetchall()
    assert (actor, targets) == ("local", "[]")
    assert reason.startswith("1 memories, 1 versions, ")
    assert reason.endswith(" of user_id=ada")
    with memory_os.connect(f"sqlite:///{file}") as memory:
        assert memory.search("sings", user_id="ada").results[0].id == before
    read_only = f"sqlite:///{file}?mode=ro"
    cli("export", str(file.with_name("more.jsonl")), "--database", read_only)
    assert file.with_name("more.jsonl").exists()
