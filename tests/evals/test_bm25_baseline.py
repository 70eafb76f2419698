import math

from memory_os_evals.arms.bm25_baseline import STOP_WORDS, Bm25, tokens


def test_the_stop_list_has_fifty_words() -> None:
    assert len(STOP_WORDS) == 50
    assert "as" in STOP_WORDS
    assert "but" not in STOP_WORDS


def test_tokens_are_lower_case_without_stop_words_and_with_one_suffix_cut() -> None:
    text = "The BAKERS were baking, and I'd watched 3 boxes; sing as_is isn't bed's"
    assert list(tokens(text)) == [
        "baker", "bak", "i'd", "watch", "3", "box", "sing", "isn't", "bed'",
    ]  # fmt: skip


def test_a_suffix_stays_where_fewer_than_three_letters_would_remain() -> None:
    assert list(tokens("sing bed yes gas")) == ["sing", "bed", "yes", "gas"]


def test_scores_follow_the_formula_worked_out_by_hand() -> None:
    texts = ["red fox red", "blue fox", "green hill"]
    rarity = {"red": math.log(1 + 2.5 / 1.5), "fox": math.log(1 + 1.5 / 2.5)}
    average = 7 / 3

    def impact(word: str, times: int, length: int) -> float:
        return rarity[word] * times * 2.2 / (times + 1.2 * (0.25 + 0.75 * length / average))

    first = impact("red", 2, 3) + impact("fox", 1, 3)
    second = impact("fox", 1, 2)
    assert Bm25(texts).scores("red fox") == {0: first, 1: second}
    assert Bm25(texts).scores("fox fox") == {0: 2 * impact("fox", 1, 3), 1: 2 * second}


def test_only_texts_that_share_a_word_are_ranked() -> None:
    assert Bm25(["red fox", "blue hill", "fox"]).ranked("a fox") == [2, 0]


def test_ties_keep_the_order_of_the_texts() -> None:
    assert Bm25(["a fox", "the fox", "my fox"]).ranked("fox") == [0, 1, 2]


def test_nothing_matches_nothing() -> None:
    assert Bm25([]).ranked("fox") == []
    assert Bm25(["", "the"]).ranked("fox") == []
    assert Bm25(["fox"]).ranked("the of ?") == []
