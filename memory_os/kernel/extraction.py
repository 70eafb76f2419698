"""Taking facts out of raw text with the configured language model, each with its source."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Annotated

from pydantic import BaseModel, Field, TypeAdapter, ValidationError

from memory_os.domain.cube import Evidence, Parent
from memory_os.domain.payload import Fact, text_of
from memory_os.domain.vocabulary import Trust
from memory_os.errors import ModelFailed, NotSupported
from memory_os.kernel.forming import Draft
from memory_os.kernel.prompts import EXTRACT, EXTRACT_REPAIR, EXTRACT_SYSTEM
from memory_os.policies.redaction import Redacted
from memory_os.ports.language_model import LanguageModel
from memory_os.retrieval.analyze import analyze

_MAX_FACTS = 200


class _Found(BaseModel):
    fact: str = Field(min_length=1, max_length=4_000)
    quote: str = ""
    item: int = 1
    subject: str | None = None
    predicate: str | None = None
    object: str | None = None


_Words = Annotated[str, Field(min_length=1, max_length=4_000)]
"""A fact alone, as in mem0's ``{"facts": ["…"]}``."""

_FOUND = TypeAdapter(list[_Found | _Words])


@dataclass(frozen=True, slots=True)
class Contributor:
    """The version of a cube that holds a raw text, its trust, and labels that pass on."""

    cube_id: str
    version: int
    trust: Trust
    labels: tuple[str, ...] = ()


def extract(
    model: LanguageModel | None,
    raw: Sequence[Draft],
    stored: Sequence[Contributor],
    shown: Callable[[str], Redacted] = Redacted,
) -> Iterator[Draft]:
    """Yield a draft for each fact that ``model`` finds in ``raw``, evidence attached.

    The model reads the texts as ``shown`` gives them; evidence points into what is stored. Each
    fact is derived from one of the ``stored`` raw texts and no more trusted than it.

    A quote that is not in its text is dropped as evidence, and the fact with it: nothing is
    stored that the text does not say. A fact without a quote has for its source the whole text
    that it shares the most words with, and is dropped if it shares none.

    Raises:
        NotSupported: no model is configured.
        ModelFailed: the model did not give usable JSON, twice.
    """
    if model is None:
        raise NotSupported(
            "infer=True needs a language model: connect(..., language_model=any LangChain chat "
            "model), or store verbatim with infer=False",
            field="infer",
        )
    texts = [shown(text_of(draft.payload)) for draft in raw]
    prompt = "\n\n".join(f"[{number}] {each.text}" for number, each in enumerate(texts, 1))
    for said in _ask(model, prompt)[:_MAX_FACTS]:
        found = _sourced(said, [each.text for each in texts]) if isinstance(said, str) else said
        if not 1 <= found.item <= len(texts):
            continue
        text, draft = texts[found.item - 1], raw[found.item - 1]
        start = text.text.find(found.quote) if found.quote else -1
        if start < 0:
            continue
        source = stored[found.item - 1]
        span = (text.original(start), text.original_end(start + len(found.quote)))
        evidence = Evidence(f"memory:{source.cube_id}", draft.external_id, span)
        payload = Fact(found.fact, found.subject, found.predicate, found.object)
        yield Draft(
            payload,
            draft.request,
            role=draft.role,
            parents=(Parent(source.cube_id, source.version, "extract"),),
            evidence=(evidence,),
            extractor=f"{model.name} {EXTRACT}",
            derived_trust=source.trust,
            labels=source.labels,
        )


def _sourced(fact: str, texts: Sequence[str]) -> _Found:
    """Return a fact with the text that it shares the most words with as its quote."""
    shared = [len(set(analyze(fact)) & set(analyze(text))) for text in texts]
    best = max(range(len(texts)), key=shared.__getitem__)
    return _Found(fact=fact, quote=texts[best] if shared[best] else "", item=best + 1)


def _ask(model: LanguageModel, prompt: str) -> list[_Found | str]:
    answer = model.complete(EXTRACT_SYSTEM, prompt).text
    try:
        return _FOUND.validate_json(_array(answer))
    except ValidationError as error:
        first = error.errors()[0]["msg"]
    again = f"{prompt}\n\n{EXTRACT_REPAIR.format(error=first)}"
    answer = model.complete(EXTRACT_SYSTEM, again).text
    try:
        return _FOUND.validate_json(_array(answer))
    except ValidationError as error:
        raise ModelFailed(
            f"{model.name} gave no usable JSON for extraction, twice; store with infer=False"
        ) from error


def _array(answer: str) -> str:
    start, end = answer.find("["), answer.rfind("]")
    return answer[start : end + 1] if 0 <= start < end else answer
