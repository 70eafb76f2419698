import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from memory_os_evals.recall.metrics import CUTOFFS, METRICS, score
from memory_os_evals.recall.words import count_tokens


def test_scores_of_a_ranking_worked_out_by_hand() -> None:
    ranking = ["x", "a", "y", "b", *(f"n{n}" for n in range(10)), "c"]
    scores = score(ranking, {"a", "b", "c", "d"})
    assert scores == {
        "recall@1": 0,
        "recall@5": 0.5,
        "recall@10": 0.5,
        "recall@20": 0.75,
        "recall@50": 0.75,
        "all@10": 0,
        "hit@10": 1,
        "mrr": 0.5,
        "ndcg@10": pytest.approx(
            (1 / math.log2(3) + 1 / math.log2(5))
            / (1 + 1 / math.log2(3) + 1 / math.log2(4) + 1 / math.log2(5))
        ),
    }


def test_a_perfect_ranking_scores_one_wherever_the_cutoff_allows() -> None:
    scores = score(["a", "b"], {"a", "b"})
    assert scores["recall@1"] == 0.5
    assert {scores[name] for name in METRICS if name != "recall@1"} == {1.0}


def test_nothing_found_scores_zero_everywhere() -> None:
    assert set(score([], {"a"}).values()) == {0.0}
    assert set(score(["b"], {"a"}).values()) == {0.0}


def test_a_first_hit_beyond_every_cutoff_counts_for_mrr_alone() -> None:
    scores = score([str(n) for n in range(100)], {"79"})
    assert scores.pop("mrr") == 1 / 80
    assert set(scores.values()) == {0.0}


def test_a_repeated_id_counts_at_its_first_place() -> None:
    assert score(["x", "x", "x", "x", "x", "a"], {"a"}) == score(["x", "a"], {"a"})


def test_more_gold_than_ten_cannot_all_be_in_ten_but_can_have_full_ndcg() -> None:
    gold = {f"g{n}" for n in range(12)}
    scores = score(sorted(gold), gold)
    assert scores["all@10"] == 0
    assert scores["ndcg@10"] == pytest.approx(1)
    assert scores["recall@10"] == pytest.approx(10 / 12)


def test_a_question_without_evidence_is_not_scored() -> None:
    with pytest.raises(ValueError, match="without evidence"):
        score(["a"], set())


@given(
    st.lists(st.integers(0, 30).map(str), max_size=60),
    st.frozensets(st.integers(0, 30).map(str), min_size=1, max_size=15),
)
def test_scores_lie_in_zero_to_one_and_grow_with_the_cutoff(
    ranking: list[str], gold: frozenset[str]
) -> None:
    scores = score(ranking, gold)
    assert tuple(scores) == METRICS
    assert all(0 <= value <= 1 + 1e-12 for value in scores.values())
    recalls = [scores[f"recall@{k}"] for k in CUTOFFS]
    assert recalls == sorted(recalls)
    assert scores["all@10"] <= scores["recall@10"] <= scores["hit@10"]


def test_tokens_are_words_and_marks() -> None:
    assert count_tokens("Ada's tea, twice!") == 7
    assert count_tokens(" \n") == 0
