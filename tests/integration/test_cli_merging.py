"""The commands that find duplicates, merge them and take them apart, and settle facts."""

from pathlib import Path

import pytest

from tests.integration.command_line import CommandLine


@pytest.fixture
def cli(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> CommandLine:
    for variable in ("MEMORY_OS_URL", "MEMORY_OS_API_KEY"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setenv("MEMORY_OS_DATABASE", f"sqlite:///{tmp_path}/memory.db")
    return CommandLine(capfd, monkeypatch)


def test_duplicates_are_found_merged_and_parted(cli: CommandLine) -> None:
    one = cli.add("Ada visits Oslo on Monday.", "--user", "ada")
    other = cli.add("On Monday, Ada visits Oslo", "--user", "ada")
    found = cli.json("duplicates", "--user", "ada", "--action", "merge")
    assert [{pair["one"], pair["other"]} for pair in found["results"]] == [{one, other}]
    assert cli.json("merge", one, other, "--dry-run")["results"][0]["id"] == "mem_planned"
    merged = cli.json("merge", one, other, "--reason", "the same", "--content", "Oslo, Mondays.")
    result = merged["results"][0]
    assert (result["memory"], result["state_reason"]) == ("Oslo, Mondays.", "merged")
    assert cli.json("get", one)["merged_into"] == result["id"]
    parted = cli.json("unmerge", result["id"])
    assert {record["id"] for record in parted["results"]} == {one, other}
    assert parted["archived"]["state"] == "archived"


def test_people_are_told_what_happens(cli: CommandLine) -> None:
    one = cli.add("Ada visits Oslo on Monday.", "--user", "ada")
    other = cli.add("On Monday, Ada visits Oslo", "--user", "ada")
    cli.add("Ada visits Oslo on Tuesday.", "--user", "ada")
    code, out, _ = cli("duplicates", "--user", "ada")
    assert code == 0
    assert "merge: same" in out
    assert "conflict: differs (date)" in out
    assert "3 pairs among 3 memories" in out
    code, out, _ = cli("merge", one, other)
    assert "2 memories became one" in out
    result = cli.json("get", one)["merged_into"]
    cli.json("update", result, "Ada visits Oslo every Monday.")
    code, out, _ = cli("unmerge", result, "--dry-run")
    assert "2 memories would come back" in out
    assert "kept" in out
    code, _, err = cli("unmerge", one)
    assert (code, "no merge made" in err) == (4, True)


def test_a_frozen_memory_is_refused_with_what_can_be_done(cli: CommandLine) -> None:
    one, other = (cli.add(text, "--user", "ada") for text in ("One.", "Two."))
    cli.json("move", other, "freeze")
    code, _, err = cli("merge", one, other)
    assert code == 5
    assert "legal moves: unfreeze" in err


def test_facts_are_settled_on_the_command_line(cli: CommandLine) -> None:
    parts = ("--user", "ada", "--subject", "Ada", "--predicate", "lives in", "--resolve")
    old = cli.add("Ada lives in Oslo.", *parts, "--object", "Oslo")
    new = cli.json("add", "Ada lives in Graz.", *parts, "--object", "Graz")["results"][0]
    assert (new["event"], new["superseded"]) == ("SUPERSEDE", [old])
