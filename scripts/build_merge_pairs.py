"""Write the labelled pairs of `memory-os eval run merge`: frames filled by seed, and hand-made.

    python scripts/build_merge_pairs.py

The sentences are this project's own; the sources lie in scripts/merge_pairs. The same sources and
seed give the same file.
"""

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

from merge_sentences import FRAMES, LEXICON, MONTHS, TRAITS, UNITS, Dice, Said, filled, lines

from memory_os_evals.streams import stream

SEED = 20260301
TARGET = Path(__file__).parents[1] / "evals" / "memory_os_evals" / "merging" / "pairs.jsonl"
APART_EACH, SAME_EACH = 125, 60
LONG = {"km": "kilometres", "kg": "kilograms", "ml": "millilitres", "minutes": "min",
        "hours": "hrs", "litres": "liters", "GB": "gigabytes", "metres": "meters"}  # fmt: skip
_WORDS = (
    "two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen "
    "seventeen eighteen nineteen twenty"
)
WORDS = tuple(_WORDS.split())
WHEN = (
    "it rains", "the shop is closed", "the phone rings", "the power fails", "nobody objects",
    "the weather holds", "the guests are late", "there is money left", "the children sleep",
    "the train is on time", "the boss agrees", "the price drops", "the door is open",
    "the ground is frozen", "somebody asks",
)  # fmt: skip
ASIDES = (
    "Please note that", "For the record,", "To repeat,", "Just to confirm,", "As I said,",
    "A reminder:", "Good to know:",
)  # fmt: skip

Pair = tuple[str, str]


def number(said: Said, dice: Dice) -> Pair | None:
    slots = [slot for slot in ("n", *UNITS) if said.frame.has(slot)]
    if not slots:
        return None
    slot = dice.one(slots)
    value, _, unit = said.slots[slot].partition(" ")
    changed = dice.one((str(int(value) + 1), value[::-1], value + "0", str(int(value) - 1)))
    if changed == value or changed.startswith("0"):
        changed = value + "5"
    return said.render(), said.having(**{slot: f"{changed} {unit}".strip()}).render()


def date(said: Said, dice: Dice) -> Pair | None:
    slots = [slot for slot in ("weekday", "date", "time", "month") if said.frame.has(slot)]
    if not slots:
        return None
    slot, now = slots[0], said.slots[slots[0]]
    first, _, last = now.partition(" ")
    if slot == "weekday":
        then = dice.other(LEXICON["weekday"], now)
    elif slot == "month":
        then = dice.other(MONTHS, now)
    elif slot == "date":
        day = f"{int(first) % 28 + 1} {last}"
        then = dice.one((day, f"{first} {dice.other(MONTHS, last)}"))
    else:
        half = f"{first} {'am' if last == 'pm' else 'pm'}"
        then = dice.one((half, f"{int(first) % 11 + 1} {last}"))
    return said.render(), said.having(**{slot: then}).render()


def name(said: Said, dice: Dice) -> Pair | None:
    slot = dice.one(("name", "name2")) if said.frame.has("name2") else "name"
    now = said.slots[slot]
    given, family = now.split(" ")
    like = [other for other in LEXICON["name"] if other != now and other not in said.slots.values()]
    near = [other for other in like if other.split(" ")[1] == family or other[0] == given[0]]
    then = dice.one((dice.one(near or like), f"{given} {dice.one(like).split(' ')[1]}"))
    return said.render(), said.having(**{slot: then}).render()


def negation(said: Said, dice: Dice) -> Pair:
    base, third, past = said.frame.verbs[:3]
    positive, negative = dice.one(
        (
            (third, f"does not {base}"),
            (past, f"did not {base}"),
            (third, f"never {third}"),
            (f"will {base}", f"won't {base}"),
            (f"has {said.verb(3)}", f"has not {said.verb(3)}"),
            (third, f"no longer {third}"),
            (f"always {third}", f"hardly ever {third}"),
        )
    )
    return said.render(positive), said.render(negative)


def unit(said: Said, dice: Dice) -> Pair | None:
    slots = [slot for slot in UNITS if said.frame.has(slot)]
    if not slots:
        return None
    slot = dice.one(slots)
    value, _, now = said.slots[slot].partition(" ")
    then = dice.other(UNITS[slot], now)
    return said.render(), said.having(**{slot: f"{value} {then}"}).render()


def place(said: Said, dice: Dice) -> Pair | None:
    if said.frame.has("city"):
        then = dice.other(
            [c for c in LEXICON["city"] if c != said.slots["city2"]], said.slots["city"]
        )
        return said.render(), said.having(city=then).render()
    here, there = dice.one(
        (("upstairs", "downstairs"), ("indoors", "outdoors"), ("at home", "at the office"),
         ("in the north wing", "in the south wing"), ("behind the house", "beside the house"),
         ("on the ground floor", "on the top floor"), ("near the river", "near the station"))
    )  # fmt: skip
    told = said.render()[:-1]
    return f"{told} {here}.", f"{told} {there}."


def modality(said: Said, dice: Dice) -> Pair:
    base, third = said.frame.verbs[:2]
    forms = (
        f"may {base}", f"must {base}", f"should {base}", f"could {base}", f"will {base}", third,
        f"might {base}", f"has to {base}", f"wants to {base}", f"is allowed to {base}",
    )  # fmt: skip
    one = dice.one(forms)
    return said.render(one), said.render(dice.other(forms, one))


def tense(said: Said, dice: Dice) -> Pair:
    base, third, past, participle = said.frame.verbs[:4]
    forms = (
        third,
        past,
        f"will {base}",
        f"used to {base}",
        f"has {participle}",
        f"had {participle}",
    )
    one = dice.one(forms)
    return said.render(one), said.render(dice.other(forms, one))


def condition(said: Said, dice: Dice) -> Pair:
    told, when = said.render()[:-1], dice.one(WHEN)
    return dice.one(
        (
            (f"{told} if {when}.", f"{told} unless {when}."),
            (f"{told} if {when}.", f"{told}."),
            (f"{told} when {when}.", f"{told} only when {when}."),
            (f"If {when}, {told}.", f"Unless {when}, {told}."),
            (f"{told} until {when}.", f"{told} after {when}."),
            (f"{told} because {when}.", f"{told} although {when}."),
            (f"{told} if {when}.", f"{told} if {dice.other(WHEN, when)}."),
            (f"If {when}, {told}.", f"If {told}, {when}."),
        )
    )


def swap(said: Said, dice: Dice) -> Pair | None:
    one, other = said.slots["name"], said.slots["name2"]
    if said.frame.has("name2"):
        return said.render(), said.having(name=other, name2=one).render()
    if said.frame.has("city2"):
        city, city2 = said.slots["city"], said.slots["city2"]
        return said.render(), said.having(city=city2, city2=city).render()
    if dice.below(4):
        return None
    told = said.render()[:-1]
    return (
        f"{told} more often than {other}.",
        f"{said.render(name=other)[:-1]} more often than {one}.",
    )


def attribute(said: Said, dice: Dice) -> Pair | None:
    if "[" not in said.frame.text:
        return None
    return said.render(), replace(said, pick=(said.pick + 1 + dice.below(2)) % 3).render()


def contradiction(said: Said, dice: Dice) -> Pair:
    base, third, past = said.frame.verbs[:3]
    who, friend = said.slots["name"], dice.other(LEXICON["name"], said.slots["name"])
    told = said.render()[:-1]
    return dice.one(
        (
            (said.render(f"always {third}"), said.render(f"never {third}")),
            (said.render(name=f"Only {who}"), said.render(name=f"Everybody but {who}")),
            (f"{told} alone.", f"{told} together with {friend}."),
            (said.render(f"likes to {base}"), said.render(f"hates to {base}")),
            (said.render(f"agreed to {base}"), said.render(f"refused to {base}")),
            (f"It is true that {told}.", f"It is false that {told}."),
            (said.render(f"remembered to {base}"), said.render(f"forgot to {base}")),
            (said.render(f"began to {base}"), said.render(f"ceased to {base}")),
            (said.render(f"gladly {past}"), said.render(f"reluctantly {past}")),
            (said.render(f"openly {third}"), said.render(f"secretly {third}")),
            (f"{told} for the first time.", f"{told} for the last time."),
            (f"{told} with permission.", f"{told} without permission."),
        )
    )


def update(said: Said, dice: Dice) -> Pair:
    (trait, values), who = dice.one(TRAITS), said.slots["name"]
    old = dice.one(values)
    new = dice.other(values, old)
    since = said.slots["date"]
    return dice.one(
        (
            (f"{who}'s {trait} is {old}.", f"{who}'s {trait} is {new}."),
            (f"{who}'s {trait} is {old}.", f"{who}'s {trait} is now {new}."),
            (f"{who}'s {trait} was {old}.", f"{who}'s {trait} is {new}."),
            (f"The {trait} of {who} is {old}.", f"The {trait} of {who} is {new}."),
            (f"Since {since} {who}'s {trait} is {old}.",
             f"Since {since} {who}'s {trait} is {new}."),
            (f"On {since} {who} gave {old} as {trait}.",
             f"On {since} {who} gave {new} as {trait}."),
            (f"According to the form, {who}'s {trait} is {old}.",
             f"According to the form, {who}'s {trait} is {new}."),
            (f"{who} changed the {trait} from {old} to {new}.",
             f"{who} changed the {trait} from {new} to {old}."),
        )
    )  # fmt: skip


def case(said: Said, dice: Dice) -> Pair:
    told = said.render()
    return told, dice.one((told.lower(), told.upper(), told.lower()[:-1]))


def punctuation(said: Said, dice: Dice) -> Pair:
    told = said.render()
    bare = told[:-1]
    return told, dice.one(
        (bare, f"{bare}!", f'"{told}"', f"{bare} .", told.replace(" ", "  "), f"“{told}”")
    )


def order(said: Said, dice: Dice) -> Pair | None:
    tail = said.part(said.frame.tail)
    first = tail.split(" ")[0]
    if first not in (
        "every",
        "on",
        "in",
        "at",
        "before",
        "after",
        "until",
        "since",
        "for",
        "during",
    ):
        return None
    front = f"{tail[0].upper()}{tail[1:]}"
    comma = dice.one((",", ""))
    rest = said.render()[: -len(tail) - 2]
    return said.render(), f"{front}{comma} {rest}."


def contraction(said: Said, dice: Dice) -> Pair:
    base = said.verb(0)
    long, short = dice.one(
        ((f"does not {base}", f"doesn't {base}"), (f"did not {base}", f"didn't {base}"),
         (f"will not {base}", f"won't {base}"), (f"cannot {base}", f"can't {base}"),
         (f"has not {said.verb(3)}", f"hasn't {said.verb(3)}"),
         (f"should not {base}", f"shouldn't {base}"), (f"would not {base}", f"wouldn't {base}"))
    )  # fmt: skip
    return said.render(long), said.render(short)


def number_form(said: Said, dice: Dice) -> Pair | None:
    if not said.frame.has("n"):
        return None
    value = 2 + dice.below(19)
    return said.having(n=str(value)).render(), said.having(n=WORDS[value - 2]).render()


def date_form(said: Said, dice: Dice) -> Pair | None:
    if said.frame.has("date"):
        day, month = said.slots["date"].split(" ")
        then = dice.one(
            (f"{month} {day}", f"the {day}{_ending(int(day))} of {month}", f"{day} {month[:3]}")
        )
        return said.render(), said.having(date=then).render()
    if said.frame.has("time"):
        hour, half = said.slots["time"].split(" ")
        clock = f"{int(hour) + (12 if half == 'pm' else 0):02}:00"
        then = dice.one((f"{hour}:00 {half}", f"{hour}{half}", clock, f"{hour} {half[0]}.m."))
        return said.render(), said.having(time=then).render()
    return None


def _ending(day: int) -> str:
    return {1: "st", 2: "nd", 3: "rd", 21: "st", 22: "nd", 23: "rd"}.get(day, "th")


def unit_form(said: Said, _dice: Dice) -> Pair | None:
    for slot in UNITS:
        value, _, now = said.slots[slot].partition(" ")
        if said.frame.has(slot) and now in LONG:
            return said.render(), said.having(**{slot: f"{value} {LONG[now]}"}).render()
    return None


def synonym(said: Said, _dice: Dice) -> Pair | None:
    return (said.render(), said.render(said.verb(4))) if len(said.frame.verbs) > 4 else None


def passive(said: Said, _dice: Dice) -> Pair | None:
    what, tail = said.part(said.frame.object), said.part(said.frame.tail)
    if not what.startswith("the ") or " to " in what:
        return None
    told = f"The {what[4:]} was {said.verb(3)} by {said.slots['name']} {tail}."
    return said.render(said.verb(2)), told


def filler(said: Said, dice: Dice) -> Pair:
    return said.render(), f"{dice.one(ASIDES)} {said.render()}"


Make = Callable[[Said, Dice], Pair | None]
APART: tuple[Make, ...] = (
    number, date, name, negation, unit, place, modality, tense, condition, swap, attribute,
    contradiction, update,
)  # fmt: skip
SAME: tuple[Make, ...] = (
    case, punctuation, order, contraction, number_form, date_form, unit_form, synonym, passive,
    filler,
)  # fmt: skip


def generated(make: Make, label: str, wanted: int) -> Iterator[dict[str, str]]:
    """Yield pairs of a class, going round the frames in a shuffled order."""
    kind = make.__name__
    seen: set[Pair] = set()
    for step in range(60 * wanted):
        if len(seen) == wanted:
            return
        places = stream(SEED, kind, "order", step // len(FRAMES)).order(len(FRAMES))
        frame = FRAMES[int(places[step % len(FRAMES)])]
        dice = Dice(stream(SEED, kind, step))
        pair = make(filled(frame, dice), dice)
        if pair is None or pair[0] == pair[1] or pair in seen:
            continue
        seen.add(pair)
        yield {"class": kind, "label": label, "source": "frames", "domain": frame.domain,
               "one": pair[0], "other": pair[1]}  # fmt: skip
    raise SystemExit(f"only {len(seen)} pairs of {kind}")


def by_hand() -> Iterator[dict[str, str]]:
    for name_, label in (("hand_apart.txt", "apart"), ("hand_same.txt", "same")):
        for kind, one, other in lines(name_):
            yield {"class": kind, "label": label, "source": "hand", "domain": "", "one": one,
                   "other": other}  # fmt: skip


def main() -> None:
    """Write every pair with its id and its half: even places choose, odd places are held."""
    rows = list(by_hand())
    for make in APART:
        rows += generated(make, "apart", APART_EACH)
    for make in SAME:
        rows += generated(make, "same", SAME_EACH)
    count: dict[str, int] = {}
    TARGET.parent.mkdir(exist_ok=True)
    with TARGET.open("w", encoding="utf-8") as out:
        for row in rows:
            place_ = count[row["class"]] = count.get(row["class"], 0) + 1
            half = ("held", "choose")[place_ % 2]
            line = {"id": f"{row['class']}-{place_:03}", "half": half, **row}
            out.write(json.dumps(line, ensure_ascii=False) + "\n")
    print(f"{len(rows)} pairs in {TARGET}")


if __name__ == "__main__":
    main()
