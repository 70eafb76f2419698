"""The merge suite: its pairs, its exact intervals, its figures, its command."""

import json
import runpy
from collections import Counter
from pathlib import Path

import pytest
from typer.testing import CliRunner

from memory_os.policies.merging import TAUS
from memory_os_agents.models.static_embedder import StaticEmbedder
from memory_os_evals.cli import app
from memory_os_evals.errors import MissingData
from memory_os_evals.merging import pairs as shipped
from memory_os_evals.merging.pairs import HALVES, pairs
from memory_os_evals.merging.report import report
from memory_os_evals.merging.run import chosen, measure, passed, run, wrong
from memory_os_evals.rates import rate

ROOT = Path(__file__).parents[2]


def test_there_are_enough_pairs_of_both_sorts_in_both_halves() -> None:
    found = Counter((pair.half, pair.same) for pair in pairs())
    assert len(pairs()) >= 1_200
    assert all(found[half, False] >= 750 and found[half, True] >= 300 for half in HALVES)
    assert sum(pair.by_hand for pair in pairs()) >= 300
    assert len({pair.id for pair in pairs()}) == len(pairs())
    assert len({(pair.one, pair.other) for pair in pairs()}) == len(pairs())


def test_the_script_writes_the_shipped_pairs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(str(ROOT / "scripts"))
    program = runpy.run_path(str(ROOT / "scripts" / "build_merge_pairs.py"))
    main = program["main"]
    monkeypatch.setitem(main.__globals__, "TARGET", tmp_path / "pairs.jsonl")
    main()
    kept = Path(shipped.__file__).with_name(shipped.NAME)
    assert (tmp_path / "pairs.jsonl").read_bytes() == kept.read_bytes()


@pytest.mark.parametrize(
    ("count", "of", "low", "high"),
    [
        (0, 736, 0.0, 0.0050),
        (0, 10, 0.0, 0.3085),
        (5, 100, 0.0164, 0.1128),
        (50, 100, 0.3983, 0.6017),
        (10, 10, 0.6915, 1.0),
    ],
)
def test_intervals_are_those_of_clopper_and_pearson(
    count: int, of: int, low: float, high: float
) -> None:
    found = rate(count, of)
    assert found.interval.low == pytest.approx(low, abs=1e-4)
    assert found.interval.high == pytest.approx(high, abs=1e-4)
    assert found.value == count / of


def test_a_rate_of_nothing_says_nothing() -> None:
    found = rate(0, 0)
    assert (found.value, found.interval.low, found.interval.high) == (0.0, 0.0, 1.0)


def test_the_bar_is_kept_by_the_threshold_that_ships() -> None:
    embedder = StaticEmbedder()
    document = run(embedder)
    assert passed(document)
    assert document["tau"] == TAUS[embedder.fingerprint]
    assert document == run(embedder)
    held = document["held"]
    assert isinstance(held, dict)
    assert held["false_merges"]["high"] <= 0.005
    assert held["false_splits"]["rate"] < 0.45
    assert "kept" in report(document)


def test_errors_are_not_hidden() -> None:
    measured = measure(StaticEmbedder())
    assert list(wrong(measured, 0.0)) == []
    assert chosen([item for item in measured if item.pair.id.startswith("case-")]) is None


def test_the_command_prints_one_document() -> None:
    answer = CliRunner().invoke(app, ["run", "merge", "--json"])
    assert answer.exit_code == 0
    document = json.loads(answer.output)
    assert document["suite"] == "merge"
    assert {row["label"] for row in document["classes"]} == {"same", "apart"}
    told = CliRunner().invoke(app, ["run", "merge"])
    assert "false merges" in told.output
    listed = json.loads(CliRunner().invoke(app, ["list", "--json"]).output)
    assert "merge" in [suite["suite"] for suite in listed["suites"]]


def test_a_suite_without_its_data_says_what_it_needs() -> None:
    answer = CliRunner().invoke(app, ["run", "locomo"], env={"MEMORY_OS_EVAL_DATA": ""})
    assert isinstance(answer.exception, MissingData)
