"""Admission: what is stored, and what is there already."""

import pytest

from memory_os.domain.payload import Document, Fact, Message, Payload, Template
from memory_os.policies.admission import Admit, Verdict, deduplicates, judge

FACT, DOCUMENT = Fact("tea"), Document("tea")
TEMPLATE, MESSAGE = Template("s", 1, {"a": 1}), Message("user", "tea")


@pytest.mark.parametrize("payload", [FACT, DOCUMENT, TEMPLATE])
def test_the_very_same_content_is_touched(payload: Payload) -> None:
    assert deduplicates(payload)
    assert judge(payload, None) == Verdict(Admit.ADD, "new")
    assert judge(payload, "mem_1") == Verdict(Admit.TOUCH, "exact_duplicate", "mem_1")


def test_a_turn_is_a_turn_however_often_it_was_said() -> None:
    assert not deduplicates(MESSAGE)
    assert judge(MESSAGE, "mem_1") == Verdict(Admit.ADD, "new")
