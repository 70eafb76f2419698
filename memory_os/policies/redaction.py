"""Redaction: find secrets and personal data in a text, and put placeholders in their place.

Pure and without a model. What is found is as good as its patterns; ``docs/admission.md`` prints
how good that is.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from memory_os.policies.credentials import secrets
from memory_os.policies.finding import Found, Kind
from memory_os.policies.personal import addresses, hosts, numbers

POLICY = "redaction-1"
"""Names these patterns; it changes whenever the same text would be found out differently."""

TAG = 6
PLACEHOLDER = re.compile(
    rf"\[(?:{'|'.join(kind.value.upper() for kind in Kind)})_[A-Z2-7]{{{TAG}}}\]"
)
_DIGIT = re.compile(r"[0-9]")
_DIGITS = re.compile(r"[0-9](?:[^\n]{0,2}[0-9]){6}")
_ORDER = {kind: place for place, kind in enumerate((Kind.SECRET, Kind.IBAN, Kind.CARD, Kind.SSN))}

Namer = Callable[[Kind, str], str]
"""From what was found and its text to its placeholder; equal texts get equal ones."""


@dataclass(frozen=True, slots=True)
class Edit:
    """A found span of the original text, and where its placeholder begins in the new one."""

    found: Found
    at: int
    placeholder: str


@dataclass(frozen=True, slots=True)
class Redacted:
    """A text with placeholders; ``edits`` are in order, spans in the original text."""

    text: str
    edits: tuple[Edit, ...] = ()

    def original(self, place: int) -> int:
        """Return where the character at ``place`` of the new text was in the original one.

        Inside a placeholder it is the start of what was there.
        """
        moved = 0
        for edit in self.edits:
            if place < edit.at:
                break
            end = edit.at + len(edit.placeholder)
            if place < end:
                return edit.found.start
            moved = edit.found.end - end
        return place + moved

    def original_end(self, place: int) -> int:
        """Return the end in the original text of what ends before ``place`` in the new one.

        Inside a placeholder it is the end of what was there.
        """
        for edit in self.edits:
            if edit.at < place <= edit.at + len(edit.placeholder):
                return edit.found.end
        return self.original(place)


def scan(text: str) -> tuple[Found, ...]:
    """Return what is found in ``text``, in order and without overlap; placeholders are passed by.

    Where two overlap, a secret counts before a number that a checksum vouches for, and that before
    the rest; else the longer one.
    """
    if "[" not in text or PLACEHOLDER.search(text) is None:
        return _clean(text)
    return tuple(found for gap in _gaps(text, ()) for found in _within(text, *gap))


def redact(text: str, found: tuple[Found, ...], hidden: frozenset[Kind], name: Namer) -> Redacted:
    """Return ``text`` with every one of ``found`` that is of a ``hidden`` kind replaced.

    What remains is scanned again, as a cut may bare another: nothing of a hidden kind is left.
    """
    cuts = [each for each in found if each.kind in hidden]
    if not cuts:
        return Redacted(text)
    fresh = cuts
    while fresh:
        fresh = [
            each for gap in _gaps(text, cuts) for each in _within(text, *gap) if each.kind in hidden
        ]
        cuts += fresh
    edits: list[Edit] = []
    parts: list[str] = []
    at = last = 0
    for each in sorted(cuts, key=lambda cut: cut.start):
        parts.append(text[last : each.start])
        at += each.start - last
        placeholder = name(each.kind, text[each.start : each.end])
        edits.append(Edit(each, at, placeholder))
        parts.append(placeholder)
        at += len(placeholder)
        last = each.end
    parts.append(text[last:])
    return Redacted("".join(parts), tuple(edits))


def labels(found: tuple[Found, ...]) -> tuple[str, ...]:
    """Return the compliance labels of what was found, in a fixed order."""
    return tuple(sorted({each.kind.label for each in found}))


def told(counts: Mapping[str, int]) -> str:
    """Return counts by kind in words, such as ``email 2, secret 1``."""
    return ", ".join(f"{kind} {count}" for kind, count in sorted(counts.items()))


def _within(text: str, start: int, end: int) -> Iterator[Found]:
    for each in _clean(text[start:end]):
        yield Found(each.kind, each.rule, each.start + start, each.end + start)


def _gaps(text: str, cuts: list[Found] | tuple[()]) -> Iterator[tuple[int, int]]:
    """Yield the spans between cuts and placeholders."""
    spans = [match.span() for match in PLACEHOLDER.finditer(text)]
    spans += [(cut.start, cut.end) for cut in cuts]
    last = 0
    for start, end in sorted(spans):
        if start > last:
            yield last, start
        last = max(last, end)
    if last < len(text):
        yield last, len(text)


def _clean(text: str) -> tuple[Found, ...]:
    """Return what is found in a text without placeholders."""
    found = list(secrets(text, text.lower()))
    if "@" in text:
        found += addresses(text)
    if _DIGIT.search(text) is not None and (
        text.count(".") > 2 or _DIGITS.search(text) is not None
    ):
        found += numbers(text)
    if text.count(":") > 1:
        found += hosts(text)
    return _apart(found) if found else ()


def _apart(found: list[Found]) -> tuple[Found, ...]:
    kept: list[Found] = []
    for each in sorted(found, key=lambda f: (_ORDER.get(f.kind, 9), f.start - f.end, f.start)):
        if all(each.end <= other.start or other.end <= each.start for other in kept):
            kept.append(each)
    return tuple(sorted(kept, key=lambda f: f.start))
