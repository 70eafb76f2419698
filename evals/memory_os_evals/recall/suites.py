"""The recall suites by name: what each reads, by which unit, and what its headline covers."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from memory_os_evals.errors import EvaluationError, unknown
from memory_os_evals.recall import beam, hotpotqa, locomo, musique
from memory_os_evals.recall.sessions import by_session
from memory_os_evals.shape import Dataset


@dataclass(frozen=True, slots=True)
class Suite:
    """A named, versioned set with one scoring; a change that can change a score raises the version.

    ``apart`` names categories that are scored but never part of the headline; ``numbers`` maps
    the numbers by which a data set calls its categories to their names.
    """

    name: str
    load: Callable[[Path, Path | None], Dataset]
    about: str
    data: str
    source: str
    licence: str
    units: tuple[str, ...]
    has_corpus: bool = False
    apart: frozenset[str] = frozenset()
    numbers: Mapping[int, str] = field(default_factory=dict)
    version: int = 1

    def read(self, data: Path, corpus: Path | None, unit: str) -> Dataset:
        """Return the data set by ``unit``; refuse a corpus where the suite has none."""
        if corpus is not None and not self.has_corpus:
            raise EvaluationError(f"{self.name} has no corpus beside its data; leave --corpus out")
        dataset = self.load(data, corpus)
        return by_session(dataset) if unit == "session" else dataset

    def ordered(self, categories: Iterable[str]) -> list[str]:
        """Return the categories in the data set's own order, else by name."""
        own = list(self.numbers.values())
        return sorted(categories, key=lambda name: (own.index(name) if name in own else 0, name))

    def category(self, asked: str, known: Sequence[str]) -> str:
        """Return the name of the category that was asked for by name or by number."""
        named = self.numbers.get(int(asked), asked) if asked.isdecimal() else asked
        if named not in known:
            raise unknown("category", asked, known)
        return named


SUITES: Mapping[str, Suite] = {
    suite.name: suite
    for suite in (
        Suite(
            "locomo",
            lambda data, _: locomo.load(data),
            about="very long conversations of two people",
            data="locomo10.json, or a part of it",
            source="github.com/snap-research/locomo",
            licence="CC BY-NC 4.0",
            units=("turn", "session"),
            apart=frozenset({"adversarial"}),
            numbers=locomo.CATEGORIES,
        ),
        Suite(
            "hotpotqa",
            hotpotqa.load,
            about="questions that need two passages",
            data="hotpotqa*.json, beside it hotpotqa*_corpus.json",
            source="github.com/OSU-NLP-Group/HippoRAG (sample), hotpotqa.github.io",
            licence="CC BY-SA 4.0",
            units=("passage",),
            has_corpus=True,
        ),
        Suite(
            "musique",
            musique.load,
            about="questions that need two to four passages joined",
            data="musique*.json, beside it musique*_corpus.json",
            source="github.com/OSU-NLP-Group/HippoRAG (sample), github.com/StonyBrookNLP/musique",
            licence="CC BY 4.0",
            units=("passage",),
            has_corpus=True,
        ),
        Suite(
            "beam",
            lambda data, _: beam.load(data),
            about="chats with an assistant, ten abilities",
            data="a chat folder, or a folder that holds chat folders, such as chats/100K",
            source="github.com/mohammadtavakoli78/BEAM",
            licence="CC BY-SA 4.0",
            units=("message",),
        ),
    )
}


def find_suite(name: str) -> Suite:
    """Return the suite called ``name``."""
    if name not in SUITES:
        raise unknown("suite", name, SUITES)
    return SUITES[name]
