"""Leaving out of a packed index the strings that no chunk of it needs.

Dictionaries only grow while an index lives, so that readers can go on with numbers that they have.
A snapshot is where words and ids that only purged chunks had must be gone.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from memory_os_stores.recall.layout import Code

Arrays = dict[str, NDArray[Any]]

_COLUMNS = {
    "users": Code.USER,
    "agents": Code.AGENT,
    "sessions": Code.SESSION,
    "namespaces": Code.NAMESPACE,
    "principals": Code.PRIVATE,
    "groups": Code.GROUP,
    "cubes": Code.CUBE,
}


def trimmed(arrays: Arrays) -> Arrays:
    """Return the arrays with every dictionary cut to what is used, and everything renumbered.

    The column of codes is changed in place.
    """
    found = dict(arrays)
    for name, column in _COLUMNS.items():
        _cut(found, name, found["codes"][column])
    _cut_labels(found)
    _cut_terms(found)
    return found


def _cut(arrays: Arrays, name: str, column: NDArray[np.int32]) -> None:
    used = _used(arrays[f"{name}.stops"].size - 1, column)
    if used.all():
        return
    moved = _moved(used)
    known = column >= 0
    column[known] = moved[column[known]]
    _keep_strings(arrays, name, used)
    if f"{name}.hashes" in arrays:
        arrays[f"{name}.hashes"] = arrays[f"{name}.hashes"][used]


def _cut_labels(arrays: Arrays) -> None:
    """Leave out the sets of names that no chunk has; the empty set keeps its number."""
    column = arrays["codes"][Code.NAMES]
    used = _used(arrays["labels.stops"].size - 1, column)
    used[:1] = True
    if used.all():
        return
    column[:] = _moved(used)[column]
    arrays["labels"], arrays["labels.stops"] = _kept(arrays["labels"], arrays["labels.stops"], used)


def _cut_terms(arrays: Arrays) -> None:
    total = arrays["terms.stops"].size - 1
    used = _used(total, arrays["forward.ids"]) | _used(total, arrays["labels"])
    if used.all():
        return
    moved = _moved(used)
    for name in ("forward.ids", "labels"):
        arrays[name] = moved[arrays[name]].astype(arrays[name].dtype)
    known = arrays["segment.stops"].size - 1
    stops = arrays["segment.stops"]
    arrays["segment.stops"] = np.concatenate((stops[:1], stops[1:][used[:known]]))
    _keep_strings(arrays, "terms", used)


def _keep_strings(arrays: Arrays, name: str, used: NDArray[np.bool_]) -> None:
    blob, stops = _kept(arrays[name], arrays[f"{name}.stops"], used)
    arrays[name], arrays[f"{name}.stops"] = blob, stops


def _kept(
    run: NDArray[Any], stops: NDArray[np.int64], used: NDArray[np.bool_]
) -> tuple[NDArray[Any], NDArray[np.int64]]:
    """Return what of a run belongs to the used items, and where each of these stops."""
    widths = np.diff(stops)
    kept = np.concatenate((np.zeros(1, np.int64), np.cumsum(widths[used])))
    return run[: stops[-1]][np.repeat(used, widths)], kept


def _used(total: int, codes: NDArray[Any]) -> NDArray[np.bool_]:
    used = np.zeros(total, np.bool_)
    used[codes[codes >= 0]] = True
    return used


def _moved(used: NDArray[np.bool_]) -> NDArray[np.int32]:
    return np.where(used, np.cumsum(used) - 1, -1).astype(np.int32)
