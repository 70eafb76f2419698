from datetime import UTC, datetime
from pathlib import Path

import pytest

from memory_os_evals.errors import BadData, MissingData
from memory_os_evals.recall import locomo
from memory_os_evals.recall.sessions import by_session
from tests.evals import invented


def test_turns_keep_their_order_speaker_session_and_date(tmp_path: Path) -> None:
    first = locomo.load(invented.locomo(tmp_path)).banks[0]
    assert [item.id for item in first.items] == [f"D{s}:{n}" for s in (1, 2) for n in (1, 2, 3, 4)]
    assert {item.speaker for item in first.items} == {"Mira", "Jonas"}
    assert first.items[0].session == "session_1"
    assert first.items[0].at == datetime(2023, 4, 28, 23, 40, tzinfo=UTC)
    assert first.items[-1].at == datetime(2023, 5, 3, 9, 5, tzinfo=UTC)


def test_an_image_caption_is_part_of_the_turn(tmp_path: Path) -> None:
    item = locomo.load(invented.locomo(tmp_path)).banks[0].items[1]
    assert item.text.endswith("near the harbour a photo of an empty bicycle stand")
    assert item.line().startswith("Jonas: my bicycle")


@pytest.mark.parametrize(
    ("question", "gold"),
    [
        (0, {"D1:1"}),
        (1, {"D2:1", "D2:4"}),
        (2, {"D1:2"}),
        (3, {"D1:3"}),
        (4, {"D2:2", "D1:4"}),
        (6, set()),
    ],
)
def test_evidence_ids_are_read_however_they_are_written(
    tmp_path: Path, question: int, gold: set[str]
) -> None:
    assert locomo.load(invented.locomo(tmp_path)).questions[question].gold == gold


def test_evidence_that_names_no_turn_is_dropped_and_counted(tmp_path: Path) -> None:
    assert locomo.load(invented.locomo(tmp_path, samples=1)).dropped_evidence == 2


def test_categories_have_their_official_names_and_clusters_are_conversations(
    tmp_path: Path,
) -> None:
    questions = locomo.load(invented.locomo(tmp_path)).questions
    names = [question.category for question in questions[:7]]
    assert names == [
        "single-hop",
        "multi-hop",
        "temporal",
        "open-domain",
        "multi-hop",
        "adversarial",
        "single-hop",
    ]
    assert {question.cluster for question in questions} == {"conv-1", "conv-2"}
    assert len({question.id for question in questions}) == len(questions)


def test_the_only_locomo_file_of_a_folder_is_found(tmp_path: Path) -> None:
    file = invented.locomo(tmp_path / "below")
    assert locomo.load(tmp_path).questions == locomo.load(file).questions


def test_two_locomo_files_in_one_folder_must_be_told_apart(tmp_path: Path) -> None:
    invented.write(invented.locomo(tmp_path).with_name("locomo2.json"), [])
    with pytest.raises(MissingData, match=r"name one of: .*locomo-invented\.json"):
        locomo.load(tmp_path)


def test_an_unreadable_session_date_is_counted_not_guessed(tmp_path: Path) -> None:
    sample = invented.locomo_sample()
    sample["conversation"]["session_2_date_time"] = "some day"
    data = locomo.load(invented.write(tmp_path / "l.json", [sample]))
    assert data.banks[0].items[-1].at is None
    assert data.defects == {"sessions without a readable date": 1}


def test_undated_sessions_of_two_conversations_are_two(tmp_path: Path) -> None:
    samples = [invented.locomo_sample(name) for name in ("conv-1", "conv-2")]
    for sample in samples:
        del sample["conversation"]["session_2_date_time"]
    data = locomo.load(invented.write(tmp_path / "l.json", samples))
    assert data.defects == {"sessions without a readable date": 2}


def test_a_session_holds_its_date_and_its_turns(tmp_path: Path) -> None:
    sessions = by_session(locomo.load(invented.locomo(tmp_path)))
    first = sessions.banks[0].items[0]
    assert [item.id for item in sessions.banks[0].items] == ["session_1", "session_2"]
    assert first.text.startswith("11:40 pm on 28 April, 2023\nMira: I planted tomatoes")
    assert sessions.questions[4].gold == {"session_1", "session_2"}
    assert sessions.unit == "session"


@pytest.mark.parametrize(
    ("spoil", "told"),
    [
        (lambda sample: sample.pop("qa"), "0.qa: Field required"),
        (lambda sample: sample["qa"][0].update(category=9), "category 9"),
        (lambda sample: sample["qa"][0].pop("question"), "0.qa.0.question: Field required"),
        (lambda sample: sample["conversation"]["session_1"][0].pop("dia_id"), "dia_id"),
        (lambda sample: sample["conversation"].update(session_1="gone"), "session_1"),
        (lambda sample: sample["conversation"]["session_1"][1].update(dia_id="D1:1"), "two turns"),
        (lambda sample: sample.update(conversation={"speaker_a": "Mira"}), "no session_"),
    ],
)
def test_a_wrong_shape_is_named_with_its_place(tmp_path: Path, spoil, told: str) -> None:
    sample = invented.locomo_sample()
    spoil(sample)
    with pytest.raises(BadData, match=told):
        locomo.load(invented.write(tmp_path / "l.json", [sample]))
