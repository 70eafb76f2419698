"""Floor: the fixed BM25 of ``recall.bm25_baseline`` over single items."""

from memory_os_evals.arms.bm25_baseline import Bm25
from memory_os_evals.arms.port import Ask
from memory_os_evals.shape import Bank


class Bm25Arm:
    """Rank the items that share a word with the question.

    Text is indexed as the data set stores it, authoring marks included: so were the published
    figures of this floor made.
    """

    def __init__(self) -> None:
        self._banks: dict[str, tuple[Bank, Bm25]] = {}

    def remember(self, bank: Bank) -> None:
        """Index every line of the bank."""
        index = Bm25([item.line(as_stored=True) for item in bank.items])
        self._banks[bank.id] = (bank, index)

    def recall(self, ask: Ask) -> list[str]:
        """Return every item that shares a word, best first."""
        bank, index = self._banks[ask.bank]
        return [bank.items[place].id for place in index.ranked(ask.text)]

    def close(self) -> None:
        """Hold nothing to release."""
