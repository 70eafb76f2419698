from pathlib import Path

import pytest

from memory_os_evals.errors import BadData, MissingData
from memory_os_evals.recall import hotpotqa, musique
from tests.evals import invented


def test_musique_gold_is_matched_by_title_and_text(tmp_path: Path) -> None:
    data = musique.load(invented.musique(tmp_path))
    assert {item.title for item in data.banks[0].items} == {"Twin"}
    assert [question.gold for question in data.questions] == [
        {"p0", "p1"},
        {"p2", "p3"},
        {"p4", "p5"},
    ]
    assert data.dropped_evidence == 1


def test_a_passage_that_stands_twice_in_the_corpus_is_one_item(tmp_path: Path) -> None:
    assert len(musique.load(invented.musique(tmp_path)).banks[0].items) == len(invented.FACTS)


def test_musique_categories_are_hop_counts_and_each_question_is_a_cluster(tmp_path: Path) -> None:
    questions = musique.load(invented.musique(tmp_path)).questions
    assert [question.category for question in questions] == ["2-hop", "3-hop", "4-hop"]
    assert len({question.cluster for question in questions}) == len(questions)


def test_hotpotqa_gold_is_a_set_of_titles(tmp_path: Path) -> None:
    data = hotpotqa.load(invented.hotpotqa(tmp_path))
    assert data.questions[0].gold == {"Title 0", "Title 1"}
    assert [question.category for question in data.questions] == ["comparison", "bridge", "bridge"]
    assert data.banks[0].items[0].line() == f"Title 0 {invented.FACTS[0]} Second sentence."


@pytest.mark.parametrize("make", [invented.musique, invented.hotpotqa])
def test_the_corpus_is_found_by_name_beside_others(tmp_path: Path, make) -> None:
    load = musique.load if make is invented.musique else hotpotqa.load
    invented.write(tmp_path / "other_corpus.json", "not it")
    assert load(make(tmp_path)).banks[0].items


def test_the_only_corpus_beside_is_taken_whatever_its_name(tmp_path: Path) -> None:
    data = invented.musique(tmp_path, corpus="passages_corpus.json")
    assert musique.load(data).files[1].name == "passages_corpus.json"


def test_a_corpus_elsewhere_is_given_by_hand(tmp_path: Path) -> None:
    data = invented.musique(tmp_path, corpus="far/c.json")
    assert musique.load(data, tmp_path / "far" / "c.json").files[1].name == "c.json"


def test_a_missing_corpus_is_told_with_the_remedy(tmp_path: Path) -> None:
    data = invented.hotpotqa(tmp_path, corpus="far/c.json")
    with pytest.raises(MissingData, match="--corpus FILE"):
        hotpotqa.load(data)


def test_the_corpus_of_another_set_is_refused(tmp_path: Path) -> None:
    data = invented.hotpotqa(tmp_path, corpus="far/c.json")
    invented.musique(tmp_path)
    with pytest.raises(BadData, match=r"musique_invented_corpus\.json: the top level"):
        hotpotqa.load(data)


def test_a_folder_is_searched_and_corpora_are_not_taken_for_questions(tmp_path: Path) -> None:
    invented.musique(tmp_path / "multihop")
    invented.hotpotqa(tmp_path / "multihop")
    assert musique.load(tmp_path).files[0].name == "musique_invented-dev.json"
    assert hotpotqa.load(tmp_path).files[0].name == "hotpotqa_invented-dev.json"


@pytest.mark.parametrize(
    ("content", "error", "told"),
    [
        (b'[{"id": 1', BadData, r"not JSON: .* line 1, column"),
        (b"\xff\xfe[]", BadData, "not UTF-8"),
        (b"[]\x80", BadData, "not UTF-8 at byte 2"),
        (b'{"a": 1}', BadData, "the top level: Input should be a valid list"),
        (b"[{}]", BadData, r"0\.id: Field required \(2 more\)"),
        (b"", BadData, "not JSON"),
        (b"[" * 100_000, BadData, "nested too deeply"),
        (None, MissingData, "there is no file"),
    ],
)
def test_an_unreadable_question_file_is_told(
    tmp_path: Path, content: bytes | None, error: type[Exception], told: str
) -> None:
    data = invented.musique(tmp_path)
    data.unlink() if content is None else data.write_bytes(content)
    with pytest.raises(error, match=told):
        musique.load(data)
