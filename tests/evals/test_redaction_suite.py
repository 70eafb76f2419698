"""The redaction suite: its texts, its figures, its command."""

import json
import runpy
from collections import Counter
from pathlib import Path

import pytest
from typer.testing import CliRunner

from memory_os_evals.cli import app
from memory_os_evals.redaction import texts as shipped
from memory_os_evals.redaction.report import report
from memory_os_evals.redaction.run import invented, missed, passed, run
from memory_os_evals.redaction.texts import Text, texts

ROOT = Path(__file__).parents[2]


def test_there_are_enough_texts_of_every_sort() -> None:
    found = Counter(text.group for text in texts())
    assert found["marked"] >= 300
    assert found["plain"] >= 300
    assert found["attack"] >= 80
    assert found["innocent"] >= 80
    for text in texts():
        assert all(0 <= start < end <= len(text.text) for _, start, end in text.spans)


def test_the_script_writes_the_shipped_texts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = runpy.run_path(str(ROOT / "scripts" / "build_redaction_texts.py"))
    main = program["main"]
    monkeypatch.setitem(main.__globals__, "TARGET", tmp_path / "texts.jsonl")
    main()
    kept = Path(shipped.__file__).with_name(shipped.NAME)
    assert (tmp_path / "texts.jsonl").read_bytes() == kept.read_bytes()


def test_the_bar_is_kept_and_errors_are_counted() -> None:
    document = run()
    assert passed(document)
    assert document == run()
    assert "Look-alikes with anything found" in report(document)
    lost = Text("marked", True, "nothing here", (("email", 0, 7),))
    made = Text("plain", True, "ada@example.com", ())
    assert [span for _, span in missed([lost, made])] == [("email", 0, 7)]
    assert [span for _, span in invented([lost, made])] == [("email", 0, 15)]


def test_the_command_prints_one_document() -> None:
    answer = CliRunner().invoke(app, ["run", "redaction", "--json"])
    assert answer.exit_code == 0
    assert json.loads(answer.output)["suite"] == "redaction"
