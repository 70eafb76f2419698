"""In what two sentences differ: numbers, dates, names, negation and the rest, by name."""

from collections import Counter
from collections.abc import Iterable

from memory_os.policies.wording import Token, Wording
from memory_os.policies.wordlists import (
    ADVERBIALS,
    CALENDAR,
    CONDITIONS,
    MODALS,
    NEGATIONS,
    PLACES,
    TENSES,
    UNITS,
)

_JOINED = frozenset({"and", "or", "but", "too", "also", "please"})
_FRONTED = 7
"""The longest opening phrase, in tokens, that may move to the end or be cut off by a comma."""

_MONTH_OR_VERB = frozenset({"may", "march"})
_SIGNS = frozenset("%$€£¥°")
_LISTS = (
    ("negation", NEGATIONS),
    ("date", CALENDAR),
    ("modality", MODALS),
    ("tense", TENSES),
    ("condition", CONDITIONS),
    ("place", PLACES),
    ("unit", frozenset(UNITS) | _SIGNS),
)


def jaccard(left: Wording, right: Wording) -> float:
    """Return the share of distinct tokens that both have, 1 for two empty texts."""
    one, other = set(left.words), set(right.words)
    union = one | other
    return len(one & other) / len(union) if union else 1.0


def differences(left: Wording, right: Wording) -> tuple[str, ...]:
    """Return the kinds of difference between two texts, in a fixed order; none mean the same.

    ``number``, ``date``, ``unit``, ``name``, ``negation``, ``modality``, ``tense``,
    ``condition``, ``place``, ``word`` are of the words that only one has; ``mood`` is a question
    beside a statement, ``order`` the same words in another order, ``punctuation`` a comma that
    may change the sense.
    """
    found = set(_of_words(left, right))
    if left.asks != right.asks:
        found.add("mood")
    if not found:
        found.update(_of_form(left, right))
    return tuple(sorted(found))


def _of_words(left: Wording, right: Wording) -> Iterable[str]:
    one, other = Counter(left.words), Counter(right.words)
    capitals = {t.text for t in (*left.tokens, *right.tokens) if t.capital}
    for word in (one - other) + (other - one):
        yield from _kinds(word, capital=word in capitals)


def _kinds(word: str, *, capital: bool) -> Iterable[str]:
    if word.startswith(("date:", "time:")):
        yield "date"
    elif any(char.isdigit() for char in word):
        yield "number"
        if " " in word:
            yield "unit"
    else:
        listed = [kind for kind, words in _LISTS if word in words]
        if "date" in listed and word in _MONTH_OR_VERB and not capital:
            listed.remove("date")
        yield from listed or (["name"] if capital else ["word"])


def _of_form(left: Wording, right: Wording) -> Iterable[str]:
    """Yield what differs where the words themselves are the same."""
    if left.words == right.words:
        if any(_other_case(*pair) for pair in zip(left.tokens, right.tokens, strict=True)):
            yield "name"
        if not all(_idle(mark, left) for mark in left.marks ^ right.marks):
            yield "punctuation"
    elif not (_fronted(left, right) or _fronted(right, left)):
        yield "order"


def _other_case(left: Token, right: Token) -> bool:
    return None not in (left.capital, right.capital) and left.capital is not right.capital


def _idle(mark: int, text: Wording) -> bool:
    """Tell whether a comma here says nothing: before *and*, or after an opening phrase."""
    words = text.words
    if words[mark] in _JOINED:
        return True
    opening = words[0] in ADVERBIALS and mark < _FRONTED
    return opening and not any(other < mark for other in text.marks)


def _fronted(front: Wording, back: Wording) -> bool:
    """Tell whether ``front`` opens with the phrase of time or condition that ends ``back``."""
    words, other = front.words, back.words
    if words[0] not in ADVERBIALS or len(front.marks) > 1 or back.marks:
        return False
    sizes = front.marks or range(1, min(_FRONTED, len(words)))
    return any(words[size:] + words[:size] == other for size in sizes if size < _FRONTED)
