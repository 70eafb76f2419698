"""Text becomes the same terms when stored and when asked."""

import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

from memory_os.retrieval import analyze as analyzer
from memory_os.retrieval.analyze import LONGEST_TERM, analyze, name_terms, words


def test_endings_stop_words_and_irregular_forms_fall_together() -> None:
    assert analyze("She went running with her children") == analyze("go run child")


def test_repetition_and_order_are_kept() -> None:
    assert analyze("tea, coffee, tea") == ("tea", "coffe", "tea")


def test_a_possessive_is_its_owner() -> None:
    assert analyze("Ada's car") == analyze("Ada’s cars") == ("ada", "car")


def test_latin_accents_do_not_hide_a_name() -> None:
    assert analyze("Zoë at the café") == analyze("zoe cafe")


def test_scripts_without_spaces_become_pairs_of_characters() -> None:
    assert analyze("東京都") == ("東京", "京都")
    assert analyze("A東B京都C") == ("東", "b", "京都", "c")
    assert set(analyze("京都")) <= set(analyze("東京都"))


def test_other_scripts_stay_words() -> None:
    assert analyze("Привет мир") == ("привет", "мир")


def test_an_underscore_and_punctuation_part_words() -> None:
    assert words("tests_of x-ray, e.g. a/b") == ["tests", "of", "x", "ray", "e", "g", "a", "b"]


def test_compatibility_forms_are_the_plain_ones() -> None:
    assert analyze("ｍｅｍｏｒｙ ﬁle") == analyze("memory file")


def test_a_name_leaves_out_what_tells_namesakes_apart() -> None:
    assert name_terms("Ada Byron (mathematician)") == ("ada", "byron")
    assert name_terms("(1987)") == ("1987",)
    assert name_terms("") == ()


def test_an_endless_word_is_cut() -> None:
    assert analyze("x" * 10_000) == ("x" * LONGEST_TERM,)


def test_the_memory_of_words_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(analyzer, "_CACHED_WORDS", 3)
    assert analyze("oranges apples pears plums") == ("orang", "appl", "pear", "plum")


@given(st.text(max_size=200))
def test_terms_of_any_text_are_terms_of_themselves_in_number(text: str) -> None:
    terms = analyze(text)
    assert all(terms)
    assert terms == analyze(text)


def test_threads_agree() -> None:
    text = " ".join(f"running{number} houses{number}" for number in range(200))
    expected = analyze(text)
    seen: list[bool] = []
    threads = [
        threading.Thread(target=lambda: seen.append(analyze(text) == expected)) for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert seen == [True] * 8
