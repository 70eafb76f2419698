"""One moment of an index: every part as a reader may hold it, all of the same size."""

from dataclasses import dataclass

from memory_os_stores.faiss.dense import Dense
from memory_os_stores.recall.bounds import Bounds
from memory_os_stores.recall.dictionaries import Dictionaries
from memory_os_stores.recall.directory import Rows
from memory_os_stores.recall.kept import Kept
from memory_os_stores.sparse.matches import Postings


@dataclass(frozen=True, slots=True)
class Frame:
    """What a view reads from; replaced as a whole when changes are applied."""

    rows: Rows
    bounds: Bounds
    postings: Postings
    dense: Dense
    names: Dictionaries
    kept: Kept
