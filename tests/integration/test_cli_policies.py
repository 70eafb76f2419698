"""The commands about policies: list, show, set, simulate, run, feedback."""

import json
from pathlib import Path

import pytest

from memory_os.policies.policy_set import BUILT_IN, as_settings
from tests.integration.command_line import CommandLine


@pytest.fixture
def cli(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> CommandLine:
    for variable in ("MEMORY_OS_URL", "MEMORY_OS_API_KEY"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MEMORY_OS_DATABASE", f"sqlite:///{tmp_path}/memory.db")
    return CommandLine(capfd, monkeypatch)


def test_a_set_is_written_shown_and_set_again(cli: CommandLine, tmp_path: Path) -> None:
    (tmp_path / "brief.toml").write_text("[archive]\nbelow = 0.2\n", encoding="utf-8")
    made = cli.json("policy", "set", "brief", "brief.toml", "--for", "cook", "--reason", "tidy")
    assert (made["version"], made["agents"], made["reason"]) == (1, ["cook"], "tidy")
    code, shown, _ = cli("policy", "show", "brief")
    assert code == 0
    (tmp_path / "again.toml").write_text(shown, encoding="utf-8")
    assert cli.json("policy", "set", "brief", "again.toml")["version"] == 1
    assert cli.json("policy", "set", "brief", "--for-nobody")["agents"] == []
    assert cli.json("policy", "show", "brief", "--version", "1")["agents"] == ["cook"]
    code, out, _ = cli("policy", "list")
    assert [line.split()[0] for line in out.splitlines()] == ["brief@2", "default@0"]
    assert cli.json("policy", "show")["settings"] == as_settings(BUILT_IN)


def test_what_is_wrong_is_said_and_nothing_is_set(cli: CommandLine, tmp_path: Path) -> None:
    cli.add("Ada drinks tea.", "--user", "ada")
    (tmp_path / "bad.toml").write_text("[archive]\nbelwo = 0.2\n", encoding="utf-8")
    for words, said in (
        (("default", "bad.toml"), "settings.archive.belwo"),
        (("default", "absent.toml"), "cannot be read"),
        (("default",), "settings, agents or both"),
        (("default", "--for", "a", "--for-nobody"), "not both"),
    ):
        code, _, err = cli("policy", "set", *words)
        assert (code, said in err) == (2, True), err
    code, _, err = cli("policy", "show", "unknown")
    assert (code, "no policy set" in err) == (4, True)
    assert len(cli.json("policy", "list")["results"]) == 1


def test_a_simulation_is_shown_and_drawn_and_makes_no_store(
    cli: CommandLine, tmp_path: Path
) -> None:
    words = ("policy", "simulate", "--days", "40", "--daily", "3", "--seed", "5")
    found = cli.json(*words, "--plot", "year.svg")
    assert found["results"][-1]["day"] == 40
    assert (tmp_path / "year.svg").read_text(encoding="utf-8") == found["svg"]
    code, out, err = cli(*words, "--plot", "year.svg")
    assert code == 0
    assert "default@0 over 40 days, seed 5" in out
    assert f"{found['results'][-1]['created']:,}" in out
    assert "archived ▁" in out
    assert "year.svg" in err
    (tmp_path / "strict.json").write_text(json.dumps({"archive": {"below": 0.4}}))
    strict = cli.json(*words, "--set", "strict.json")
    assert strict["results"][-1]["archived"] > found["results"][-1]["archived"]
    assert not (tmp_path / "memory.db").exists()
    assert cli(*words, "--plot", "absent/year.svg")[0] == 2


def test_feedback_and_a_run_are_told(cli: CommandLine) -> None:
    one = cli.add("Ada drinks tea.", "--user", "ada", "--type", "fact")
    code, out, _ = cli("feedback", one, "cited", "--reason", "answered")
    assert (code, "strength 0.67, half-life 60.0 days" in out) == (0, True)
    code, out, _ = cli("lifecycle", "run", "--user", "ada", "--dry-run")
    assert f"{one} generated → activated decay: strong" in out
    assert "1 would move: decay activate 1" in out
    assert cli.json("lifecycle", "run", "--policy", "decay")["moved"] == 1
    assert cli.json("get", one)["state"] == "activated"
    code, out, _ = cli("lifecycle", "run")
    assert (code, out.strip()) == (0, "0 moved")
    assert cli("lifecycle", "run", "--policy", "forget")[0] == 2
    assert cli("feedback", "mem_unknown", "cited")[0] == 4


def test_a_life_is_asked_for_on_the_command_line(cli: CommandLine) -> None:
    until = ("--retain-until", "2400-01-01T00:00:00Z")
    one = cli.add("Ada drinks tea.", "--ttl", "3600", "--refresh-on-read", *until)
    before = cli.json("get", one)["expires_at"]
    assert cli.json("feedback", one, "cited")["expires_at"] > before
