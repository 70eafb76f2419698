"""The embedded recall index is put through the port's conformance suite."""

from memory_os.ports.recall_index import RecallIndex
from memory_os.testing.recall_index import RecallIndexSuite
from memory_os_stores.recall.index import EmbeddedRecallIndex
from memory_os_stores.recall.sizes import Sizes


class TestEmbeddedRecallIndex(RecallIndexSuite):
    def make(self, dimensions: int) -> RecallIndex:
        return EmbeddedRecallIndex(dimensions)


class TestEmbeddedRecallIndexUnderMaintenance(RecallIndexSuite):
    """Postings, lists and the removal of what was purged, as in an index a thousand times larger."""

    def make(self, dimensions: int) -> RecallIndex:
        sizes = Sizes(
            exact=3, late_vectors=4, late_chunks=5, late_share=9999, dead=1, dead_share=9999
        )
        return EmbeddedRecallIndex(dimensions, sizes)
