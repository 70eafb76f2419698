"""LoCoMo: very long conversations of two people, with questions about them (arXiv 2402.17753).

One bank a conversation. Evidence ids are written in several broken ways (two in one string, a stray
colon, leading zeros, a bare letter); every ``D``, number, number in the string is taken, and those
that then name no turn are dropped and counted. Category 5 (adversarial) is kept apart: its
questions have no answer in the conversation.
"""

import re
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

from pydantic import BaseModel, TypeAdapter

from memory_os_evals.errors import BadData
from memory_os_evals.recall.files import checked, find_file, read_json
from memory_os_evals.shape import Bank, Dataset, Item, Question

CATEGORIES = {4: "single-hop", 1: "multi-hop", 2: "temporal", 3: "open-domain", 5: "adversarial"}
_SESSION = re.compile(r"session_(\d+)")
_TURN_ID = re.compile(r"D:?(\d+):(\d+)")
_DATE = "%I:%M %p on %d %B, %Y"


class _Turn(BaseModel):
    dia_id: str
    speaker: str
    text: str = ""
    blip_caption: str | None = None


class _Question(BaseModel):
    question: str
    category: int
    evidence: list[str] | None = None


class _Sample(BaseModel):
    sample_id: str
    conversation: dict[str, object]
    qa: list[_Question]


_SAMPLES = TypeAdapter(list[_Sample])
_TURNS = TypeAdapter(list[_Turn])


def load(data: Path) -> Dataset:
    """Return the set in the file ``data`` (``locomo10.json`` or a part of it), by turn."""
    source = read_json(find_file(data, prefix="locomo"))
    samples = checked(_SAMPLES, source.value, source.file.name)
    banks = tuple(_bank(sample, source.file.name) for sample in samples)
    questions: list[Question] = []
    dropped = 0
    for sample, bank in zip(samples, banks, strict=True):
        known = {item.id for item in bank.items}
        for number, row in enumerate(sample.qa):
            named = list(_evidence(row.evidence or ()))
            gold = frozenset(named) & known
            dropped += len(set(named) - known)
            questions.append(_question(sample.sample_id, number, row, gold))
    undated = {(bank.id, item.session) for bank in banks for item in bank.items if not item.at}
    return Dataset(
        suite="locomo",
        unit="turn",
        banks=banks,
        questions=tuple(questions),
        files=(source.file,),
        dropped_evidence=dropped,
        defects={"sessions without a readable date": len(undated)},
    )


def _bank(sample: _Sample, file: str) -> Bank:
    items: dict[str, Item] = {}
    names = (_SESSION.fullmatch(key) for key in sample.conversation)
    for number in sorted(int(name[1]) for name in names if name):
        name = f"session_{number}"
        where = f"{file}: {sample.sample_id}.{name}"
        at = _moment(sample.conversation.get(f"{name}_date_time"))
        for turn in checked(_TURNS, sample.conversation[name], where):
            item = _item(turn, name, at)
            if item.id in items:
                raise BadData(f"{where}: two turns have the id {item.id!r}")
            items[item.id] = item
    if not items:
        raise BadData(f"{file}: {sample.sample_id}: the conversation has no session_<number>")
    return Bank(sample.sample_id, tuple(items.values()))


def _item(turn: _Turn, session: str, at: datetime | None) -> Item:
    return Item(
        id=next(_evidence((turn.dia_id,)), turn.dia_id),
        text=f"{turn.text} {turn.blip_caption or ''}".strip(),
        speaker=turn.speaker,
        role="user",
        session=session,
        at=at,
    )


def _evidence(written: Sequence[str]) -> Iterator[str]:
    """Yield the canonical ids in ``written``; a string that holds none is yielded as it stands."""
    for text in written:
        found = _TURN_ID.findall(text)
        yield from (f"D{int(session)}:{int(turn)}" for session, turn in found)
        if not found:
            yield text


def _question(sample: str, number: int, row: _Question, gold: frozenset[str]) -> Question:
    if row.category not in CATEGORIES:
        raise BadData(f"{sample}.qa.{number}: category {row.category} is not one of 1 to 5")
    name = CATEGORIES[row.category]
    return Question(f"{sample}-q{number}", sample, row.question, gold, name, cluster=sample)


def _moment(written: object) -> datetime | None:
    """Return a time such as ``9:05 am on 3 May, 2023``, taken as UTC; None if it is not one."""
    if not isinstance(written, str):
        return None
    try:
        return datetime.strptime(written.strip(), _DATE).replace(tzinfo=UTC)
    except ValueError:
        return None
