"""A query's terms and vector, made ready for the engines."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from memory_os.ports.recall_index import Floats
from memory_os_stores.recall.frame import Frame
from memory_os_stores.sparse.matches import Wanted


@dataclass(frozen=True, slots=True)
class Asked:
    """What a query asks for; ``column`` says which distinct term each of its terms is."""

    wanted: Wanted
    column: NDArray[np.int64]
    direction: Floats | None


def asked(frame: Frame, terms: Sequence[str], vector: Floats) -> Asked:
    """Look the terms up and bring the vector to length one."""
    places: dict[str, int] = {}
    column = [places.setdefault(term, len(places)) for term in terms]
    ids = np.array([frame.names.terms.find(term) for term in places], np.int64)
    return Asked(Wanted(ids, frame.postings.terms), np.array(column, np.int64), _unit(vector))


def _unit(vector: Floats) -> Floats | None:
    """Return the vector at length one, nothing for one without a direction."""
    query = np.ascontiguousarray(vector, np.float32).ravel()
    length = float(np.sqrt(query @ query))
    return query / np.float32(length) if 0.0 < length < np.inf else None
