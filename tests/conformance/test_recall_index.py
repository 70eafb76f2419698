"""The embedded recall index is put through the port's conformance suite."""

from memory_os.ports.recall_index import RecallIndex
from memory_os.testing.recall_index import RecallIndexSuite
from memory_os_stores.recall.index import EmbeddedRecallIndex


class TestEmbeddedRecallIndex(RecallIndexSuite):
    def make(self, dimensions: int) -> RecallIndex:
        return EmbeddedRecallIndex(dimensions)
