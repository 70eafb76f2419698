"""Numbers for namespaces, and which of them a call reaches."""

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from memory_os.domain.scope import Scope, ScopeMatch

Path = tuple[str, ...]


class Namespaces:
    """Number namespaces in the order of their first sight. One writer, many readers."""

    def __init__(self, paths: Iterable[Path] = ()) -> None:
        self.paths = list(paths)
        self._codes = {path: code for code, path in enumerate(self.paths)}
        self._reached: dict[tuple[Path, ScopeMatch], NDArray[np.bool_]] = {}

    def __len__(self) -> int:
        return len(self.paths)

    def code(self, path: Path) -> int:
        """Return the number of ``path``, a new one at first sight."""
        code = self._codes.get(path)
        if code is None:
            code = len(self.paths)
            self.paths.append(path)
            self._codes[path] = code
        return code

    def reached(self, path: Path, match: ScopeMatch) -> NDArray[np.bool_]:
        """Return for each number whether a call in namespace ``path`` reaches it."""
        known = self._reached.get((path, match), np.empty(0, np.bool_))
        total = len(self.paths)
        if known.size < total:
            call = Scope(namespace=path)
            fresh = [
                call.reaches(Scope(namespace=other), match)
                for other in self.paths[known.size : total]
            ]
            known = np.concatenate((known, np.array(fresh, np.bool_)))
            if len(self._reached) >= _KEPT:
                self._reached.clear()
            self._reached[path, match] = known
        return known


_KEPT = 256
