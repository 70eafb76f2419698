import numpy as np
import pytest
from numpy.typing import NDArray

from memory_os_evals.arms.bm25 import Bm25Arm
from memory_os_evals.arms.bounds import OracleArm, RandomArm, RecentArm
from memory_os_evals.arms.catalogue import ARMS, DEFAULT, check_names
from memory_os_evals.arms.dense import DenseArm
from memory_os_evals.arms.port import Arm, Ask
from memory_os_evals.errors import UnknownName
from memory_os_evals.shape import Bank, Item

TEXTS = ("the kitten sleeps", "a storm over the harbour", "walnut bread and the kitten", "choir")
BANK = Bank("b", tuple(Item(str(n), text, speaker="Mira") for n, text in enumerate(TEXTS)))


class LetterEmbedder:
    """Embed a text as its counts of letters: exact, small, and without a model."""

    name = "letters"
    dimensions = 26
    fingerprint = "letters"

    def embed(self, texts: list[str]) -> NDArray[np.float32]:
        rows = np.zeros((len(texts), 26), dtype=np.float32)
        for row, text in zip(rows, texts, strict=True):
            for letter in text.lower():
                if "a" <= letter <= "z":
                    row[ord(letter) - 97] += 1
        norms = np.linalg.norm(rows, axis=1, keepdims=True)
        return np.divide(rows, norms, out=rows, where=norms > 0)


def answers(arm: Arm, text: str, *, question: str = "q") -> list[str]:
    arm.remember(BANK)
    found = list(arm.recall(Ask(question, "b", text, 50)))
    arm.close()
    return found


def test_bm25_ranks_what_shares_a_word() -> None:
    assert answers(Bm25Arm(), "which kitten?") == ["0", "2"]


def test_bm25_knows_who_speaks() -> None:
    assert answers(Bm25Arm(), "Mira") == ["3", "0", "1", "2"]


def test_bm25_reads_the_text_as_the_data_set_stores_it() -> None:
    arm = Bm25Arm()
    arm.remember(Bank("b", (Item("0", "cleaned", stored="cleaned 42"),)))
    assert arm.recall(Ask("q", "b", "42", 50)) == ["0"]


def test_dense_ranks_everything_by_cosine() -> None:
    assert answers(DenseArm(LetterEmbedder()), "Mira: choir")[0] == "3"
    assert sorted(answers(DenseArm(LetterEmbedder()), "kitten")) == ["0", "1", "2", "3"]


def test_recent_answers_newest_first() -> None:
    assert answers(RecentArm(), "kitten") == ["3", "2", "1", "0"]


def test_random_is_chance_of_its_own_for_every_question_and_seed() -> None:
    bank = Bank("b", tuple(Item(str(n), "x") for n in range(40)))
    orders = []
    for seed, question in ((0, "q"), (0, "q"), (0, "p"), (1, "q")):
        arm = RandomArm(seed)
        arm.remember(bank)
        orders.append(arm.recall(Ask(question, "b", "x", 50)))
    assert sorted(orders[0]) == sorted(item.id for item in bank.items)
    assert orders[0] == orders[1]
    assert len({tuple(order) for order in orders}) == 3


def test_the_oracle_answers_with_the_evidence_alone() -> None:
    arm = OracleArm({"q": frozenset({"3", "1"}), "p": frozenset()})
    assert answers(arm, "anything") == ["1", "3"]


def test_an_ask_does_not_carry_the_evidence() -> None:
    assert set(Ask.__slots__) == {"question", "bank", "text", "depth"}


def test_floors_and_the_product_run_by_default() -> None:
    assert DEFAULT == ("bm25", "dense", "memory-os")
    assert set(ARMS) == {*DEFAULT, "recent", "random", "oracle"}


def test_an_unknown_arm_is_told_with_the_known_ones() -> None:
    with pytest.raises(UnknownName, match="unknown arm 'mem'; known are: bm25, dense"):
        check_names(["bm25", "mem"])
    assert check_names(["bm25", "dense", "bm25"]) == ("bm25", "dense")
