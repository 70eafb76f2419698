"""From text to index terms, the same way when storing and when asking.

Words are runs of letters and digits (Unicode, compatibility-normalised, lower case); stop words
go, irregular forms become their base word, the rest is cut by the Snowball English stemmer
(Porter 2001). Scripts written without spaces are indexed as overlapping pairs of characters.
"""

import re
import threading
import unicodedata
from collections.abc import Iterator

import Stemmer

from memory_os.retrieval.english import IRREGULAR, STOP_WORDS

ANALYSER = "english-1"
"""Names these rules; it changes whenever the same text would get other terms."""

LONGEST_TERM = 64
"""Longer runs of letters are cut to this many characters: they are data, not words."""

_CACHED_WORDS = 131_072
_PLAIN = re.compile(r"[a-z0-9]+(?:'[a-z0-9]+)*")
_WORD = re.compile(r"[^\W_]+(?:'[^\W_]+)*")
_UNSPACED = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff\uac00-\ud7af\u0e00-\u0e7f]+")
_APOSTROPHES = str.maketrans({"’": "'", "ʼ": "'", "‘": "'"})
_BRACKETED = re.compile(r"\s*[(\[][^)\]]*[)\]]")


class _Terms(dict[str, str]):
    """Remember the term of each word, empty for a stop word. Safe for many threads."""

    def __init__(self) -> None:
        super().__init__()
        self._stemmer = Stemmer.Stemmer("english")
        self._lock = threading.Lock()

    def __missing__(self, word: str) -> str:
        term = self._term(word[:LONGEST_TERM])
        if len(self) >= _CACHED_WORDS:
            self.clear()
        if len(word) <= LONGEST_TERM:
            self[word] = term
        return term

    def _term(self, word: str) -> str:
        if word in STOP_WORDS:
            return ""
        word = word.removesuffix("'s").replace("'", "")
        word = IRREGULAR.get(word, word) if word.isascii() else _folded(word)
        with self._lock:
            return str(self._stemmer.stemWord(word))


_TERMS = _Terms()


def words(text: str) -> list[str]:
    """Return the words of ``text`` in order, lower case, stop words included."""
    if text.isascii():
        return _PLAIN.findall(text.lower())
    plain = unicodedata.normalize("NFKC", text.translate(_APOSTROPHES)).lower()
    return list(_split(_WORD.findall(plain)))


def analyze(text: str) -> tuple[str, ...]:
    """Return the index terms of ``text`` in order, with repetition."""
    known = _TERMS
    return tuple([term for word in words(text) if (term := known[word])])


def name_terms(title: str) -> tuple[str, ...]:
    """Return the distinct terms of a speaker's or document's name.

    What stands in brackets only tells two equal names apart, so it is not asked of a text that
    mentions the name; a name that is all brackets or stop words keeps what it has.
    """
    return tuple(dict.fromkeys(analyze(_BRACKETED.sub("", title)) or analyze(title)))


def _folded(word: str) -> str:
    """Return a Latin word without its accents; words of other scripts stay as they are."""
    base = "".join(c for c in unicodedata.normalize("NFKD", word) if not unicodedata.combining(c))
    return base if base.isascii() else word


def _split(found: list[str]) -> Iterator[str]:
    """Cut runs of a script without spaces into pairs of neighbouring characters."""
    for word in found:
        if _UNSPACED.search(word) is None:
            yield word
            continue
        at = 0
        for run in _UNSPACED.finditer(word):
            if run.start() > at:
                yield word[at : run.start()]
            characters = run[0]
            if len(characters) == 1:
                yield characters
            yield from (characters[i : i + 2] for i in range(len(characters) - 1))
            at = run.end()
        if at < len(word):
            yield word[at:]
