"""What every score is read against: two floors that do not look at the words, and a ceiling."""

from collections.abc import Mapping, Sequence

from memory_os_evals.arms.port import Ask
from memory_os_evals.shape import Bank
from memory_os_evals.streams import stream


class RecentArm:
    """Floor: the newest items first, whatever was asked."""

    def __init__(self) -> None:
        self._newest: dict[str, list[str]] = {}

    def remember(self, bank: Bank) -> None:
        """Note the bank's order."""
        self._newest[bank.id] = [item.id for item in reversed(bank.items)]

    def recall(self, ask: Ask) -> Sequence[str]:
        """Return all items, newest first."""
        return self._newest[ask.bank]

    def close(self) -> None:
        """Hold nothing to release."""


class RandomArm:
    """Floor: chance, from a stream of its own for every question."""

    def __init__(self, seed: int) -> None:
        self._seed = seed
        self._ids: dict[str, list[str]] = {}

    def remember(self, bank: Bank) -> None:
        """Note what there is to choose from."""
        self._ids[bank.id] = [item.id for item in bank.items]

    def recall(self, ask: Ask) -> list[str]:
        """Return all items in a shuffled order."""
        ids = self._ids[ask.bank]
        chance = stream(self._seed, "arm", "random", ask.bank, ask.question)
        return [ids[place] for place in chance.order(len(ids))]

    def close(self) -> None:
        """Hold nothing to release."""


class OracleArm:
    """Ceiling: the evidence itself, in the order of the bank, and nothing else."""

    def __init__(self, gold: Mapping[str, frozenset[str]]) -> None:
        self._gold = gold
        self._ids: dict[str, list[str]] = {}

    def remember(self, bank: Bank) -> None:
        """Note the bank's order."""
        self._ids[bank.id] = [item.id for item in bank.items]

    def recall(self, ask: Ask) -> list[str]:
        """Return the evidence of the question."""
        gold = self._gold[ask.question]
        return [item for item in self._ids[ask.bank] if item in gold]

    def close(self) -> None:
        """Hold nothing to release."""
