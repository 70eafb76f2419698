"""Frames and word lists of the merge pairs, and filling them to sentences."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from memory_os_evals.streams import Stream

SOURCES = Path(__file__).parent / "merge_pairs"
_MONTHS = "January February March April May June July August September October November December"
MONTHS = tuple(_MONTHS.split())
UNITS = {
    "length": ("km", "miles", "metres"),
    "span": ("minutes", "hours", "days", "weeks"),
    "mass": ("kg", "grams", "pounds"),
    "volume": ("litres", "ml", "pints"),
    "data": ("GB", "MB", "TB"),
    "share": ("percent", "points"),
    "euro": ("euros", "dollars", "pounds"),
}


class Dice:
    """Choices from one stream, in order."""

    def __init__(self, chance: Stream) -> None:
        self._chance = chance

    def below(self, count: int) -> int:
        return int(self._chance.integers(1, count)[0])

    def one(self, options):  # type: ignore[no-untyped-def]
        return options[self.below(len(options))]

    def other(self, options, than):  # type: ignore[no-untyped-def]
        return self.one([option for option in options if option != than])


@dataclass(frozen=True)
class Frame:
    domain: str
    verbs: tuple[str, ...]
    object: str
    tail: str

    @property
    def text(self) -> str:
        return f"{self.object} {self.tail}"

    def has(self, *slots: str) -> bool:
        return any(f"{{{slot}}}" in self.text for slot in slots)


@dataclass(frozen=True)
class Said:
    """A frame with its slots filled; ``render`` makes a sentence of it."""

    frame: Frame
    slots: dict[str, str]
    pick: int

    def part(self, text: str) -> str:
        def option(match: re.Match[str]) -> str:
            options = match[1].split("/")
            return options[self.pick % len(options)]

        return re.sub(r"\[([^\]]+)\]", option, text).format(**self.slots)

    def verb(self, at: int) -> str:
        return self.frame.verbs[at]

    def render(self, verb: str | None = None, *, name: str | None = None) -> str:
        who = name or self.slots["name"]
        rest = " ".join(filter(None, (self.part(self.frame.object), self.part(self.frame.tail))))
        return f"{who} {verb or self.verb(1)} {rest}."

    def having(self, **slots: str) -> "Said":
        return replace(self, slots={**self.slots, **slots})


def frames() -> list[Frame]:
    found = []
    for domain, verbs, what, tail in lines("frames.txt"):
        when = re.sub(rf"in ({'|'.join(MONTHS)})$", "in {month}", tail)
        found.append(Frame(domain, tuple(verbs.split(",")), what, when))
    return found


def lines(name: str) -> Iterator[list[str]]:
    for line in (SOURCES / name).read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            yield line.split("|")


FRAMES = frames()
LEXICON = {kind: tuple(words) for kind, *words in lines("lexicon.txt")}
TRAITS = [(trait, tuple(values.split("/"))) for trait, values in lines("traits.txt")]


def filled(frame: Frame, dice: Dice) -> Said:
    name = dice.one(LEXICON["name"])
    city = dice.one(LEXICON["city"])
    slots = {
        "name": name,
        "name2": dice.other(LEXICON["name"], name),
        "city": city,
        "city2": dice.other(LEXICON["city"], city),
        "weekday": dice.one(LEXICON["weekday"]),
        "month": dice.one(MONTHS),
        "date": f"{1 + dice.below(28)} {dice.one(MONTHS)}",
        "time": f"{1 + dice.below(11)} {dice.one(('am', 'pm'))}",
        "n": str(2 + dice.below(58)),
    }
    for slot, units in UNITS.items():
        slots[slot] = f"{2 + dice.below(88)} {dice.one(units)}"
    return Said(frame, slots, dice.below(3))
