"""An index as plain arrays, for a snapshot, and back."""

import json
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from memory_os_stores.faiss.dense import DenseEngine
from memory_os_stores.faiss.inverted import Inverted
from memory_os_stores.faiss.row_store import RowStore
from memory_os_stores.gate import Gate
from memory_os_stores.recall.contents import Contents
from memory_os_stores.recall.dictionaries import Dictionaries
from memory_os_stores.recall.directory import Directory
from memory_os_stores.recall.identities import Identities
from memory_os_stores.recall.labels import Labels
from memory_os_stores.recall.names import Names, joined, split
from memory_os_stores.recall.namespaces import Namespaces
from memory_os_stores.recall.past import Past
from memory_os_stores.recall.sizes import Sizes
from memory_os_stores.recall.trimming import trimmed
from memory_os_stores.sparse.forward import ForwardIndex
from memory_os_stores.sparse.segment import Segment

Packed = Mapping[str, NDArray[Any]]
_STRINGS = ("users", "agents", "sessions", "principals", "branches", "terms")
_IDENTITIES = ("groups", "cubes")
COPIED = frozenset({"lists"})
"""Arrays that ``unpack`` reads once and does not keep."""


def empty(dimensions: int, gate: Gate, sizes: Sizes) -> Contents:
    """Return the contents of an index without chunks."""
    return Contents(
        Dictionaries(),
        Directory.empty(),
        ForwardIndex(),
        Segment.empty(),
        _dense(RowStore(dimensions), None, gate, sizes),
        sizes,
    )


def pack(contents: Contents) -> Packed:
    """Return the contents as arrays, without strings that no chunk has.

    Those that a writer changes in place are copied.
    """
    rows, forward = contents.directory.rows, contents.forward.now
    segment, past = contents.segment, rows.past
    held = forward.span(0, forward.size)
    labels, _, label_stops = contents.names.labels.table()
    arrays: dict[str, NDArray[Any]] = {
        "wide": rows.wide[:, : rows.size].copy(),
        "codes": rows.codes[:, : rows.size].copy(),
        "small": rows.small[:, : rows.size].copy(),
        "past": past.wide[:, : past.size].copy(),
        "past.states": past.states[: past.size].copy(),
        "highest": np.array([contents.directory.highest], np.int64),
        "forward.stops": forward.stops[: forward.size + 1],
        "forward.ids": forward.ids[held],
        "forward.counts": forward.counts[held],
        "segment.size": np.array([segment.size], np.int64),
        "segment.stops": segment.stops,
        "segment.slots": segment.slots,
        "segment.counts": segment.counts,
        **contents.dense.store.arrays(),
        "labels": labels,
        "labels.stops": np.concatenate((np.zeros(1, np.int64), label_stops)),
    }
    for name in _STRINGS:
        arrays[name], arrays[f"{name}.stops"] = joined(getattr(contents.names, name).strings)
    for name in _IDENTITIES:
        blob, stops, hashes = getattr(contents.names, name).arrays()
        arrays[name], arrays[f"{name}.stops"], arrays[f"{name}.hashes"] = blob, stops, hashes
    paths = [json.dumps(path) for path in contents.names.namespaces.paths]
    arrays["namespaces"], arrays["namespaces.stops"] = joined(paths)
    inverted = contents.dense.inverted
    if inverted is not None:
        arrays["lists"], arrays["lists.homes"] = inverted.dump(), inverted.homes
        arrays["lists.trained"] = np.array([inverted.trained], np.int64)
        arrays["lists.scale"] = np.array([inverted.scale], np.float64)
    return trimmed(arrays)


def unpack(packed: Packed, dimensions: int, gate: Gate, sizes: Sizes) -> Contents:
    """Return the contents that ``pack`` took apart; the arrays are used as they are."""
    paths = split(packed["namespaces"], packed["namespaces.stops"])
    names = Dictionaries(
        users=_names(packed, "users"),
        agents=_names(packed, "agents"),
        sessions=_names(packed, "sessions"),
        principals=_names(packed, "principals"),
        branches=_names(packed, "branches"),
        terms=_names(packed, "terms"),
        groups=_identities(packed, "groups"),
        cubes=_identities(packed, "cubes"),
        namespaces=Namespaces(tuple(json.loads(path)) for path in paths),
        labels=Labels(packed["labels"], packed["labels.stops"]),
    )
    past = Past(packed["past"], packed["past.states"])
    directory = Directory(packed["wide"], packed["codes"], packed["small"], past)
    directory.highest = int(packed["highest"][0])
    inverted = None
    if "lists" in packed:
        trained, scale = packed["lists.trained"][0], packed["lists.scale"][0]
        inverted = Inverted.load(
            packed["lists"], packed["lists.homes"], int(trained), float(scale), gate
        )
    return Contents(
        names,
        directory,
        ForwardIndex(packed["forward.stops"], packed["forward.ids"], packed["forward.counts"]),
        Segment(
            int(packed["segment.size"][0]),
            packed["segment.stops"],
            packed["segment.slots"],
            packed["segment.counts"],
        ),
        _dense(RowStore(dimensions, packed), inverted, gate, sizes),
        sizes,
    )


def _dense(store: RowStore, inverted: Inverted | None, gate: Gate, sizes: Sizes) -> DenseEngine:
    return DenseEngine(store, inverted, gate, exact=sizes.exact, late=sizes.late_vectors)


def _names(packed: Packed, name: str) -> Names:
    return Names(split(packed[name], packed[f"{name}.stops"]))


def _identities(packed: Packed, name: str) -> Identities:
    return Identities(packed[name], packed[f"{name}.stops"], packed[f"{name}.hashes"])
