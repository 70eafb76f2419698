"""The commands about branches, and ``--branch`` at the others."""

from pathlib import Path

import pytest

from tests.integration.command_line import CommandLine

ADA = ("--user", "ada")
PLAN = ("--branch", "plan")


@pytest.fixture
def cli(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> CommandLine:
    for variable in ("MEMORY_OS_URL", "MEMORY_OS_API_KEY"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setenv("MEMORY_OS_DATABASE", f"sqlite:///{tmp_path}/memory.db")
    return CommandLine(capfd, monkeypatch)


def test_a_plan_is_tried_and_adopted(cli: CommandLine) -> None:
    home = cli.add("Ada lives in Bergen.", *ADA)
    gone = cli.add("Ada rows on Fridays.", *ADA)
    made = cli.json("branch", "create", "plan", *ADA, "--reason", "to try")
    assert (made["name"], made["user_id"], made["reason"]) == ("plan", "ada", "to try")
    assert cli.json("update", home, "Ada lives in Oslo.", *PLAN)["version"] == 2
    assert cli.json("delete", gone, *PLAN)["deleted"] == 1
    new = cli.add("Ada skis.", *ADA, *PLAN)
    assert cli.json("move", new, "archive", *PLAN)["state"] == "archived"
    assert cli.json("get", home)["memory"] == "Ada lives in Bergen."
    assert cli.json("get", home, *PLAN)["memory"] == "Ada lives in Oslo."
    assert len(cli.json("history", home, *PLAN)["results"]) == 2
    assert len(cli.json("history", home)["results"]) == 1
    listed = cli.json("list", *ADA, *PLAN)["results"]
    assert [each["id"] for each in listed] == [home, new]
    hits = cli.json("search", "Where does Ada live?", *ADA, *PLAN)["results"]
    assert hits[0]["memory"] == "Ada lives in Oslo."
    assert "Oslo" in cli.json("context", "Where does Ada live?", *ADA, *PLAN)["text"]
    changed = {each["id"]: each["changes"] for each in cli.json("diff", *ADA, *PLAN)["results"]}
    assert changed == {home: ["revised"], gone: ["removed"], new: ["added"]}
    planned = cli.json("branch", "adopt", "plan", *ADA, "--dry-run")
    done = cli.json("branch", "adopt", "plan", *ADA, "--reason", "it is good")
    assert done["results"] == planned["results"]
    assert {each["id"] for each in done["results"]} == {home, gone, new}
    assert cli.json("get", home)["memory"] == "Ada lives in Oslo."
    back = cli.json("rollback", "--to", done["undo_to"], *ADA)
    assert len(back["results"]) == 3
    assert [each["name"] for each in cli.json("branch", "list")["results"]] == ["plan"]
    assert cli.json("branch", "delete", "plan", *ADA)["id"] == made["id"]
    assert cli.json("branch", "list")["results"] == []


def test_people_are_told_what_happens(cli: CommandLine) -> None:
    home = cli.add("Ada lives in Bergen.", *ADA)
    froze = cli.add("Ada rows on Fridays.", *ADA)
    code, out, _ = cli("branch", "list")
    assert (code, "no branches" in out) == (0, True)
    code, out, _ = cli("branch", "create", "plan", *ADA, "--reason", "to try")
    assert code == 0
    assert "plan" in out
    assert "user=ada" in out
    cli.json("update", home, "Ada lives in Oslo.", *PLAN)
    cli.json("update", froze, "Ada rows daily.", *PLAN)
    new = cli.add("Ada skis.", *ADA, *PLAN)
    cli.json("update", home, "Ada lives in Moss.")
    cli.json("move", froze, "freeze")
    code, out, err = cli("branch", "adopt", "plan", *ADA)
    assert code == 0
    assert "changed on both sides" in out
    assert "main: generated Ada lives in Moss." in out
    assert "branch: generated Ada lives in Oslo." in out
    assert "frozen" in out
    assert new in out
    assert "1 adopted, 1 in conflict, 1 refused; undo: rollback --to" in " ".join(err.split())
    code, out, _ = cli("branch", "list", *ADA)
    assert "from " in out
    code, out, _ = cli("branch", "delete", "plan", *ADA)
    assert "main is as it was" in out
    code, _, err = cli("get", home, *PLAN)
    assert code == 4
    assert "not_found" in err
    code, _, err = cli("diff", *ADA)
    assert code == 2
    assert "start" in err
