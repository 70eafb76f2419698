from datetime import UTC, datetime
from pathlib import Path

import pytest

from memory_os_evals.errors import BadData, MissingData
from memory_os_evals.recall import beam
from tests.evals import invented


def gold(data: Path, ability: str) -> frozenset[str]:
    return next(q.gold for q in beam.load(data).questions if q.category == ability)


def test_chats_come_in_the_order_of_their_numbers(tmp_path: Path) -> None:
    assert [bank.id for bank in beam.load(invented.beam(tmp_path)).banks] == ["2", "10"]


def test_one_chat_folder_is_a_set_of_its_own(tmp_path: Path) -> None:
    assert [bank.id for bank in beam.load(invented.beam(tmp_path) / "10").banks] == ["10"]


def test_chats_are_found_below_the_folder_named(tmp_path: Path) -> None:
    invented.beam(tmp_path / "chats" / "100K")
    assert len(beam.load(tmp_path).banks) == 2


def test_two_sizes_of_chats_must_be_told_apart(tmp_path: Path) -> None:
    invented.beam(tmp_path / "100K")
    invented.beam(tmp_path / "500K")
    with pytest.raises(MissingData, match=r"name one of: .*100K, .*500K"):
        beam.load(tmp_path)


def test_the_truncated_chat_is_used_where_there_is_one(tmp_path: Path) -> None:
    whole, cut = beam.load(invented.beam(tmp_path, "1", "2", truncated=("2",))).banks
    assert (len(whole.items), len(cut.items)) == (8, 4)
    assert cut.items == whole.items[:4]


def test_evidence_beyond_a_truncated_chat_is_dropped_and_counted(tmp_path: Path) -> None:
    data = beam.load(invented.beam(tmp_path, "1", truncated=("1",)))
    assert data.dropped_evidence == 2
    assert data.files[0].name == "1/chat_trunecated.json"


@pytest.mark.parametrize(
    "mark",
    ["->-> 1,2", " ->-> 10,38", "\n->->  7,11 ", "->-> 1,N/A", " ->-> 4,2, 1", "->-> 3,9)"],
)
def test_the_authoring_mark_is_cut_from_what_is_stored(tmp_path: Path, mark: str) -> None:
    chat = invented.beam_chat(1)
    chat[0]["turns"][0][0]["content"] = f"Water the plants -> daily.{mark}"
    invented.write(invented.beam(tmp_path, "1") / "1" / "chat.json", chat)
    item = beam.load(tmp_path).banks[0].items[0]
    assert item.text == "Water the plants -> daily."
    assert item.line(as_stored=True).endswith(mark)


def test_an_arrow_in_the_text_is_not_a_mark(tmp_path: Path) -> None:
    chat = invented.beam_chat(1)
    chat[0]["turns"][0][0]["content"] = "first ->-> 2,3 then the rest"
    invented.write(invented.beam(tmp_path, "1") / "1" / "chat.json", chat)
    assert beam.load(tmp_path).banks[0].items[0].text == "first ->-> 2,3 then the rest"


def test_evidence_is_read_flat_nested_from_dicts_and_from_nothing(tmp_path: Path) -> None:
    data = invented.beam(tmp_path, "1")
    assert gold(data, "information_extraction") == {"0"}
    assert gold(data, "event_ordering") == {"0", "2", "4"}
    assert gold(data, "knowledge_update") == {"2"}
    assert gold(data, "abstention") == gold(data, "summarization") == frozenset()
    assert gold(data, "temporal_reasoning") == frozenset()
    assert beam.load(data).dropped_evidence == 1


def test_a_message_has_the_date_of_its_batch(tmp_path: Path) -> None:
    items = beam.load(invented.beam(tmp_path, "1")).banks[0].items
    assert {(item.session, item.at) for item in items} == {
        ("batch_1", datetime(2024, 3, 1, tzinfo=UTC)),
        ("batch_2", datetime(2024, 3, 2, tzinfo=UTC)),
    }
    assert {item.role for item in items} == {"user", "assistant"}


@pytest.mark.parametrize("ids", ["12", {"original_info": ["x"]}, [True], [1.5]])
def test_evidence_of_another_shape_is_refused(tmp_path: Path, ids: object) -> None:
    probes = {"abstention": [{"question": "?", "source_chat_ids": ids}]}
    questions = tmp_path / "1" / "probing_questions" / "probing_questions.json"
    invented.beam(tmp_path, "1")
    invented.write(questions, probes)
    with pytest.raises(BadData, match=r"abstention\.0\.source_chat_ids: .* not a message id"):
        beam.load(tmp_path)


@pytest.mark.parametrize(
    ("field", "value", "told"),
    [("id", 1, "two messages have the id 1"), ("time_anchor", "spring", "not like March-15-2024")],
)
def test_a_broken_message_is_named(tmp_path: Path, field: str, value: object, told: str) -> None:
    chat = invented.beam_chat(1)
    chat[0]["turns"][1][0][field] = value
    invented.write(invented.beam(tmp_path, "1") / "1" / "chat.json", chat)
    with pytest.raises(BadData, match=told):
        beam.load(tmp_path)


def test_a_folder_without_chats_and_a_missing_one_are_told(tmp_path: Path) -> None:
    with pytest.raises(MissingData, match=r"no folder with chat\.json"):
        beam.load(tmp_path)
    with pytest.raises(MissingData, match="there is no folder"):
        beam.load(tmp_path / "gone")


def test_a_chat_without_questions_is_told(tmp_path: Path) -> None:
    (invented.beam(tmp_path, "1") / "1" / "probing_questions" / "probing_questions.json").unlink()
    with pytest.raises(MissingData, match=r"probing_questions\.json"):
        beam.load(tmp_path)
