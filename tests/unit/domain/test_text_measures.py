"""Simhash and token counts: cheap measures of a text that everything else relies on."""

from hashlib import blake2b

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from memory_os.domain.simhash import distance, simhash
from memory_os.domain.tokens import count_tokens

TERMS = st.lists(st.text(st.characters(exclude_categories=("Cs",)), max_size=6), max_size=30)
HASHES = st.integers(-(2**63), 2**63 - 1)


def by_hand(terms: list[str]) -> int:
    """Each bit is set when it is set in more than half of the terms' hashes."""
    hashes = [
        int.from_bytes(blake2b(term.encode(), digest_size=8).digest(), "big") for term in terms
    ]
    bits = [2 * sum(one >> place & 1 for one in hashes) > len(hashes) for place in range(64)]
    value = sum(bit << place for place, bit in enumerate(bits))
    return value - 2**64 if value >= 2**63 else value


@settings(deadline=None)
@given(TERMS)
def test_a_simhash_is_the_majority_of_the_terms_hashes_bit_by_bit(terms: list[str]) -> None:
    assert simhash(terms) == by_hand(terms)
    assert simhash(tuple(terms)) == by_hand(terms)


@settings(deadline=None)
@given(TERMS)
def test_a_simhash_knows_neither_order_nor_repetition_of_the_whole(terms: list[str]) -> None:
    assert simhash(sorted(terms)) == simhash(terms) == simhash(terms * 3)


def test_the_votes_of_a_very_long_text_do_not_spill_into_other_bits() -> None:
    assert simhash(["tea"] * 65_535) == simhash(["tea"] * 70_000) == simhash(["tea"])


@settings(deadline=None)
@given(HASHES, HASHES, HASHES)
def test_the_distance_is_a_metric(a: int, b: int, c: int) -> None:
    assert distance(a, a) == 0
    assert distance(a, b) == distance(b, a) == ((a ^ b) & (2**64 - 1)).bit_count()
    assert distance(a, c) <= distance(a, b) + distance(b, c)
    assert (distance(a, b) == 0) is (a == b)


def test_opposite_hashes_are_64_bits_apart() -> None:
    assert distance(0, -1) == 64
    assert distance(-(2**63), 0) == 1
    assert simhash([]) == 0


def test_near_texts_are_near_and_others_about_half_the_bits_away() -> None:
    text = [f"word{n}" for n in range(60)]
    near = distance(simhash(text), simhash([*text[:-1], "other"]))
    far = distance(simhash(text), simhash([f"term{n}" for n in range(60)]))
    assert near <= 8
    assert 16 <= far <= 48


def test_the_hash_of_a_text_never_changes_between_releases() -> None:
    assert simhash(["ada", "drinks", "tea"]) == -4925369800410610286


COUNTS = [
    ("", 0), (" \n\t ", 0), ("a", 1), ("abcdefg", 1), ("abcdefgh", 2), ("a b", 2),
    ("Ada drinks tea.", 4), ("123", 1), ("1234", 2), ("3.14", 3), ("don't", 3), ("a1b2", 4),
    ("...", 3), ("你好", 2), ("né", 2), ("😀", 1), ("x" * 70, 10), ("\u2003x", 1),
]  # fmt: skip


@pytest.mark.parametrize(("text", "tokens"), COUNTS, ids=ascii)
def test_tokens_are_counted_by_the_rule(text: str, tokens: int) -> None:
    assert count_tokens(text) == tokens


@settings(deadline=None)
@given(st.text(max_size=40), st.text(max_size=40))
def test_counts_add_up_over_blank_space(left: str, right: str) -> None:
    assert count_tokens(f"{left} {right}") == count_tokens(left) + count_tokens(right)
    assert count_tokens(left + right) <= count_tokens(left) + count_tokens(right)
    assert count_tokens(left) <= len(left)
