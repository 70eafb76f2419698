"""What is derived while an erasure is planned goes with it, whatever the moment."""

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from langchain_core.language_models.fake_chat_models import FakeListChatModel

from memory_os.domain.access import Principal
from memory_os.domain.operations.erase import EraseRequest
from memory_os.domain.writing import Keep, Write, Written
from memory_os.kernel.echoing import Echoes
from memory_os.kernel.erasing import Erasing
from memory_os.kernel.parts import Parts
from memory_os.kernel.retrying import Turns
from tests.unit.kernel.stage import kernel, opened

SAID = "I moved to Bergen in May. My sister Liv stayed in Oslo."
READ = json.dumps([{"fact": "Liv lives in Oslo.", "quote": "Liv stayed in Oslo"}])


class Interrupted:
    """The store, in which something happens just before an erasure is stored, once."""

    def __init__(self, store: Any, meanwhile: Callable[[], None]) -> None:
        self._store = store
        self._meanwhile = [meanwhile]

    def write(self, write: Write) -> Written:
        if self._meanwhile and any(isinstance(op, Keep) for op in write.ops):
            self._meanwhile.pop()()
        written: Written = self._store.write(write)
        return written

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)


def _erasing(parts: Parts, memory: Any, meanwhile: Callable[[], None]) -> Erasing:
    between: Any = Interrupted(parts.store, meanwhile)
    return Erasing(replace(parts, store=between), kernel(memory).indexing, Turns(), Echoes())


def test_what_is_made_between_planning_and_holding_is_erased_too() -> None:
    with opened(language_model=FakeListChatModel(responses=[READ])) as memory:
        told = memory.add(SAID, user_id="ada").results[0].id
        made: list[str] = []

        def meanwhile() -> None:
            answer = memory.add(SAID, user_id="ada", infer=True)
            made.extend(each.id for each in answer.results if each.event == "ADD")

        erasing = _erasing(kernel(memory).parts, memory, meanwhile)
        receipt = erasing.erase(Principal(), EraseRequest(ids=(told,), reason="asked"))
        assert len(made) == 1
        assert receipt.status == "complete"
        assert {member.id: str(member.role) for member in receipt.closure} == {
            told: "target",
            made[0]: "derived",
        }
        assert memory.get_all(user_id="ada").results == ()
        assert memory.verify_erasure(receipt).ok


def test_a_merge_made_between_planning_and_holding_is_erased_too() -> None:
    with opened() as memory:
        same = ("Ada likes green tea.", "Ada likes green tea much.", "Ada does like green tea.")
        ids = [memory.add(text, user_id="ada").results[0].id for text in same]
        made: list[str] = []

        def meanwhile() -> None:
            made.append(memory.merge(ids, reason="the same").results[0].id)

        erasing = _erasing(kernel(memory).parts, memory, meanwhile)
        receipt = erasing.erase(Principal(), EraseRequest(ids=(ids[0],), reason="asked"))
        assert receipt.status == "complete"
        assert {member.id for member in receipt.closure} == {ids[0], made[0]}
        assert [each.old for each in receipt.replaced] == made
