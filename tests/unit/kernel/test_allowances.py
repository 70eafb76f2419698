"""Quotas before the work: windows, reservations, and what goes on when a model may not be asked."""

import json
from datetime import timedelta
from typing import Any

import pytest
from langchain_core.language_models.fake_chat_models import FakeListChatModel

import memory_os
from memory_os.clock import ManualClock
from memory_os.domain.quotas import Meter
from memory_os.errors import ModelFailed, QuotaExhausted
from memory_os.sdk import Memory
from tests.unit.kernel.stage import START, WordEmbeddings, kernel, only, opened


class Counted(WordEmbeddings):
    """Embeddings that count what they are asked."""

    asked = 0

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        self.asked += len(texts)
        return super().embed_documents(texts)


class Answering(FakeListChatModel):
    """A chat model that always says the same, and counts how often it was asked."""

    asked: int = 0

    def _call(self, *args: Any, **kwargs: Any) -> str:
        self.asked += 1
        return super()._call(*args, **kwargs)


def answering(said: str) -> Answering:
    return Answering(responses=[said])


def used(memory: Memory, meter: Meter) -> float:
    return next(quota.used for quota in memory.quotas().results if quota.meter is meter)


def test_a_window_renews_by_the_clock() -> None:
    clock = ManualClock(START)
    with opened(clock) as memory:
        memory.set_quota("writes_per_minute", 2)
        memory.add("One.")
        clock.advance(timedelta(seconds=20))
        memory.add("Two.")
        with pytest.raises(QuotaExhausted) as caught:
            memory.add("Three.")
        assert caught.value.detail["retry_after"] == 40
        clock.advance(timedelta(seconds=40))
        memory.add("Three.")
        assert used(memory, Meter.WRITES) == 1
        clock.advance(timedelta(minutes=5))
        assert used(memory, Meter.WRITES) == 0


def test_what_can_never_fit_says_not_to_wait() -> None:
    with opened() as memory:
        memory.set_quota("writes_per_minute", 2)
        with pytest.raises(QuotaExhausted) as caught:
            memory.add_many([f"Note {n}." for n in range(3)])
        assert "retry_after" not in caught.value.detail


def test_nothing_is_embedded_for_what_is_refused() -> None:
    embeddings = Counted()
    with memory_os.connect("sqlite://", embeddings=embeddings) as memory:
        first = only(memory.add("Ada drinks tea."))
        before = embeddings.asked
        for meter in ("cubes", "text_bytes", "writes_per_minute", "embedding_tokens_per_day"):
            quota = memory.set_quota(meter, 1 if meter == "cubes" else 0)
            with pytest.raises(QuotaExhausted):
                memory.add("Ada drinks coffee.")
            if meter != "cubes":
                with pytest.raises(QuotaExhausted):
                    memory.update(first.id, "Ada drinks cocoa.")
            memory.remove_quota(quota.id)
        assert embeddings.asked == before


def test_embedded_tokens_are_counted() -> None:
    with opened() as memory:
        memory.set_quota("embedding_tokens_per_day", 1_000, user_id="ada")
        memory.add("Ada drinks tea.", user_id="ada")
        once = used(memory, Meter.EMBEDDING_TOKENS)
        assert once > 0
        memory.search("tea", user_id="ada")
        assert used(memory, Meter.EMBEDDING_TOKENS) > once
        memory.search("tea", user_id="bob")
        memory.add("Bob drinks tea.", user_id="bob")
        assert used(memory, Meter.EMBEDDING_TOKENS) < 3 * once


def test_a_text_is_stored_verbatim_when_the_model_may_not_be_asked() -> None:
    model = answering("[]")
    with opened(language_model=model) as memory:
        memory.set_quota("llm_tokens_per_day", 10)
        added = only(memory.add("Ada drinks tea.", infer=True))
        assert added.event == "ADD"
        assert added.reason.startswith("not inferred: quota llm_tokens_per_day of the tenant")
        assert model.asked == 0
        assert used(memory, Meter.LLM_TOKENS) == 0


def test_what_a_model_spends_is_reserved_and_settled() -> None:
    found = json.dumps([{"fact": "Ada drinks tea.", "quote": "tea", "item": 1}])
    with opened(language_model=answering(found)) as memory:
        memory.set_quota("llm_tokens_per_day", 5_000, user_id="ada")
        memory.set_quota("money_per_day", 1)
        answer = memory.add("Ada drinks tea.", infer=True, user_id="ada")
        assert len(answer.results) == 2
        assert answer.cost.tokens > 0
        assert used(memory, Meter.LLM_TOKENS) == answer.cost.tokens
        assert used(memory, Meter.MONEY) == answer.cost.money


def test_a_memory_without_room_asks_no_model() -> None:
    model = answering("[]")
    with opened(language_model=model) as memory:
        memory.set_quota("cubes", 0)
        with pytest.raises(QuotaExhausted):
            memory.add("Ada drinks tea.", infer=True)
        assert model.asked == 0


def test_no_quota_is_read_once_and_costs_no_write() -> None:
    with opened() as memory:
        memory.add("Ada drinks tea.")
        assert memory.quotas().results == ()
        assert kernel(memory).parts.quotas.recount("default") == []


class Failing(WordEmbeddings):
    """Embeddings that fail while they are told to."""

    down = False

    def _vector(self, text: str) -> list[float]:
        if self.down:
            raise ConnectionError("the model is away")
        return super()._vector(text)


def test_what_could_not_be_embedded_costs_nothing() -> None:
    words = Failing()
    with memory_os.connect("sqlite://", clock=ManualClock(START), embeddings=words) as memory:
        memory.set_quota("embedding_tokens_per_day", 1_000)
        tea = only(memory.add("Ada drinks tea.", user_id="ada")).id
        before = used(memory, Meter.EMBEDDING_TOKENS)
        assert before > 0
        words.down = True
        for act in (
            lambda: memory.add("Ada drinks coffee.", user_id="ada"),
            lambda: memory.update(tea, "Ada drinks cocoa."),
            lambda: memory.search("What does Ada drink?", user_id="ada"),
        ):
            with pytest.raises(ModelFailed):
                act()
            assert used(memory, Meter.EMBEDDING_TOKENS) == before
