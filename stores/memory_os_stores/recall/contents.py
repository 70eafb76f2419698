"""Everything an index is made of, as its one writer sees it."""

from collections.abc import Iterable, Sequence
from itertools import groupby

import numpy as np

from memory_os.clock import to_micros
from memory_os.errors import InvalidInput
from memory_os.ports.recall_index import Change, Chunk, Close, Purge, Readers, Restate
from memory_os_stores.faiss.dense import DenseEngine
from memory_os_stores.recall.batch import columns
from memory_os_stores.recall.dictionaries import Dictionaries
from memory_os_stores.recall.directory import Directory
from memory_os_stores.recall.frame import Frame
from memory_os_stores.recall.kept import Kept
from memory_os_stores.recall.layout import STATE_CODES, end, readers_code
from memory_os_stores.recall.sizes import Sizes
from memory_os_stores.sparse.forward import ForwardIndex
from memory_os_stores.sparse.matches import Postings
from memory_os_stores.sparse.segment import Segment


class Contents:
    """Directory, sparse and dense engine, kept in step: slot ``n`` is the same chunk in each."""

    def __init__(
        self,
        names: Dictionaries,
        directory: Directory,
        forward: ForwardIndex,
        segment: Segment,
        dense: DenseEngine,
        sizes: Sizes,
    ) -> None:
        self._sizes = sizes
        self.names = names
        self.directory = directory
        self.forward = forward
        self.segment = segment
        self.dense = dense
        self._kept = Kept()
        self._seen_revision = directory.revision

    def take(self, changes: Iterable[Change]) -> None:
        """Take in changes in order."""
        for together, run in groupby(changes, key=lambda change: isinstance(change, Chunk)):
            if together:
                self._add([change for change in run if isinstance(change, Chunk)])
                continue
            for change in run:
                self._change(change)

    def settle(self, dead: int | None = None) -> bool:
        """Do what keeps searches fast, if it is time for any of it; tell whether it was.

        Purged chunks are removed physically once more than ``dead`` wait for it.
        """
        size, sizes = self.directory.size, self._sizes
        if dead is None:
            dead = max(sizes.dead, size // sizes.dead_share)
        changed = self.directory.dead > dead
        if changed:
            self._compact()
        forward = self.forward.now
        late = forward.size - self.segment.size
        if late > max(sizes.late_chunks, size // sizes.late_share):
            self.segment = self.segment.extended(forward, len(self.names.terms))
            changed = True
        return self.dense.settle() or changed

    def _compact(self) -> None:
        """Remove what was purged; what readers hold stays with them."""
        kept = self.directory.alive()
        segment = self.segment.compacted(kept, self.directory.size)
        forward = self.forward.compacted(kept)
        dense = self.dense.compacted(kept)
        self.directory = self.directory.compacted()
        self.segment, self.forward, self.dense = segment, forward, dense

    def framed(self) -> Frame:
        """Return this moment for readers."""
        if self.directory.revision != self._seen_revision:
            self._kept, self._seen_revision = Kept(), self.directory.revision
        return Frame(
            self.directory.rows,
            self.directory.bounds,
            Postings(self.forward.now, self.segment, len(self.names.terms)),
            self.dense.now,
            self.names,
            self._kept,
        )

    def _add(self, chunks: Sequence[Chunk]) -> None:
        numbers = [chunk.number for chunk in chunks]
        if len(set(numbers)) == len(numbers) and (
            min(numbers) > self.directory.highest
            or not (self.directory.rows.living(np.array(numbers)) >= 0).any()
        ):
            self._append(chunks)
            return
        for chunk in chunks:
            slot = int(self.directory.rows.living(np.array([chunk.number]))[0])
            if slot < 0:
                self._append([chunk])
            else:
                self.directory.replace(slot, columns([chunk], self.names), 0)

    def _append(self, chunks: Sequence[Chunk]) -> None:
        wide = self.dense.store.now.dimensions
        if any(chunk.vector.shape != (wide,) for chunk in chunks):
            raise InvalidInput(f"a chunk's vector does not have {wide} components")
        batch = columns(chunks, self.names)
        if not np.isfinite(batch.vectors).all():
            raise InvalidInput("a chunk's vector has a component that is not finite")
        self.directory.append(batch)
        self.forward.append(batch.widths, batch.ids, batch.counts)
        self.dense.store.append(batch.vectors)

    def _change(self, change: Change) -> None:
        cube = self.names.cubes.find(change.cube_id)
        match change:
            case Close():
                self.directory.close(cube, change.version, to_micros(change.at))
            case Restate():
                state, expires = STATE_CODES[change.state], end(change.expires_at)
                self.directory.restate(cube, state, expires, to_micros(change.at))
            case Readers():
                owner = self.names.principals.optional(change.private_to)
                bits = readers_code(
                    wide=change.wide, restricted=change.restricted, held=change.held
                )
                self.directory.regard(cube, owner, bits)
            case Purge():
                self.directory.kill(cube)
            case Chunk():
                self._add([change])
