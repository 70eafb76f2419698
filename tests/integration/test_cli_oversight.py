"""``audit`` and ``quotas`` on the command line."""

import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from tests.integration.command_line import CommandLine


@pytest.fixture
def cli(
    capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> CommandLine:
    monkeypatch.chdir(tmp_path)
    return CommandLine(capfd, monkeypatch)


def test_the_journal_is_listed_checked_and_exported(cli: CommandLine, tmp_path: Path) -> None:
    tea = cli.add("Ada drinks tea.", "--user", "ada")
    cli("delete", tea, "--reason", "forget it")
    code, out, _ = cli("audit", "list", "--target", tea)
    assert code == 0
    assert [line.split()[3] for line in out.splitlines()] == ["create", "delete"]
    assert "(forget it)" in out
    page = cli.json("audit", "list", "--limit", 1)
    assert (len(page["results"]), page["next_cursor"]) == (1, "1")
    assert cli.json("audit", "verify")["entries"] == 2
    assert cli.json("audit", "export", "journal.jsonl")["seq"] == 3
    assert cli("audit", "export", "journal.jsonl")[0] == 2
    assert cli("audit", "export", "journal.jsonl", "--force")[0] == 0
    found = cli.json("audit", "verify", "journal.jsonl")
    assert (found["ok"], found["entries"], found["signatures_checked"]) == (True, 4, False)
    database = f"sqlite:///{tmp_path}/memory.db"
    assert cli.json("audit", "verify", "journal.jsonl", "--database", database)[
        "signatures_checked"
    ]
    assert "signed heads cover the first 4" in cli("audit", "verify", "journal.jsonl")[1]
    assert cli("audit", "verify", "journal.jsonl", "--tenant", "x")[0] == 2


def test_last_heads_that_were_taken_out_of_both_places_are_told_by_an_exported_file(
    cli: CommandLine, tmp_path: Path
) -> None:
    database = f"sqlite:///{tmp_path}/memory.db"
    cli.add("Ada drinks tea.")
    cli("audit", "export", "journal.jsonl")
    assert cli("audit", "verify", "journal.jsonl", "--database", database)[0] == 0
    with closing(sqlite3.connect(tmp_path / "memory.db")) as driver, driver:
        driver.execute("DELETE FROM journal_heads WHERE seq = 2")
    heads = tmp_path / "memory.db.heads"
    kept = [line for line in heads.read_text().splitlines() if json.loads(line)["seq"] != 2]
    heads.write_text("".join(f"{line}\n" for line in kept))
    assert cli("audit", "verify")[0] == 0
    code, out, _ = cli("audit", "verify", "journal.jsonl", "--database", database)
    assert code == 1
    assert "the last heads were taken out of both" in out.replace("\n", " ")


def test_a_journal_that_was_edited_leaves_with_1(cli: CommandLine, tmp_path: Path) -> None:
    for number in range(3):
        cli.add(f"Note {number}.")
    with closing(sqlite3.connect(tmp_path / "memory.db")) as driver, driver:
        driver.execute("UPDATE journal SET reason = 'why not' WHERE seq = 2")
    assert cli.json("audit", "verify", code=1)["broken_at"] == 2
    code, out, _ = cli("audit", "verify")
    assert code == 1
    assert "wrong entry 2 was changed" in out
    assert "not intact 1 entries hold" in out


def test_quotas_are_set_listed_met_and_removed(cli: CommandLine) -> None:
    assert cli("quotas", "set", "cubes", 1, "--user", "ada")[0] == 0
    cli.add("Ada drinks tea.", "--user", "ada")
    code, out, err = cli("add", "Ada drinks cocoa.", "--user", "ada", "--json")
    assert code == 6
    assert json.loads(out)["code"] == "quota_exhausted"
    assert "1 of 1 used" in err
    assert "cubes user=ada: 1 of 1" in cli("quotas", "list")[1]
    quota = cli.json("quotas", "set", "money_per_day", 0.25)
    assert (quota["limit"], quota["user_id"]) == (0.25, None)
    assert "renews" in cli("quotas", "remove", quota["id"])[1]
    assert len(cli.json("quotas", "list")["results"]) == 1
    assert cli("quotas", "remove", quota["id"])[0] == 4
    assert cli("quotas", "set", "luck", 1)[0] == 2
