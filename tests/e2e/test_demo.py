"""The demonstration: its data is sound, both acts play, and a failed check fails the command."""

import itertools
import json
from dataclasses import replace
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console

from memory_os.errors import InvalidInput
from memory_os_api.demo import load_conversation, load_questions, run_demo
from memory_os_api.demo import run as running
from memory_os_api.demo.asking import abstention_check, first_rank, recall_check
from memory_os_api.demo.result import Act, Asked, Check, Report, percentile

CONVERSATION = load_conversation()
QUESTIONS = load_questions()
KINDS = {"single", "multi-hop", "temporal", "update", "preference", "unanswerable"}


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> tuple[int, str, Path]:
    folder = tmp_path_factory.mktemp("demo") / "kept"
    out = StringIO()
    status = run_demo(Console(file=out, width=120), folder=folder)
    return status, out.getvalue(), folder


def test_the_conversation_is_long_and_in_order() -> None:
    turns = list(CONVERSATION.turns.values())
    assert len(CONVERSATION.sessions) >= 12
    assert len(turns) >= 250
    assert len(turns) == sum(len(session.turns) for session in CONVERSATION.sessions)
    assert all(early.at < late.at for early, late in itertools.pairwise(turns))
    assert (turns[-1].at - turns[0].at).days > 180


def test_there_are_questions_of_every_kind() -> None:
    assert len(QUESTIONS) >= 16
    assert {question.kind for question in QUESTIONS} == KINDS
    assert len({question.id for question in QUESTIONS}) == len(QUESTIONS)


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda question: question.id)
def test_the_gold_turns_hold_the_answer_and_were_said_in_time(question) -> None:
    turns = CONVERSATION.turns
    if not question.answerable:
        assert question.answer is None
        assert not question.gold
        return
    assert any(question.answer.lower() in turns[gold].text.lower() for gold in question.gold)
    for moment in filter(None, (question.before, question.after)):
        texts = [turns[gold].text.lower() for gold in moment.gold]
        assert any(moment.answer.lower() in text for text in texts)
        assert all(turns[gold].at < moment.as_of for gold in moment.gold)


def test_a_changed_fact_has_two_different_answers() -> None:
    changed = [question for question in QUESTIONS if question.kind == "update"]
    for question in changed:
        assert question.before is not None
        assert question.after is not None
        assert question.before.answer != question.after.answer
        assert question.before.as_of < question.after.as_of
        assert not set(question.before.gold) & set(question.after.gold)


def test_both_acts_play_and_every_check_passes(played: tuple[int, str, Path]) -> None:
    status, out, folder = played
    assert status == 0, out
    assert "every check passed" in out
    assert "Act 1" in out
    assert "Act 2" in out
    assert (folder / "demo.db").exists()
    assert (folder / "service.db").exists()


def test_the_show_names_cited_turns_with_speaker_and_date(played: tuple[int, str, Path]) -> None:
    _, out, _ = played
    assert "04 Jan 2026 Marta" in out
    assert "below_threshold" in out
    assert "version_conflict" in out
    assert "refused: illegal_transition" in out


def test_a_folder_of_an_earlier_run_is_refused(played: tuple[int, str, Path]) -> None:
    with pytest.raises(InvalidInput, match="earlier run"):
        run_demo(Console(quiet=True), folder=played[2])


def test_the_json_summary_is_complete_and_a_failed_check_fails(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    good = Act("embedded", {"memories": 1}, (), (Check("holds", True, "yes"),))
    bad = replace(good, name="service", checks=(Check("holds", False, "no"),))
    monkeypatch.setattr(running, "play_embedded", lambda *_: good)
    monkeypatch.setattr(running, "play_service", lambda *_: bad)
    out = StringIO()
    assert run_demo(Console(file=out), as_json=True) == 1
    summary = json.loads(out.getvalue())
    assert summary["passed"] is False
    assert [act["name"] for act in summary["acts"]] == ["embedded", "service"]
    monkeypatch.setattr(running, "play_service", lambda *_: good)
    assert run_demo(Console(file=StringIO()), as_json=True) == 0


def asked(kind: str, rank: int | None, relevance: float = 0.9) -> Asked:
    return Asked("q", kind, "?", "found", rank, relevance, (), 1.0)


def test_the_recall_check_counts_answerable_questions_only() -> None:
    check = recall_check([asked("single", 1), asked("update", None), asked("unanswerable", None)])
    assert not check.passed
    assert check.seen == "1 of 2, 50.0%"
    assert recall_check([asked("single", 5)]).passed


def test_the_abstention_check_wants_hopeless_questions_declined_and_fair_ones_answered() -> None:
    hopeless, fair = asked("unanswerable", None, 0.1), asked("single", 1)
    assert abstention_check([hopeless, fair]).passed
    assert not abstention_check([asked("unanswerable", None), fair]).passed
    assert not abstention_check([hopeless, asked("single", 1, 0.1)]).passed


def test_the_first_gold_turn_gives_the_rank() -> None:
    assert first_rank(("a", "b", "c"), ("c", "b")) == 2
    assert first_rank(("a",), ("z",)) is None


def test_a_percentile_is_a_value_that_was_measured() -> None:
    assert percentile([3.0, 1.0, 2.0], 0.5) == 2.0
    assert percentile([3.0, 1.0, 2.0], 0.95) == 3.0
    assert percentile([7.0], 0.0) == 7.0


def test_a_report_passes_when_every_check_does() -> None:
    act = Act("one", {}, (), (Check("a", True, ""), Check("b", False, "")))
    assert not Report("t", 1.0, (act,)).passed
    assert Report("t", 1.0, ()).passed
