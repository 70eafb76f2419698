"""BEAM: chats of a user and an assistant, with probing questions of ten abilities.

One folder a chat. ``chat_trunecated.json`` (so spelt by the authors) is the chat that their own
loader uses when it is there; it is a prefix of ``chat.json``, and ids keep their meaning. Messages
end in an authoring mark, ``->-> batch,index``, which tells where a question was planted: it is cut
from what is stored in a memory.
"""

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from pydantic import BaseModel, TypeAdapter

from memory_os_evals.errors import BadData, MissingData
from memory_os_evals.recall.files import Source, checked, read_json
from memory_os_evals.shape import Bank, Dataset, Item, Question

TRUNCATED = "chat_trunecated.json"
WHOLE = "chat.json"
QUESTIONS = "probing_questions/probing_questions.json"
_DEPTHS = ("", "*", "*/*", "*/*/*")
_MARK = re.compile(r"\s*->->[\s\d,]*(?:N/A)?[\s)]*\Z")
_DATE = "%B-%d-%Y"


class _Message(BaseModel):
    id: int
    role: str
    content: str
    time_anchor: str | None = None


class _Batch(BaseModel):
    batch_number: int
    turns: list[list[_Message]]


class _Question(BaseModel):
    question: str
    source_chat_ids: object = None


_CHAT = TypeAdapter(list[_Batch])
_PROBES = TypeAdapter(dict[str, list[_Question]])


def load(data: Path) -> Dataset:
    """Return the chats under the folder ``data``, which is one chat or holds chats."""
    banks: list[Bank] = []
    questions: list[Question] = []
    sources: list[Source] = []
    dropped = 0
    for folder in chat_folders(data):
        chat, probes = _read(folder, _chat_file(folder) or WHOLE), _read(folder, QUESTIONS)
        bank = _bank(folder.name, checked(_CHAT, chat.value, chat.file.name), chat.file.name)
        known = {item.id for item in bank.items}
        for ability, rows in checked(_PROBES, probes.value, probes.file.name).items():
            for number, row in enumerate(rows):
                where = f"{probes.file.name}: {ability}.{number}.source_chat_ids"
                named = set(_ids(row.source_chat_ids, where))
                dropped += len(named - known)
                name = f"{bank.id}-{ability}-{number}"
                gold = frozenset(named & known)
                questions.append(Question(name, bank.id, row.question, gold, ability, bank.id))
        banks.append(bank)
        sources += (chat, probes)
    return Dataset(
        suite="beam",
        unit="message",
        banks=tuple(banks),
        questions=tuple(questions),
        files=tuple(source.file for source in sources),
        dropped_evidence=dropped,
    )


def chat_folders(data: Path) -> list[Path]:
    """Return the chat folders at the first depth under ``data`` that has any, by number or name."""
    if not data.is_dir():
        raise MissingData(f"there is no folder {str(data)!r}; name a chat folder or one with chats")
    for pattern in _DEPTHS:
        below = data.glob(pattern) if pattern else (data,)
        found = [folder for folder in below if _chat_file(folder)]
        parents = sorted({str(folder.parent) for folder in found})
        if len(parents) > 1:
            names = ", ".join(parents)
            raise MissingData(f"{str(data)!r} holds several sets, name one of: {names}")
        if found:
            return sorted(found, key=_folder_order)
    raise MissingData(f"no folder with {WHOLE} or {TRUNCATED} under {str(data)!r}")


def _folder_order(folder: Path) -> tuple[int, str]:
    return (int(folder.name) if folder.name.isdecimal() else 0, folder.name)


def _chat_file(folder: Path) -> str | None:
    return next((name for name in (TRUNCATED, WHOLE) if (folder / name).is_file()), None)


def _read(folder: Path, file: str) -> Source:
    return read_json(folder / file, name=f"{folder.name}/{file}")


def _bank(chat: str, batches: list[_Batch], file: str) -> Bank:
    """Number the batches as sessions; a message is dated by the last anchor of its batch."""
    items: dict[str, Item] = {}
    for batch in batches:
        at: datetime | None = None
        for message in (message for turn in batch.turns for message in turn):
            at = _moment(message.time_anchor, f"{file}: message {message.id}") or at
            item = _item(message, f"batch_{batch.batch_number}", at)
            if item.id in items:
                raise BadData(f"{file}: two messages have the id {item.id}")
            items[item.id] = item
    return Bank(chat, tuple(items.values()))


def _item(message: _Message, session: str, at: datetime | None) -> Item:
    return Item(
        id=str(message.id),
        text=_MARK.sub("", message.content),
        role=message.role,
        session=session,
        at=at,
        stored=message.content,
    )


def _ids(written: object, where: str) -> Iterator[str]:
    """Yield the ids in a list, a nested list or a dict of lists; nothing for null or empty."""
    if isinstance(written, bool):
        raise BadData(f"{where}: {written!r} is not a message id")
    if isinstance(written, int):
        yield str(written)
    elif isinstance(written, dict | list):
        for part in written.values() if isinstance(written, dict) else written:
            yield from _ids(part, where)
    elif written is not None:
        raise BadData(f"{where}: {written!r} is not a message id")


def _moment(written: str | None, where: str) -> datetime | None:
    if written is None:
        return None
    try:
        return datetime.strptime(written, _DATE).replace(tzinfo=UTC)
    except ValueError as error:
        raise BadData(f"{where}: time_anchor {written!r} is not like March-15-2024") from error
