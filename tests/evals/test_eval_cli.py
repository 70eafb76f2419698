import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from memory_os_api.cli.main import run
from memory_os_evals.cli import app
from memory_os_evals.errors import OutputTaken
from memory_os_evals.recall.metrics import METRICS
from tests.evals import invented

runner = CliRunner()
FLOORS = "bm25,recent"


def test_run_prints_a_report(tmp_path: Path) -> None:
    data = str(invented.locomo(tmp_path))
    done = runner.invoke(app, ["run", "locomo", "--data", data, "--arms", FLOORS])
    assert done.exit_code == 0
    assert done.stdout.startswith("# locomo@1, by turn")
    assert "| bm25" in done.stdout


def test_json_is_one_document_and_nothing_else(tmp_path: Path) -> None:
    data = str(invented.musique(tmp_path))
    done = runner.invoke(app, ["run", "musique", "--data", data, "--arms", FLOORS, "--json"])
    document = json.loads(done.stdout)
    assert document["suite"] == "musique"
    assert (document["n"], document["clusters"], document["dropped_evidence"]) == (3, 3, 1)
    figures = document["arms"]["bm25"]
    assert set(METRICS) < set(figures)
    assert set(figures["categories"]) == {"2-hop", "3-hop", "4-hop"}
    assert len(figures["intervals"]["recall@10"]) == 2
    assert set(figures["latency_ms"]) == {"p50", "p95"}
    assert set(figures["tokens@10"]) == {"mean", "p50", "p95"}


def test_the_data_may_be_named_by_the_environment(tmp_path: Path) -> None:
    invented.locomo(tmp_path)
    done = runner.invoke(
        app,
        ["run", "locomo", "--arms", "bm25", "--category", "1,2", "--json"],
        env={"MEMORY_OS_EVAL_DATA": str(tmp_path)},
    )
    assert json.loads(done.stdout)["headline"] == ["multi-hop", "temporal"]


def test_out_keeps_the_records(tmp_path: Path) -> None:
    arguments = ["run", "beam", "--data", str(invented.beam(tmp_path / "chats"))]
    arguments += ["--arms", "bm25", "--out", str(tmp_path / "run")]
    assert runner.invoke(app, arguments).exit_code == 0
    assert (tmp_path / "run" / "manifest.json").is_file()
    assert isinstance(runner.invoke(app, arguments).exception, OutputTaken)


@pytest.mark.parametrize(
    ("arguments", "code", "told"),
    [
        (["locomo", "--data", "nowhere.json"], "missing_data", "there is no file"),
        (["chess", "--data", "x"], "unknown_name", "unknown suite 'chess'"),
        (["locomo", "--data", "x", "--arms", "a"], "unknown_name", "unknown arm 'a'"),
        (["locomo", "--data", "x", "--arms", ","], "evaluation_error", "no arm"),
        (["beam", "--data", "nowhere"], "missing_data", "there is no folder"),
        (["locomo", "--data", __file__], "bad_data", "test_eval_cli.py: not JSON"),
    ],
)
def test_misuse_is_told_like_that_of_every_command(
    arguments: list[str], code: str, told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["eval", "run", *arguments]) == 2
    shown = capsys.readouterr()
    assert shown.out == ""
    assert told in shown.err
    assert f"[{code}]" in shown.err
    assert run(["eval", "run", *arguments, "--json"]) == 2
    problem = json.loads(capsys.readouterr().out)
    assert problem["code"] == code
    assert told in problem["detail"]


def test_a_missing_corpus_is_misuse(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data = invented.hotpotqa(tmp_path, corpus="far/c.json")
    assert run(["eval", "run", "hotpotqa", "--data", str(data), "--json"]) == 2
    problem = json.loads(capsys.readouterr().out)
    assert problem["code"] == "missing_data"
    assert "no corpus for 'hotpotqa_invented-dev.json'" in problem["detail"]


def test_the_corpus_may_lie_elsewhere(tmp_path: Path) -> None:
    data = invented.hotpotqa(tmp_path, corpus="far/c.json")
    arguments = ["run", "hotpotqa", "--data", str(data), "--corpus", str(tmp_path / "far/c.json")]
    done = runner.invoke(app, [*arguments, "--arms", "oracle", "--json"])
    assert json.loads(done.stdout)["arms"]["oracle"]["all@10"] == 1


def test_list_names_suites_arms_and_where_data_comes_from() -> None:
    done = runner.invoke(app, ["list"])
    assert done.exit_code == 0
    for word in ("locomo@1", "hotpotqa@1", "musique@1", "beam@1", "CC BY-NC 4.0", "* memory-os"):
        assert word in done.stdout


def test_list_as_json() -> None:
    document = json.loads(runner.invoke(app, ["list", "--json"]).stdout)
    assert {suite["suite"] for suite in document["suites"]} >= {"locomo@1", "beam@1"}
    assert "memory-os" in document["arms"]
