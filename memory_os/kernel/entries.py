"""From a version of a cube to index entries: what is embedded, counted and named."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from memory_os.domain.cube import Cube, Governance
from memory_os.domain.lifecycle import State, underlying
from memory_os.domain.past import HIDDEN
from memory_os.domain.payload import Document, Message, Payload, said_at, text_of
from memory_os.domain.tokens import TokenCounter
from memory_os.domain.vocabulary import Sensitivity, Visibility
from memory_os.domain.writing import KEPT, Passage
from memory_os.ports.cube_store import IndexRow
from memory_os.ports.recall_index import Chunk, Readers
from memory_os.retrieval.analyze import analyze, name_terms
from memory_os.retrieval.chunking import Cut, cut


@dataclass(frozen=True, slots=True)
class Entry:
    """The text of one passage as the index reads it."""

    cut: Cut
    embedded: str
    terms: tuple[str, ...]
    names: tuple[str, ...]


def entries(payload: Payload, limit: int, counter: TokenCounter) -> tuple[Entry, ...]:
    """Cut the payload's text and return what the index takes from each passage."""
    text = text_of(payload)
    return tuple(entry(payload, text, part) for part in cut(text, limit, counter))


def all_terms(found: Sequence[Entry]) -> tuple[str, ...]:
    """Return the terms of all passages, in order."""
    if len(found) == 1:
        return found[0].terms
    return tuple(term for item in found for term in item.terms)


def entry(payload: Payload, text: str, part: Cut) -> Entry:
    """Return what the index takes from one passage of ``text``."""
    passage = text[slice(*part.span)]
    above = " ".join(filter(None, (_title(payload), part.heading)))
    name = _speaker(payload) or _title(payload)
    names = name_terms(name) if name else ()
    embedded = f"{above} {passage}" if above else passage
    said = analyze(passage)
    terms = (*names, *analyze(part.heading), *said) if above or names else said
    return Entry(part, embedded, terms, names)


def passages(found: Sequence[Entry], vectors: NDArray[np.float32]) -> tuple[Passage, ...]:
    """Join entries with their vectors into what the store keeps."""
    return tuple(
        Passage(ordinal, item.cut.span, item.cut.heading, item.cut.tokens, vector)
        for ordinal, (item, vector) in enumerate(zip(found, vectors, strict=True))
    )


def chunk(
    cube: Cube,
    item: Entry,
    *,
    number: int,
    ordinal: int,
    vector: NDArray[np.float32],
    live_from: datetime,
    live_to: datetime | None,
) -> Chunk:
    """Return the index's entry for one passage of ``cube`` as it stands."""
    version, payload = cube.version, cube.payload
    said = said_at(payload)
    return Chunk(
        number=number,
        cube_id=cube.id,
        version=version.number,
        ordinal=ordinal,
        scope=cube.scope,
        group=_group(cube),
        turn=payload.turn if isinstance(payload, Message) else 0,
        terms=item.terms,
        names=item.names,
        vector=vector,
        kind=cube.kind,
        semantic_type=version.semantic_type,
        state=underlying(cube.position),
        trust=version.trust,
        role=payload.role if isinstance(payload, Message) else "",
        private_to=owner(cube),
        at=said or version.recorded_at,
        live_from=live_from,
        live_to=live_to,
        valid_from=version.valid_from,
        valid_to=version.valid_to,
        expires_at=expiry(cube),
        branch=version.branch,
        wide=cube.governance.visibility is Visibility.TENANT,
        restricted=cube.governance.sensitivity is Sensitivity.RESTRICTED,
        held=cube.governance.state in HIDDEN,
    )


def readers(cube_id: str, governance: Governance, owner: str | None) -> Readers:
    """Return the change that tells the index who may read a cube that is governed like this."""
    return Readers(
        cube_id,
        owner,
        wide=governance.visibility is Visibility.TENANT,
        restricted=governance.sensitivity is Sensitivity.RESTRICTED,
        held=governance.state in HIDDEN,
    )


def expiry(cube: Cube) -> datetime | None:
    """Return when recall stops seeing the cube by its lifespan; a frozen cube does not expire."""
    frozen = cube.governance.state is State.FROZEN or State.FROZEN in cube.governance.resume
    return None if frozen else cube.governance.lifespan.expires_at


def stored_chunks(row: IndexRow) -> Iterator[Chunk]:
    """Yield the index's entries for a version as it is stored."""
    text = row.cube.text
    for stored in row.passages:
        passage = stored.passage
        part = Cut(passage.span, passage.heading, passage.tokens)
        yield chunk(
            row.cube,
            entry(row.cube.payload, text, part),
            number=stored.number,
            ordinal=passage.ordinal,
            vector=passage.vector,
            live_from=stored.live_from,
            live_to=stored.live_to,
        )


def fresh_chunks(
    cubes: Sequence[tuple[Cube, Sequence[Entry]]],
    vectors: NDArray[np.float32],
    first: int,
    now: datetime,
) -> list[Chunk]:
    """Return the index's entries for versions stored at ``now``, numbered from ``first`` on.

    ``vectors`` holds a row for each passage of each cube, in order. They are rounded to what the
    rows keep, so that an index built from the rows scores alike.
    """
    chunks: list[Chunk] = []
    kept = vectors.astype(KEPT).astype(np.float32)
    for cube, found in cubes:
        for ordinal, item in enumerate(found):
            place = len(chunks)
            chunks.append(
                chunk(
                    cube,
                    item,
                    number=first + place,
                    ordinal=ordinal,
                    vector=kept[place],
                    live_from=now,
                    live_to=None,
                )
            )
    return chunks


def _group(cube: Cube) -> str:
    """Name what the cube's passages stand beside: their session, else their document."""
    if cube.scope.session_id is not None and not isinstance(cube.payload, Document):
        return "s" + cube.scope.key()
    return "c" + cube.id


def _title(payload: Payload) -> str:
    return (payload.title or "") if isinstance(payload, Document) else ""


def _speaker(payload: Payload) -> str:
    return (payload.name or "") if isinstance(payload, Message) else ""


def owner(cube: Cube) -> str | None:
    """Return whose alone the cube is, besides the user of its scope; nobody's if not private."""
    if cube.governance.visibility is not Visibility.PRIVATE:
        return None
    return cube.made_by or cube.version.origin.actor
