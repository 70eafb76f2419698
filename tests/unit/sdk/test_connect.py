"""One door: schemes, options, and the embedding model that a store belongs to."""

import sqlite3
from pathlib import Path
from typing import Any

import pytest

import memory_os
from memory_os import AsyncMemory, Memory
from memory_os.errors import (
    ConfigurationError,
    EmbedderMismatch,
    InvalidInput,
    ServiceUnreachable,
    StoreUnavailable,
)
from memory_os_agents.models.static_embedder import StaticEmbedder
from memory_os_api.client import Retries, Timeouts
from tests.unit.kernel.stage import WordEmbeddings, kernel, only

BAD_URLS: list[Any] = ["", "memory.db", "nope://x", "sqlite", "://", "oracle+x://y", None, 5]


@pytest.mark.parametrize("url", BAD_URLS, ids=repr)
def test_a_url_without_a_connector_is_refused_with_the_schemes_there_are(url: Any) -> None:
    with pytest.raises(ConfigurationError) as refused:
        memory_os.connect(url)
    assert "sqlite://" in refused.value.message
    assert "https://" in refused.value.message


@pytest.mark.parametrize("url", ["sqlite://", "http://localhost:1"])
def test_an_unknown_option_is_refused_with_the_options_there_are(url: str) -> None:
    with pytest.raises(ConfigurationError) as refused:
        memory_os.connect(url, retires=3, mood="good")
    assert "mood, retires" in refused.value.message
    expected = "embeddings" if url == "sqlite://" else "api_key"
    assert expected in refused.value.message


def test_every_documented_option_of_an_embedded_store_is_one() -> None:
    with pytest.raises(ConfigurationError) as refused:
        memory_os.connect("sqlite://", mood="good")
    listed = refused.value.message.partition("it has ")[2].split(", ")
    documented = memory_os.connect.__doc__ or ""
    assert [name for name in listed if f"``{name}``" not in documented] == []


@pytest.mark.parametrize("tenant", ["", "\x00", "x" * 257])
def test_a_tenant_is_named_like_an_id(tenant: str) -> None:
    with pytest.raises(InvalidInput, match="tenant"):
        memory_os.connect("sqlite://", tenant=tenant)


def test_two_memories_in_ram_are_two_memories() -> None:
    with (
        memory_os.connect("sqlite://", embeddings=WordEmbeddings()) as one,
        memory_os.connect("sqlite://", embeddings=WordEmbeddings()) as other,
    ):
        one.add("tea")
        assert other.get_all().results == ()


def test_a_file_keeps_what_was_added_and_tenants_apart(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/m.db"
    with memory_os.connect(url, embeddings=WordEmbeddings()) as memory:
        added = only(memory.add("Ada drinks tea.", user_id="ada"))
    with memory_os.connect(url, embeddings=WordEmbeddings(), tenant="other") as other:
        assert other.search("tea", user_id="ada").outcome == "empty"
    with memory_os.connect(url, embeddings=WordEmbeddings()) as memory:
        assert only(memory.search("tea", user_id="ada")).id == added.id
        assert only(memory.add("Ada drinks tea.", user_id="ada")).event == "TOUCH"


def test_langchain_embeddings_plug_in_and_decide_what_is_alike() -> None:
    with memory_os.connect("sqlite://", embeddings=WordEmbeddings(8)) as memory:
        embedder = kernel(memory).parts.embedder
        assert embedder.dimensions == 8
        assert embedder.name == "WordEmbeddings(words)"
        memory.add_many(["alpha beta", "gamma delta"])
        assert memory.search("alpha beta").results[0].memory == "alpha beta"


def test_another_embedding_model_is_refused_with_the_command_that_re_indexes(
    tmp_path: Path,
) -> None:
    url = f"sqlite:///{tmp_path}/m.db"
    with memory_os.connect(url, embeddings=WordEmbeddings()) as memory:
        memory.add("tea")
    for other in (None, WordEmbeddings(16)):
        with pytest.raises(EmbedderMismatch) as refused:
            memory_os.connect(url, embeddings=other)
        assert f"memory-os reindex --database {url}" in refused.value.message
        assert "WordEmbeddings(words)" in refused.value.message
        assert refused.value.detail["stored"] == "WordEmbeddings(words)"
    with memory_os.connect(url, embeddings=WordEmbeddings()) as memory:
        assert only(memory.search("tea")).memory == "tea"


def test_the_default_model_is_remembered_too(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/m.db"
    with memory_os.connect(url) as memory:
        assert kernel(memory).parts.embedder.fingerprint == StaticEmbedder().fingerprint
    with pytest.raises(EmbedderMismatch):
        memory_os.connect(url, embeddings=WordEmbeddings())


def test_a_refused_store_is_let_go_of(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/m.db"
    memory_os.connect(url, embeddings=WordEmbeddings()).close()
    with pytest.raises(EmbedderMismatch):
        memory_os.connect(url, embeddings=WordEmbeddings(16))
    with sqlite3.connect(tmp_path / "m.db") as plain:
        plain.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        plain.execute("BEGIN EXCLUSIVE")
    plain.close()


def test_a_closed_memory_says_so_and_closes_again() -> None:
    memory = memory_os.connect("sqlite://", embeddings=WordEmbeddings())
    added = only(memory.add("tea"))
    memory.close()
    memory.close()
    for call in (
        lambda: memory.add("tea"),
        lambda: memory.search("tea"),
        lambda: memory.get(added.id),
        memory.get_all,
    ):
        with pytest.raises(StoreUnavailable):
            call()


def test_the_doors_give_what_they_promise() -> None:
    memory = memory_os.connect("sqlite://", embeddings=WordEmbeddings())
    twin = memory_os.connect_async("sqlite://", embeddings=WordEmbeddings())
    assert isinstance(memory, Memory)
    assert isinstance(twin, AsyncMemory)
    memory.close()
    twin.memory.close()


def test_an_unknown_option_is_told_with_all_there_are() -> None:
    with pytest.raises(ConfigurationError, match=r"no option tennant; it has .*reindex.*tenant"):
        memory_os.connect("sqlite://", tennant="acme")


WRONG: list[dict[str, Any]] = [
    {"timeouts": 0}, {"timeouts": -1}, {"timeouts": "5"}, {"timeouts": True}, {"timeouts": None},
    {"timeouts": float("nan")}, {"timeouts": float("inf")}, {"timeouts": (1, 2)},
    {"retries": -1}, {"retries": 1.5}, {"retries": "2"}, {"retries": True}, {"retries": None},
]  # fmt: skip


@pytest.mark.parametrize("options", WRONG, ids=repr)
def test_a_wait_or_a_count_that_is_none_is_refused_at_once(options: dict[str, Any]) -> None:
    with pytest.raises(ConfigurationError, match=next(iter(options))):
        memory_os.connect("http://localhost:1", **options)


def test_numbers_stand_for_waits_and_counts() -> None:
    assert Timeouts.given(0.5) == Timeouts(connect=0.5, read=0.5)
    assert Retries.given(2) == Retries(attempts=3)
    assert Retries.given(0).pause(1, 0.5, None) is None
    memory = memory_os.connect("http://127.0.0.1:1", timeouts=0.5, retries=2)
    with memory, pytest.raises(ServiceUnreachable):
        memory.search("tea")
