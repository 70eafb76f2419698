"""MuSiQue: questions that need two to four passages joined (arXiv 2108.00573).

A title is not a key, so gold is matched by title and text together. The hop count is the head of a
question's id.
"""

from pathlib import Path

from pydantic import BaseModel, TypeAdapter

from memory_os_evals.recall.files import checked, find_corpus, find_file, read_json
from memory_os_evals.shape import Bank, Dataset, Item, Question


class _Paragraph(BaseModel):
    title: str
    paragraph_text: str
    is_supporting: bool


class _Question(BaseModel):
    id: str
    question: str
    paragraphs: list[_Paragraph]


class _Passage(BaseModel):
    title: str
    text: str


_QUESTIONS = TypeAdapter(list[_Question])
_CORPUS = TypeAdapter(list[_Passage])


def load(data: Path, corpus: Path | None = None) -> Dataset:
    """Return the questions in ``data`` over one bank, the ``corpus`` beside it or given."""
    data = find_file(data, prefix="musique")
    source, passages = read_json(data), read_json(find_corpus(data, corpus))
    rows = checked(_QUESTIONS, source.value, source.file.name)
    bank, places = _bank(checked(_CORPUS, passages.value, passages.file.name))
    questions: list[Question] = []
    dropped = 0
    for row in rows:
        named = {(part.title, part.paragraph_text) for part in row.paragraphs if part.is_supporting}
        gold = frozenset(places[part] for part in named if part in places)
        dropped += len(named) - len(gold)
        questions.append(Question(row.id, bank.id, row.question, gold, _hops(row.id), row.id))
    return Dataset(
        suite="musique",
        unit="passage",
        banks=(bank,),
        questions=tuple(questions),
        files=(source.file, passages.file),
        dropped_evidence=dropped,
    )


def _bank(passages: list[_Passage]) -> tuple[Bank, dict[tuple[str, str], str]]:
    places: dict[tuple[str, str], str] = {}
    items: list[Item] = []
    for number, passage in enumerate(passages):
        key = (passage.title, passage.text)
        if key not in places:
            places[key] = f"p{number}"
            items.append(Item(places[key], passage.text, title=passage.title))
    return Bank("musique", tuple(items)), places


def _hops(question_id: str) -> str:
    """Return ``3-hop`` for an id such as ``3hop1__42_7_9``."""
    head = question_id.partition("hop")[0]
    return f"{head}-hop" if head.isdecimal() else "unknown"
