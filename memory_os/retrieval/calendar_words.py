"""The time that a text names: a year, a month, a day, or one relative to now."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import pairwise

_MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "january jan",
            "february feb",
            "march mar",
            "april apr",
            "may",
            "june jun",
            "july jul",
            "august aug",
            "september sep sept",
            "october oct",
            "november nov",
            "december dec",
        ),
        start=1,
    )
    for name in names.split()
}
_ALSO_A_VERB = frozenset({"may", "march", "mar"})
_YEAR = re.compile(r"(?:19|20)\d\d")
_DAY = re.compile(r"([12]?\d|3[01])(?:st|nd|rd|th)?")
_BEFORE_A_MONTH = frozenset(
    {"in", "on", "of", "last", "since", "during", "early", "late", "mid", "until", "by", "this"}
)


@dataclass(frozen=True, slots=True)
class Period:
    """A time named in full or in part; an unset part matches anything."""

    year: int | None = None
    month: int | None = None
    day: int | None = None


def period(words: Sequence[str], now: datetime) -> Period | None:
    """Return the first month (with its day and year), else year, else relative time named."""
    year = next((int(word) for word in words if _YEAR.fullmatch(word)), None)
    for at, word in enumerate(words):
        if word in _MONTHS and _is_a_month(words, at):
            return Period(year, _MONTHS[word], _day(words, at))
    if year is not None:
        return Period(year)
    return _relative(words, now.date())


def _is_a_month(words: Sequence[str], at: int) -> bool:
    """Tell the month from the verb: May and March need a date or a preposition beside them."""
    if words[at] not in _ALSO_A_VERB:
        return True
    before = words[at - 1] if at else ""
    after = words[at + 1] if at + 1 < len(words) else ""
    return (
        before in _BEFORE_A_MONTH
        or _DAY.fullmatch(before) is not None
        or _DAY.fullmatch(after) is not None
        or _YEAR.fullmatch(after) is not None
    )


def _day(words: Sequence[str], at: int) -> int | None:
    """Return the day beside a month: 8 May, May 8, 8th of May."""
    beside = [at - 1, at + 1]
    if at >= 2 and words[at - 1] == "of":
        beside.append(at - 2)
    for place in beside:
        if 0 <= place < len(words) and (found := _DAY.fullmatch(words[place])) is not None:
            return int(found[1]) or None
    return None


def _relative(words: Sequence[str], today: date) -> Period | None:
    """Return the day, month or year that words like *yesterday* or *last month* name."""
    if "yesterday" in words:
        day = today - timedelta(days=1)
        return Period(day.year, day.month, day.day)
    pairs = set(pairwise(words))
    if ("last", "month") in pairs:
        end = today.replace(day=1) - timedelta(days=1)
        return Period(end.year, end.month)
    if ("this", "month") in pairs:
        return Period(today.year, today.month)
    if ("last", "year") in pairs:
        return Period(today.year - 1)
    if ("this", "year") in pairs:
        return Period(today.year)
    return None
