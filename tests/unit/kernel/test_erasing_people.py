"""What is erased is in no background work, no guard and no reason either."""

import json
from typing import Any

import pytest
from langchain_core.language_models.fake_chat_models import FakeListChatModel

from memory_os.errors import QuotaExhausted
from tests.unit.kernel.stage import opened

VAULT = "The vault behind the northern greenhouse opens with the phrase zanzibar twelve oranges."


def test_work_about_an_erased_person_is_forgotten() -> None:
    with opened(follow_up=True) as memory:
        for user in ("ada", "bob"):
            memory.add([{"role": "user", "content": "Hello."}], user_id=user, session_id="s1")
        told = [job.targets for job in memory.jobs().results]
        assert any("user:ada" in targets for targets in told)
        assert memory.erase(subject="ada", reason="asked").status == "complete"
        named = [target for job in memory.jobs().results for target in job.targets]
        assert "user:ada" not in named
        assert "user:bob" in named


def test_what_was_erased_is_no_echo_any_more() -> None:
    with opened() as memory:
        told = memory.add(VAULT, user_id="ada", session_id="s1").results[0].id
        assert (
            VAULT in memory.context("How does the vault open?", user_id="ada", session_id="s1").text
        )
        echo = memory.add(f"{VAULT} Yes.", user_id="ada", session_id="s1").results[0]
        assert echo.event == "REJECT"
        assert memory.erase([told], reason="asked").status == "complete"
        again = memory.add(f"{VAULT} Yes.", user_id="ada", session_id="s1").results[0]
        assert again.event == "ADD"


def test_the_reason_of_an_adoption_goes_with_what_was_adopted() -> None:
    with opened() as memory:
        memory.branch("plan", user_id="ada")
        memory.add("Ada moves to Oslo.", user_id="ada", branch="plan")
        memory.adopt("plan", user_id="ada", reason="Ada moves to Oslo")
        adopted = memory.get_all(user_id="ada").results[0].id
        assert memory.erase([adopted], reason="asked").status == "complete"
        assert "Oslo" not in str(memory.audit())


def test_what_was_read_in_a_text_that_is_erased_meanwhile_is_read_anew() -> None:
    said = "I moved to Bergen in May. My sister Liv stayed in Oslo."
    read = json.dumps([{"fact": "Liv lives in Oslo.", "quote": "Liv stayed in Oslo"}])
    meanwhile: list[Any] = []

    class Reader(FakeListChatModel):
        def _call(self, *args: Any, **options: Any) -> str:
            if meanwhile:
                meanwhile.pop()()
            return super()._call(*args, **options)

    with opened(language_model=Reader(responses=[read])) as memory:
        first = memory.add(said, user_id="ada").results[0].id
        receipts: list[Any] = []
        meanwhile.append(lambda: receipts.append(memory.erase([first], reason="asked")))
        memory.add(said, user_id="ada", infer=True)
        assert [receipt.status for receipt in receipts] == ["complete"]
        assert memory.verify_erasure(receipts[0].id).ok


def test_a_used_up_quota_does_not_stop_an_erasure_but_an_attestation() -> None:
    with opened() as memory:
        same = ("Ada likes green tea.", "Ada likes green tea much.", "Ada does like green tea.")
        ids = [memory.add(text, user_id="ada").results[0].id for text in same]
        other = memory.add("Bob swims.", user_id="bob").results[0].id
        memory.merge(ids, reason="the same")
        memory.set_quota("embedding_tokens_per_day", 0)
        assert memory.erase([ids[0]], reason="asked").status == "complete"
        with pytest.raises(QuotaExhausted):
            memory.attest(other, trust="verified", reason="seen")
