"""Interleaving with a language model: read what was found, ask for what is missing, look again.

The model-led form of Memory Interleave (arXiv 2603.23516). The form without a model is a stage of
the pipeline and always runs; this one runs when a model is configured and a search asks for two
rounds or more.
"""

from collections.abc import Sequence

from memory_os.domain.operations.common import Limits
from memory_os.kernel.found import Found
from memory_os.kernel.prompts import INTERLEAVE_SYSTEM
from memory_os.ports.language_model import LanguageModel

SHOWN = 8
LATER = 0.9
"""A hit of a later round counts this share of its score: the question itself stays in front."""


def next_query(model: LanguageModel, question: str, found: Sequence[Found]) -> str | None:
    """Return what to look up next, nothing when the model has what it needs.

    Raises:
        ModelFailed: the model failed.
    """
    shown = "\n".join(f"- {item.passage}" for item in found[:SHOWN])
    answer = model.complete(INTERLEAVE_SYSTEM, f"Question: {question}\nFound:\n{shown}").text
    line = answer.strip().splitlines()[0].strip() if answer.strip() else ""
    if not line or line.rstrip(".!").upper() == "DONE":
        return None
    return line[: Limits.QUERY_CHARS]


def merged(first: Sequence[Found], later: Sequence[Found], top_k: int) -> list[Found]:
    """Return the best ``top_k`` cubes of two rounds, each cube once with its better score."""
    best: dict[str, tuple[float, Found]] = {}
    for share, found in ((1.0, first), (LATER, later)):
        for item in found:
            score = item.ranked.score * share
            held = best.get(item.cube.id)
            if held is None or score > held[0]:
                best[item.cube.id] = (score, item.rescored(score))
    ranked = sorted(best.values(), key=lambda pair: -pair[0])
    return [item for _, item in ranked[:top_k]]
