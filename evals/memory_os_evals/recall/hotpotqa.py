"""HotpotQA: questions that need two Wikipedia paragraphs (arXiv 1809.09600); a title is the key."""

from pathlib import Path

from pydantic import BaseModel, Field, TypeAdapter

from memory_os_evals.recall.files import checked, find_corpus, find_file, read_json
from memory_os_evals.shape import Bank, Dataset, Item, Question


class _Question(BaseModel):
    id: str = Field(alias="_id")
    question: str
    type: str
    supporting_facts: list[tuple[str, int]]


_QUESTIONS = TypeAdapter(list[_Question])
_CORPUS = TypeAdapter(dict[str, list[str]])


def load(data: Path, corpus: Path | None = None) -> Dataset:
    """Return the questions in ``data`` over one bank, the ``corpus`` beside it or given."""
    data = find_file(data, prefix="hotpotqa")
    source, documents = read_json(data), read_json(find_corpus(data, corpus))
    rows = checked(_QUESTIONS, source.value, source.file.name)
    known = checked(_CORPUS, documents.value, documents.file.name)
    items = tuple(Item(title, " ".join(parts), title=title) for title, parts in known.items())
    questions: list[Question] = []
    dropped = 0
    for row in rows:
        named = {title for title, _ in row.supporting_facts}
        gold = frozenset(named & known.keys())
        dropped += len(named) - len(gold)
        questions.append(Question(row.id, "hotpotqa", row.question, gold, row.type, row.id))
    return Dataset(
        suite="hotpotqa",
        unit="passage",
        banks=(Bank("hotpotqa", items),),
        questions=tuple(questions),
        files=(source.file, documents.file),
        dropped_evidence=dropped,
    )
