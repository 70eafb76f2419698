"""Recall from query to ranked cubes."""

import numpy as np
import pytest

from memory_os.domain.hit import Outcome, Ranking
from memory_os.domain.query import Query
from memory_os.domain.vocabulary import SemanticType
from memory_os.ports.recall_index import Chunk
from memory_os.retrieval.pipeline import Recall
from memory_os.retrieval.profile import RetrievalProfile
from tests.unit.retrieval.plain_index import EMBEDDER, NOON, PlainIndex, said

TALK = [
    "We should plant tulips beside the shed",
    "Good idea, and roses near the gate",
    "The car needs new brakes before the trip",
    "My sister Nora moved to Lisbon in spring",
    "She rents a flat above a bakery",
    "I finally finished the quarterly report",
]


def ask(chunks: list[Chunk], text: str, **fields: object) -> Ranking:
    allow = fields.pop("allow", None)
    profile = fields.pop("profile", RetrievalProfile())
    recall = Recall(EMBEDDER, profile)  # type: ignore[arg-type]
    query = Query(text, **fields)  # type: ignore[arg-type]
    return recall(PlainIndex(chunks), None, query, NOON, allow)  # type: ignore[arg-type]


def talk() -> list[Chunk]:
    return [said(number, text) for number, text in enumerate(TALK)]


def numbers(ranking: Ranking) -> list[int]:
    return [hit.chunk for hit in ranking.hits]


def test_the_best_passage_comes_first() -> None:
    assert numbers(ask(talk(), "Which flowers go beside the shed?"))[0] == 0
    nora = numbers(ask(talk(), "Where does Nora live?", top_k=3))
    assert nora[0] == 3
    assert 4 in nora


def test_nothing_stored_and_nothing_good_enough_are_told_apart() -> None:
    empty = ask([], "anything")
    assert (empty.outcome, empty.hits, empty.visible) == (Outcome.EMPTY, (), 0)
    strange = ask(talk(), "xylophone zeppelin")
    assert (strange.outcome, strange.hits) == (Outcome.BELOW_THRESHOLD, ())
    assert strange.visible == len(TALK)


def test_a_threshold_keeps_only_what_is_sure() -> None:
    text = "When did Nora move to Lisbon?"
    loose, strict = ask(talk(), text), ask(talk(), text, threshold=0.5)
    assert 0 < len(strict.hits) < len(loose.hits)
    assert all(hit.confidence >= 0.5 for hit in strict.hits)
    assert ask(talk(), text, threshold=1.0).outcome is Outcome.BELOW_THRESHOLD


def test_allow_filters_before_ranking() -> None:
    ranking = ask(talk(), "tulips beside the shed", allow=np.array([2, 3]), threshold=0.0)
    assert set(numbers(ranking)) == {2, 3}
    assert ranking.visible == 2


@pytest.mark.parametrize("exhaustive", [0, 10_000])
@pytest.mark.parametrize("top_k", [1, 7, 60, 1000])
def test_top_k_is_full_when_enough_cubes_are_visible(top_k: int, exhaustive: int) -> None:
    chunks = [
        said(n, f"note {n % 7} words", cube=f"mem_{n // 5}", group=f"s{n // 25}")
        for n in range(500)
    ]
    profile = RetrievalProfile(exhaustive=exhaustive, pool=10)
    ranking = ask(chunks, "note words", top_k=top_k, profile=profile, threshold=0.0)
    cubes = [chunks[number].cube_id for number in numbers(ranking)]
    assert len(cubes) == len(set(cubes)) == min(top_k, 100)


def test_scores_fall_and_their_stages_add_up() -> None:
    chunks = [
        *talk(),
        said(
            9, "Always name the room when I ask about plants", semantic_type=SemanticType.PROCEDURE
        ),
    ]
    ranking = ask(chunks, "Where should I plant tulips? Name the room", explain=True)
    scores = [hit.score for hit in ranking.hits]
    assert scores == sorted(scores, reverse=True)
    for hit in ranking.hits:
        assert sum(hit.stages.values()) == pytest.approx(hit.score, abs=1e-5)
    assert set(ranking.stages) == {"route", "candidates", "rounds"}
    applied = [hit for hit in ranking.hits if "applies" in hit.stages]
    assert [hit.chunk for hit in applied] == [9]
    assert numbers(ranking).index(9) == 3


def test_the_relevance_of_an_instruction_is_measured_as_that_of_any_hit() -> None:
    text = "Always name the room when I ask about plants"
    rule = said(9, text, semantic_type=SemanticType.PROCEDURE)
    question = "Where should I plant tulips? Name the room"
    ruled, plain = ask([*talk(), rule], question), ask([*talk(), said(9, text)], question)
    sure = {hit.chunk: hit.confidence for hit in plain.hits}
    assert numbers(ruled).index(9) == 3
    assert {hit.chunk: hit.confidence for hit in ruled.hits} == pytest.approx(sure)


def test_without_reranking_no_instruction_is_brought_in() -> None:
    rule = said(9, "Always name the room", semantic_type=SemanticType.PROCEDURE)
    ranking = ask([*talk(), rule], "Name the room, always", rerank=False, explain=True)
    assert all("applies" not in hit.stages for hit in ranking.hits)


def test_no_explanation_unless_asked_for() -> None:
    ranking = ask(talk(), "tulips")
    assert ranking.stages == {}
    assert all(hit.stages == {} for hit in ranking.hits)


def test_the_same_question_gets_the_same_answer() -> None:
    assert ask(talk(), "Where does Nora live?") == ask(talk(), "Where does Nora live?")


def test_rounds_bound_the_reading() -> None:
    pages = [
        ("Lantern Road", "is a film made by Mira Quill"),
        ("Mira Quill", "was raised in Tarn"),
        ("Tarn", "is a harbour with a lighthouse"),
        *((f"Subject{n}", f"film harbour maker number {n}") for n in range(30)),
    ]
    chunks = [
        said(n, f"{title} {text}", name=title, role="", group=f"d{n}")
        for n, (title, text) in enumerate(pages)
    ]
    text = "What is the town where the maker of Lantern Road was raised?"
    once = ask(chunks, text, rounds=1)
    twice = ask(chunks, text)
    thrice = ask(chunks, text, rounds=3, explain=True)
    assert (once.rounds, twice.rounds, thrice.rounds) == (1, 2, 3)
    assert numbers(twice)[:2] == [0, 1]
    assert numbers(thrice)[:3] == [0, 1, 2]


def test_a_query_of_stop_words_still_answers_by_meaning_or_not_at_all() -> None:
    ranking = ask(talk(), "what is it?")
    assert ranking.outcome is Outcome.BELOW_THRESHOLD


def test_a_document_that_only_a_passage_names_is_fetched_into_a_large_scope() -> None:
    pages = [
        ("Lantern Road", "is a film made by Mira Quill"),
        *((f"Subject{n}", f"weather report number {n}") for n in range(60)),
        ("Mira Quill", "had a quiet childhood"),
    ]
    chunks = [
        said(n, f"{title} {text}", name=title, role="", group=f"d{n}")
        for n, (title, text) in enumerate(pages)
    ]
    profile = RetrievalProfile(exhaustive=5, pool=1, top_groups=0)
    ranking = ask(chunks, "Lantern Road film", profile=profile, top_k=2, explain=True)
    assert numbers(ranking) == [0, 61]
    assert ranking.hits[1].stages["links"] > 0


def test_long_cubes_do_not_keep_others_out() -> None:
    chunks = [
        said(n, "note words " * (20 - n // 40), cube=f"mem_{n // 40}", group=f"s{n // 40}")
        for n in range(800)
    ]
    profile = RetrievalProfile(exhaustive=0, pool=5, top_groups=1, members=10)
    ranking = ask(chunks, "note words", top_k=20, profile=profile, threshold=0.0)
    assert len({chunks[number].cube_id for number in numbers(ranking)}) == 20


def test_reading_stops_where_nothing_is_named() -> None:
    pages = [said(n, f"Page{n} text", name=f"Page{n}", role="", group=f"d{n}") for n in range(9)]
    assert ask(pages, "text").rounds == 1
