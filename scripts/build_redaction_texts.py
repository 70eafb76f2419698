"""Write the labelled texts of the redaction suite: by hand, and from seeded frames.

A mark ``<<kind:value>>`` is a span that must be found. The same texts come out every time.
"""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from random import Random

HERE = Path(__file__).parent / "redaction_texts"
TARGET = Path(__file__).parents[1] / "evals/memory_os_evals/redaction/texts.jsonl"
MARK = re.compile(r"<<(\w+):(.*?)>>")
SEED, EACH = 20_260, 36
PEOPLE = ("ada", "teo", "ines", "okafor", "jan", "mirela", "sato", "luc", "noor", "pia")
PLACES = ("harbour", "lakes", "north", "kade", "posta", "beispiel", "quay", "fjord")
FRAMES = {
    "email": (
        "Write to {} by Friday.",
        "{} is the contact for the boats",
        "Her login is {} since May.",
        "From: {}",
    ),
    "phone": (
        "Call {} about the keys.",
        "Tel: {}",
        "His mobile, {}, is off.",
        "The desk can be reached by phone on {}.",
    ),
    "ip": ("The server {} is down.", "Request from {} refused", "Connect to {} first.", "host={}"),
    "card": (
        "Card {} expires in May.",
        "Please charge {}.",
        "The credit card is {}, not the other one.",
        "pan={}",
    ),
    "iban": ("Transfer to {} today.", "IBAN: {}", "The account {} is hers.", "{} (landlord)"),
    "ssn": ("SSN {} on the form", "Her social security number is {}.", "{} is his SSN.", "ssn: {}"),
    "secret": ("key {} leaked", "Use {} for now.", "export TOKEN={}", "It printed {} in the log."),
}
PLAIN_FRAMES = (
    "Order {order} is packed.",
    "Invoice no. {invoice} is due.",
    "Commit {sha1} broke it.",
    "The file has sha256 {sha256}.",
    "Version {version} is out.",
    "On {date} at {time} it rained.",
    "Build {uuid} passed.",
    "Ref {ref} in every letter, please.",
    "The measurement gave {float}.",
    "Tracking {tracking} says Tuesday.",
)


def main() -> None:
    """Write the file."""
    rows = list(_rows())
    lines = [json.dumps(row, ensure_ascii=False) for row in rows]
    TARGET.write_text("\n".join(lines) + "\n", encoding="utf-8")


def _rows() -> Iterator[dict[str, object]]:
    chance = Random(SEED)
    for line in _lines("marked.txt"):
        yield _row("marked", line, hand=True)
    for kind, frames in FRAMES.items():
        for number in range(EACH):
            mark = f"<<{kind}:{_value(kind, chance)}>>"
            yield _row("marked", frames[number % len(frames)].format(mark), hand=False)
    for line in _lines("plain.txt"):
        yield _row("plain", line, hand=True)
    for number in range(220):
        frame = PLAIN_FRAMES[number % len(PLAIN_FRAMES)]
        yield _row("plain", frame.format(**_numbers(chance)), hand=False)
    for name in ("attack", "innocent"):
        for line in _lines({"attack": "attacks.txt"}.get(name, "innocent.txt")):
            yield {"group": name, "hand": True, "text": line.replace("\\n", "\n"), "spans": []}


def _lines(name: str) -> list[str]:
    return (HERE / name).read_text(encoding="utf-8").splitlines()


def _row(group: str, marked: str, *, hand: bool) -> dict[str, object]:
    text, spans = "", []
    last = 0
    for match in MARK.finditer(marked):
        text += marked[last : match.start()]
        spans.append([match[1], len(text), len(text) + len(match[2])])
        text += match[2]
        last = match.end()
    return {"group": group, "hand": hand, "text": text + marked[last:], "spans": spans}


def _value(kind: str, chance: Random) -> str:
    makers = {
        "email": _email,
        "phone": _phone,
        "ip": _ip,
        "card": _card,
        "iban": _iban,
        "ssn": _ssn,
        "secret": _secret,
    }
    return makers[kind](chance)


def _email(chance: Random) -> str:
    joint = chance.choice((".", "-", "_", ""))
    who = f"{chance.choice(PEOPLE)}{joint}{chance.choice(PEOPLE)}{chance.choice(('', '7', '+x'))}"
    return f"{who}@{chance.choice(PLACES)}.{chance.choice(('example', 'org', 'co.uk', 'io'))}"


def _phone(chance: Random) -> str:
    area = f"{chance.choice('2345678')}{chance.choice('02345678')}{chance.choice('023456789')}"
    last = f"{chance.randrange(10_000):04d}"
    ways = (
        f"({area}) 555-{last}",
        f"{area}-555-{last}",
        f"+1 {area} 555 {last}",
        f"+44 20 {chance.randrange(7000, 8999)} {last}",
        f"+49 {chance.randrange(30, 99)} {chance.randrange(10**6, 10**7)}",
        f"0{chance.randrange(20, 99)} {chance.randrange(1000, 9999)} {last}",
        f"+{chance.choice((33, 34, 39, 41))}{chance.randrange(10**8, 10**9)}",
    )
    return chance.choice(ways)


def _ip(chance: Random) -> str:
    if chance.random() < 0.25:
        return ":".join(f"{chance.randrange(1, 65_536):x}" for _ in range(8))
    return ".".join(str(chance.randrange(20, 224)) for _ in range(4))


def _card(chance: Random) -> str:
    digits = chance.choice(("4", "51", "55", "6011")) + "".join(
        chance.choice("0123456789") for _ in range(14)
    )
    digits = digits[:15]
    total = sum(
        int(digit) if place % 2 else sum(divmod(2 * int(digit), 10))
        for place, digit in enumerate(digits)
    )
    digits += str(-total % 10)
    joint = chance.choice((" ", "-", ""))
    return joint.join(digits[at : at + 4] for at in range(0, 16, 4))


def _iban(chance: Random) -> str:
    country, size = chance.choice((("DE", 18), ("ES", 20), ("AT", 16), ("PL", 24), ("DK", 14)))
    account = "".join(chance.choice("0123456789") for _ in range(size))
    turned = "".join(str(int(char, 36)) for char in f"{account}{country}00")
    whole = f"{country}{98 - int(turned) % 97:02d}{account}"
    return whole if chance.random() < 0.5 else re.sub(r"(.{4})(?=.)", r"\1 ", whole)


def _ssn(chance: Random) -> str:
    area = chance.choice([number for number in range(1, 899) if number != 666])
    return f"{area:03d}-{chance.randrange(1, 100):02d}-{chance.randrange(1, 10_000):04d}"


def _secret(chance: Random) -> str:
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"

    def some(size: int, among: str = letters) -> str:
        return "".join(chance.choice(among) for _ in range(size))

    ways = (
        f"AKIA{some(16, letters[:26] + '234567')}",
        f"ghp_{some(36)}",
        f"sk-{some(40)}",
        f"xoxb-{some(12, '0123456789')}-{some(24)}",
        f"glpat-{some(20)}",
        f"sk_live_{some(24)}",
        some(32),
        some(44),
    )
    return chance.choice(ways)


def _numbers(chance: Random) -> dict[str, str]:
    def digits(size: int) -> str:
        return "".join(chance.choice("0123456789") for _ in range(size))

    def hexes(size: int) -> str:
        return "".join(chance.choice("0123456789abcdef") for _ in range(size))

    uuid = "-".join(map(hexes, (8, 4, 4, 4, 12)))
    return {
        "order": f"{digits(3)}-{digits(7)}-{digits(7)}",
        "invoice": f"{chance.randrange(2019, 2027)}-{digits(6)}",
        "sha1": hexes(40),
        "sha256": hexes(64),
        "version": ".".join(str(chance.randrange(60)) for _ in range(4)),
        "date": f"{chance.randrange(1, 29):02d}/{chance.randrange(1, 13):02d}/2024",
        "time": f"{chance.randrange(24):02d}:{chance.randrange(60):02d}:{chance.randrange(60):02d}",
        "uuid": uuid,
        "ref": f"{digits(4)} {digits(4)} {digits(4)} {digits(4)}",
        "float": f"{chance.randrange(100)}.{digits(14)}",
        "tracking": f"1Z{digits(16)}",
    }


if __name__ == "__main__":
    main()
