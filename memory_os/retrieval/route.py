"""Read from the wording of a query what kind of evidence answers it. Pure; no model."""

import re
from dataclasses import dataclass
from datetime import datetime

from memory_os.retrieval.analyze import analyze, words
from memory_os.retrieval.calendar_words import Period, period

_FIRST_PERSON = frozenset({"i", "me", "my", "mine", "myself", "i'm", "i've", "i'd", "i'll"})
_REQUEST = re.compile(
    r"\b(?:can|could|would|will) you\b|\bplease\b|\bhelp me\b"
    r"|\bhow (?:should|do|can|would|could|might) (?:i|we)\b"
    r"|\bwhat (?:should|would|do) (?:i|you|we)\b"
    r"|\b(?:suggest|recommend|advice|advise)|\bwhat are (?:some|the best)\b"
    r"|\bi(?:'m| am| want| need|'d like| would like)\b|\bif i\b",
    re.IGNORECASE,
)
_SUMMARY = re.compile(r"\b(?:summar\w*|overview|recap)\b", re.IGNORECASE)
_OVERVIEW = re.compile(
    r"\b(?:summar\w*|overview|recap|over time|throughout|in order|the order|timeline"
    r"|across (?:our|my|all|the|these)|evolve[ds]?|developed|progress(?:ed)?|how many different)\b",
    re.IGNORECASE,
)
_PRESENT = re.compile(
    r"\b(?:currently|current|now|nowadays|today|latest|newest|most recent|most recently|still"
    r"|these days|at the moment|at present|up to date)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Route:
    """What the wording of a query says.

    ``asker``: it speaks of "I", so what the user said is the evidence. ``request``: it asks for
    advice or work, so preferences apply. ``overview``: the answer lies in many sessions.
    ``present``: the newest counts. ``when``: the time it names.
    """

    terms: tuple[str, ...]
    asker: bool = False
    request: bool = False
    overview: bool = False
    present: bool = False
    when: Period | None = None


def route(text: str, now: datetime) -> Route:
    """Return the route of a query asked at ``now``."""
    plain = text.replace("’", "'")
    spoken = words(plain)
    return Route(
        terms=tuple(dict.fromkeys(analyze(plain))),
        asker=not _FIRST_PERSON.isdisjoint(spoken) and _SUMMARY.search(plain) is None,
        request=_REQUEST.search(plain) is not None,
        overview=_OVERVIEW.search(plain) is not None,
        present=_PRESENT.search(plain) is not None,
        when=period(spoken, now),
    )
