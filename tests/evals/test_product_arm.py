from datetime import UTC, datetime

import pytest

from memory_os_evals.arms.port import Ask
from memory_os_evals.arms.product import ProductArm
from memory_os_evals.shape import Bank, Item

WHEN = datetime(2024, 3, 1, tzinfo=UTC)


def said(number: int, text: str, session: str = "s1") -> Item:
    return Item(str(number), text, speaker="Mira", role="user", session=session, at=WHEN)


@pytest.fixture
def arm():
    arm = ProductArm()
    yield arm
    arm.close()


def test_a_turn_is_found_by_its_words(arm: ProductArm) -> None:
    talk = ["I planted tomatoes", "my bicycle was stolen", "we adopted a kitten", "yes", "yes"]
    arm.remember(Bank("b", tuple(said(n, text) for n, text in enumerate(talk))))
    assert arm.recall(Ask("q", "b", "Where is the stolen bicycle?", 50))[0] == "1"


def test_a_bank_is_asked_alone(arm: ProductArm) -> None:
    for bank in ("one", "two"):
        arm.remember(Bank(bank, (said(0, f"my cat lives in house {bank}"), said(1, "hello"))))
    assert set(arm.recall(Ask("q", "two", "Where does the cat live?", 50))) <= {"0", "1"}
    assert len(arm.recall(Ask("q", "two", "Where does the cat live?", 50))) <= 2


def test_a_document_is_found_by_its_title(arm: ProductArm) -> None:
    items = [Item(f"p{n}", f"Passage {n} says little.", title=f"Harbour {n}") for n in range(3)]
    arm.remember(Bank("b", (*items, Item("p9", "It began in spring.", title="Walnut festival"))))
    assert arm.recall(Ask("q", "b", "When did the walnut festival begin?", 50))[0] == "p9"


def test_an_item_without_text_is_left_out(arm: ProductArm) -> None:
    arm.remember(Bank("b", (said(0, ""), said(1, "walnut bread"))))
    assert arm.recall(Ask("q", "b", "walnut bread", 50)) == ["1"]
