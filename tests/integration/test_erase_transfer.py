"""No import brings back what was erased in a store; elsewhere it is new."""

from typing import Any

import pytest

from memory_os.errors import Erased
from tests.integration.transfers import exported, opened, reseal, sdk, take


def test_what_was_erased_is_left_out_of_an_import() -> None:
    with opened() as kernel:
        memory: Any = sdk(kernel)
        gone = memory.add("Ada lives in Oslo.", user_id="ada").results[0].id
        stays = memory.add("The kettle is blue.", user_id="ada").results[0].id
        raw = exported(kernel)
        memory.erase(gone, reason="asked")
        done = take(kernel, raw)
        assert (done.read, done.added, done.present) == (2, 0, 2)
        with pytest.raises(Erased):
            memory.get(gone)
        assert memory.get(stays).memory == "The kettle is blue."
    with opened() as other:
        assert take(other, raw).added == 2


def test_what_was_made_from_an_erased_memory_is_not_imported() -> None:
    with opened() as kernel:
        memory = sdk(kernel)
        parent, child = (memory.add(text, user_id="ada").results[0].id for text in ("One.", "Two."))
        edge = [{"cube_id": parent, "version": 1, "role": "extract"}]
        raw = reseal(exported(kernel), lambda found: found["versions"][0].update(parents=edge), 3)
        memory.erase([parent, child], reason="asked")
        again = "mem_" + "0" * 26
        raw = reseal(raw, lambda found: found.update(id=again), 3)
        done = take(kernel, raw)
        assert (done.added, done.present) == (0, 2)
