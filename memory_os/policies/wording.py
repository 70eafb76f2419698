"""Bring a sentence to a canonical run of tokens, so that only what matters makes two differ.

Case, quotes, contractions, number words, spellings of dates, times and units go; every other
character counts. The tables are short on purpose: a form that is not in them keeps two texts
apart, which costs a duplicate, never a memory.
"""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from memory_os.policies.wordlists import (
    CONTRACTIONS,
    HARMLESS,
    MONTHS,
    NUMBERS,
    PERFECT,
    SAME,
    UNITS,
)

_TOKEN = re.compile(
    r"(?P<date>\d{4}-\d{2}-\d{2}(?!\d))"
    r"|(?P<time>\d{1,2}:\d{2}(?::\d{2})?)"
    r"|(?P<number>(?:(?<!\w)[-+])?\d+(?:[.,]\d+)*)"
    r"|(?P<word>[^\W\d_]+(?:'[^\W\d_]+)*(?:-[^\W\d_]+(?:'[^\W\d_]+)*)*)"
    r"|(?P<mark>[.,;:()\[\]…—–])"
    r"|(?P<ask>\?)"
    r"|(?P<quote>[\"'`«»!])"
    r"|(?P<other>\S)"
)
_INITIALS = re.compile(r"\b(?:[^\W\d_]\.){2,}")
_THOUSANDS = re.compile(r"[-+]?\d{1,3}(?:,\d{3})+(?:\.\d+)?")
_QUOTES = str.maketrans({"’": "'", "‘": "'", "“": '"', "”": '"', "−": "-"})
_ORDINAL = frozenset({"st", "nd", "rd", "th"})


@dataclass(frozen=True, slots=True)
class Token:
    """A canonical token; ``capital`` tells a name where case says anything, else nothing."""

    text: str
    capital: bool | None = None


@dataclass(frozen=True, slots=True)
class Wording:
    """A text as tokens; ``marks`` are numbers of tokens before an inner comma, stop or bracket."""

    tokens: tuple[Token, ...]
    marks: frozenset[int]
    asks: bool

    @property
    def words(self) -> tuple[str, ...]:
        """Return the tokens without what is known of their case."""
        return tuple(token.text for token in self.tokens)


def wording(text: str) -> Wording:
    """Return the canonical form of ``text``."""
    plain = unicodedata.normalize("NFKC", text).translate(_QUOTES)
    plain = _INITIALS.sub(lambda found: found[0].replace(".", ""), plain)
    found = list(_TOKEN.finditer(plain))
    telling = _case_tells([match[0] for match in found if match.lastgroup == "word"])
    tokens: list[Token] = []
    marks: set[int] = set()
    asks = opening = False
    opening = True
    for match in found:
        kind = match.lastgroup
        if kind == "mark":
            marks.add(len(tokens))
            opening = match[0] in ".…"
        elif kind == "ask":
            asks = opening = True
        elif kind != "quote":
            tokens.extend(_tokens(match[0], kind == "word", telling=telling and not opening))
            opening = False
    return _folded(tokens, marks, asks=asks)


def _case_tells(words: Sequence[str]) -> bool:
    """Tell whether case carries meaning: not in a text of one case, nor in a title."""
    later = [word for word in words[1:] if word]
    small = sum(word[0].islower() for word in later)
    return any(word[0].isupper() for word in words) and 2 * small >= len(later)


def _tokens(raw: str, is_word: bool, *, telling: bool) -> Iterator[Token]:
    if not is_word:
        yield Token(raw.replace(",", "") if _THOUSANDS.fullmatch(raw) else raw)
        return
    word = raw.casefold()
    capital = raw[0].isupper() if telling and raw != "I" and word[:2] != "i'" else None
    for part in CONTRACTIONS.get(word, (SAME.get(word, word),)):
        yield Token(NUMBERS.get(part, part), capital)
        capital = None if capital is None else False


def _folded(tokens: list[Token], marks: set[int], *, asks: bool) -> Wording:
    """Join dates, times and units, drop what is harmless, and move the marks along."""
    kept: list[Token] = []
    moved: set[int] = set()
    at = 0
    while at < len(tokens):
        if at in marks:
            moved.add(len(kept))
        token, taken = _read(tokens, at, marks)
        if token.text not in HARMLESS or token.capital:
            kept.append(token)
        at += taken
    inner = frozenset(mark for mark in moved if 0 < mark < len(kept))
    return Wording(tuple(kept), inner, asks)


def _read(tokens: list[Token], at: int, marks: set[int]) -> tuple[Token, int]:
    """Return the token at ``at``, joined with what belongs to it, and how many it took."""
    window = [token.text for token in tokens[at : at + 5]]
    for reader in (_date, _clock, _unit):
        text, taken = reader(window)
        if taken and not any(mark in marks for mark in range(at + 1, at + taken - 1)):
            return Token(text), taken
    if window[0] == "'s" and len(window) > 1:
        return Token("has" if window[1] in PERFECT else "is"), 1
    return tokens[at], 1


def _date(words: list[str]) -> tuple[str, int]:
    """Read ``3 [rd] [of] march [2024]`` and ``march 3 [rd] [2024]``."""
    first, *rest = words
    if re.fullmatch(r"\d{4}-\d{2}-\d{2}", first):
        return f"date:{first}", 1
    if _day(first):
        extra = [word for word in rest[:2] if word in _ORDINAL or word == "of"]
        skip = len(extra) if rest[: len(extra)] == extra else 0
        if len(rest) > skip and rest[skip] in MONTHS:
            return _dated(MONTHS[rest[skip]], first, rest[skip + 1 :], skip + 2)
    if first in MONTHS and rest and _day(rest[0]):
        skip = 1 if len(rest) > 1 and rest[1] in _ORDINAL else 0
        return _dated(MONTHS[first], rest[0], rest[1 + skip :], 2 + skip)
    return "", 0


def _dated(month: int, day: str, rest: list[str], taken: int) -> tuple[str, int]:
    if rest and re.fullmatch(r"[12]\d{3}", rest[0]):
        return f"date:{rest[0]}-{month:02}-{int(day):02}", taken + 1
    return f"date:{month:02}-{int(day):02}", taken


def _day(word: str) -> bool:
    return bool(re.fullmatch(r"0?[1-9]|[12]\d|3[01]", word))


def _clock(words: list[str]) -> tuple[str, int]:
    """Read ``3 pm``, ``3:30 pm`` and ``15:30``."""
    match = re.fullmatch(r"(\d{1,2})(?::(\d{2}))?", words[0])
    if match is None:
        return "", 0
    hour, minute = int(match[1]), match[2] or "00"
    half = words[1] if len(words) > 1 else ""
    if half in ("am", "pm") and 1 <= hour <= 12:
        return f"time:{hour % 12 + (12 if half == 'pm' else 0):02}:{minute}", 2
    return (f"time:{hour:02}:{minute}", 1) if match[2] and hour < 24 else ("", 0)


def _unit(words: list[str]) -> tuple[str, int]:
    """Read a number with a unit after it, or a currency's sign before it."""
    if len(words) > 1 and words[0][-1:].isdigit() and words[1] in UNITS:
        return f"{words[0]} {UNITS[words[1]]}", 2
    if len(words) > 1 and words[0] in ("€", "£") and words[1][:1].isdigit():
        return f"{words[1]} {UNITS[words[0]]}", 2
    return "", 0
