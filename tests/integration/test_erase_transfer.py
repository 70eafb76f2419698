"""No import brings back what was erased in a store; elsewhere it is new."""

from typing import Any

import pytest

from memory_os.errors import Erased
from tests.integration.transfers import exported, opened, sdk, take


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
