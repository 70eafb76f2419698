"""Suspect a text of giving orders to the model that will read it, with reasons and a score.

Patterns for what such texts do, in several phrasings each: override what the model was told, give
it another part to play, forge the frame of a conversation, ask for what is hidden, act behind the
user's back, plant a standing rule. A form that quotes, reports or asks weighs less: a person may
talk about all of this.
"""

import re
import unicodedata
from dataclasses import dataclass

from memory_os.policies.phrases import PATTERNS, TELLING

POLICY = "injection-1"
"""Names these patterns; it changes whenever the same text would be judged differently."""

_COMPILED = tuple(
    (reason, weight, re.compile(pattern, re.IGNORECASE)) for reason, weight, _, pattern in PATTERNS
)
_HINTS = tuple(
    (hint, tuple(at for at, row in enumerate(PATTERNS) if hint in row[2].split("|")))
    for hint in sorted({hint for row in PATTERNS for hint in row[2].split("|")})
)
"""Pieces of text, in lower case, with the patterns that cannot match where none of theirs is."""

_WORDS = re.compile(r"[a-z]+")
_TELLING = frozenset(TELLING.split())
"""Every pattern needs one of these words, or a bracket; most texts have none."""

_HIDDEN = re.compile("[\u200b-\u200f\u2060-\u2064\ufeff\u00ad]|[\U000e0000-\U000e007f]+")
_COMMENT = re.compile(r"<!--(.{0,2000}?)-->", re.DOTALL)
_SPACE = re.compile(r"[^\S\n]+|(?<=[a-z,])\n(?=[a-z])")
_REPORTED = re.compile(
    r"\b(?:says?|said|saying|wrote|writes?|written|quot\w+|phrase\w*|example\w*|such as|like|"
    r"called|named|titled|attacks?|attackers?|injections?|jailbreaks?|detect\w*|filters?|blocks?|"
    r"blocked|contain\w*|strings?|texts?|phishing|malicious|suspicious|explain\w*|mean\w*|means|"
    r"article|paper|paragraph|talk|lecture|blog|training|warn\w*|asked|claim\w*|tried|"
    r"attempt\w*|refus\w*|reported|someone|somebody|report|message|email|page|lesson|book|story|"
    r"novel|film|movie|character|line|reads?)\b",
    re.IGNORECASE,
)
_ASKING = re.compile(
    r"^\W*(?:what|how|why|when|where|who|which|can|could|does|do|did|is|are|should|would|has|have|"
    r"tell me (?:what|how|why)|explain (?:what|how|why))\b",
    re.IGNORECASE,
)
_TALK = 0.35
"""What is left of a weight where the form is quoted and reported, or asked about."""

_SENTENCE_END = re.compile(r"[.!?\n]")
_OPENING, _CLOSING = "\"'“‘«`„‹", "\"'”’»`“›"


@dataclass(frozen=True, slots=True)
class Suspicion:
    """How much a text reads like orders to a model, 0 to 1, and what in it does."""

    score: float = 0.0
    reasons: tuple[str, ...] = ()


CLEAR = Suspicion()


def suspect(text: str) -> Suspicion:
    """Return how far ``text`` reads like instructions to the model that will be shown it.

    Each reason counts once, at its strongest; reasons add up as independent signs do:
    ``1 - (1 - a)(1 - b)…``.
    """
    marked = "<" in text or "[" in text or "##" in text or not text.isascii()
    if not marked and _TELLING.isdisjoint(_WORDS.findall(text.lower())):
        return CLEAR
    hidden = not text.isascii() and _HIDDEN.search(text) is not None
    plain = _plain(text)
    weights = _weights(plain)
    if not weights:
        return CLEAR
    unseen = hidden and len(plain) + 8 < len(text)
    if unseen or any(_weights(comment[1]) for comment in _COMMENT.finditer(plain)):
        weights["hidden"] = 0.5
    rest = 1.0
    for weight in weights.values():
        rest *= 1.0 - weight
    return Suspicion(round(1.0 - rest, 3), tuple(sorted(weights)))


def _plain(text: str) -> str:
    """Return the text without what only hides it: invisible characters, widths, breaks, blanks."""
    if not text.isascii():
        text = unicodedata.normalize("NFKC", _HIDDEN.sub("", text)).replace("’", "'")
    return _SPACE.sub(" ", text) if "\n" in text or "  " in text or "\t" in text else text


def _weights(text: str) -> dict[str, float]:
    """Return the strongest weight of each reason that the text gives."""
    lowered = text.lower()
    tried: set[int] = set()
    for hint, places in _HINTS:
        if hint in lowered:
            tried.update(places)
    weights: dict[str, float] = {}
    for at in sorted(tried):
        reason, weight, pattern = _COMPILED[at]
        if weights.get(reason, 0.0) >= weight:
            continue
        for match in pattern.finditer(text):
            talk = reason != "frame" and _talked_of(text, *match.span())
            weights[reason] = max(weights.get(reason, 0.0), weight * _TALK if talk else weight)
            if not talk:
                break
    return weights


def _talked_of(text: str, start: int, end: int) -> bool:
    """Tell whether a span is quoted by somebody who reports it, or part of a question."""
    before = text[max(0, start - 160) : start]
    opened = [at for at, char in enumerate(before) if char in _OPENING]
    closed = any(char in _CLOSING for char in text[end : end + 120])
    if opened and closed and _REPORTED.search(before[: opened[-1] + 1]):
        return True
    cut = [match.end() for match in _SENTENCE_END.finditer(before)]
    sentence = before[cut[-1] if cut else 0 :]
    stop = _SENTENCE_END.search(text, end)
    asks = stop is not None and stop[0] == "?"
    return asks and _ASKING.match(sentence + text[start:end]) is not None
