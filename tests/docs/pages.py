"""Read the pages of the documentation: fenced blocks, links, headings."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGES = sorted(
    [
        *ROOT.glob("*.md"),
        *(ROOT / "docs").rglob("*.md"),
        *(ROOT / "examples").glob("*.md"),
    ]
)
NAMES = [str(page.relative_to(ROOT)) for page in PAGES]
_FENCE = re.compile(
    r"^(?P<ticks>`{3,})(?P<info>[^`\n]*)\n(?P<body>.*?)^(?P=ticks)\s*$", re.MULTILINE | re.DOTALL
)
_LINK = re.compile(r"(?<!\\)!?\[[^\]]*\]\((?P<target>[^)\s]+)\)")
_HEADING = re.compile(r"^#{1,6} (?P<text>.+?)\s*$", re.MULTILINE)
_PROMPT = "$ "


@dataclass(frozen=True, slots=True)
class Block:
    """A fenced block: the first word of its info string is the language, the rest are flags."""

    page: str
    line: int
    language: str
    flags: frozenset[str]
    text: str

    @property
    def place(self) -> str:
        """Return where it stands, for messages."""
        return f"{self.page}:{self.line}"

    def commands(self) -> list[str]:
        """Return the command lines of a console block, without prompt, continuations joined."""
        joined = self.text.replace("\\\n", " ")
        lines = [line.strip() for line in joined.splitlines()]
        if self.language == "console":
            lines = [line.removeprefix(_PROMPT) for line in lines if line.startswith(_PROMPT)]
        return [line for line in lines if line and not line.startswith("#")]


def read(name: str) -> str:
    """Return the text of a page by its path from the root."""
    return (ROOT / name).read_text(encoding="utf-8")


def blocks(name: str) -> Iterator[Block]:
    """Yield the fenced blocks of a page, in order."""
    text = read(name)
    for match in _FENCE.finditer(text):
        language, *flags = match["info"].split() or [""]
        line = text.count("\n", 0, match.start()) + 2
        yield Block(name, line, language, frozenset(flags), match["body"])


def prose(name: str) -> str:
    """Return a page without its fenced blocks."""
    return _FENCE.sub("", read(name))


def links(name: str) -> list[str]:
    """Return the targets of the links and images of a page."""
    return [match["target"] for match in _LINK.finditer(re.sub(r"`[^`]*`", "", prose(name)))]


def anchors(name: str) -> set[str]:
    """Return the anchors that the headings of a page make."""
    return {_slug(match["text"]) for match in _HEADING.finditer(prose(name))}


def section(name: str, heading: str) -> str:
    """Return what stands under a heading, up to the next one of the same or a higher level."""
    text = read(name)
    match = re.search(rf"^(#+) {re.escape(heading)}\s*$", text, re.MULTILINE)
    if match is None:
        raise LookupError(f"{name} has no heading {heading!r}")
    rest = text[match.end() :]
    end = re.search(rf"^#{{1,{len(match[1])}}} ", rest, re.MULTILINE)
    return rest[: end.start()] if end else rest


def _slug(heading: str) -> str:
    plain = re.sub(r"[`*]|\[([^\]]*)\]\([^)]*\)", r"\1", heading).lower()
    return re.sub(r"[^\w\- ]", "", plain).strip().replace(" ", "-")
