"""The embedded static embedder: its asset, its arithmetic and its behaviour on odd text."""

import hashlib
import json
import threading
import time
import tracemalloc
from importlib.resources import files

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from memory_os_agents.models import static_embedder
from memory_os_agents.models.static_embedder import MAX_CHARACTERS, StaticEmbedder

SENTENCES = [
    "Ada prefers green tea in the morning.",
    "The meeting was moved to Thursday, 14 March.",
    "Zoë's café serves crème brûlée; naïve façade.",
    "私はお茶が好きです",
    "def f(x): return x ** 2  # square",
    "e-mail: ada@example.com, tel. +44 20 7946 0000",
]


@pytest.fixture(scope="module")
def embedder() -> StaticEmbedder:
    """One embedder, so that the table is read once for this file."""
    return StaticEmbedder()


def test_the_asset_is_the_one_that_the_manifest_describes() -> None:
    folder = files("memory_os_agents.models").joinpath("static")
    manifest = json.loads(folder.joinpath("manifest.json").read_text(encoding="utf-8"))
    for name, digest in manifest["sha256"].items():
        assert hashlib.sha256(folder.joinpath(name).read_bytes()).hexdigest() == digest
    assert manifest["dimensions"] == 256
    assert "Apache License" in folder.joinpath("NOTICE").read_text(encoding="utf-8")


def test_two_embedders_agree_on_the_fingerprint_and_on_every_bit(embedder: StaticEmbedder) -> None:
    other = StaticEmbedder()
    assert other.fingerprint == embedder.fingerprint
    assert np.array_equal(other.embed(SENTENCES), embedder.embed(SENTENCES))


def test_a_batch_equals_its_texts_one_by_one(embedder: StaticEmbedder) -> None:
    many = [f"{sentence} {number}" for number in range(600) for sentence in SENTENCES]
    batch = embedder.embed(many)
    single = np.vstack([embedder.embed([text]) for text in many])
    assert np.array_equal(batch, single)


def test_rows_have_length_one(embedder: StaticEmbedder) -> None:
    vectors = embedder.embed(SENTENCES)
    assert vectors.shape == (len(SENTENCES), embedder.dimensions)
    assert vectors.dtype == np.float32
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1.0, atol=1e-5)


def test_text_without_a_known_token_is_the_zero_vector(embedder: StaticEmbedder) -> None:
    odd = ["", "   \n\t", "\x00\x01", "\U000f0000" * 3, "x" * 101, "\ud800"]
    assert not np.any(embedder.embed(odd))
    assert embedder.embed([]).shape == (0, embedder.dimensions)


def test_case_is_ignored_and_meaning_is_kept(embedder: StaticEmbedder) -> None:
    tea, upper, car = embedder.embed(["green tea", "GREEN TEA", "a fast car engine"])
    assert np.array_equal(tea, upper)
    drink = embedder.embed(["a hot drink of matcha"])[0]
    assert tea @ drink > car @ drink


def test_plain_ascii_takes_the_short_way_to_the_same_tokens(embedder: StaticEmbedder) -> None:
    plain = "Don't stop: (re)start at 10:30, OK? x_y {z} ~20%"
    assert np.allclose(embedder.embed([plain]), embedder.embed([plain + "\x00"]), atol=1e-6)


@settings(max_examples=200, deadline=None)
@given(st.lists(st.text(max_size=80), max_size=4))
def test_any_text_gives_finite_rows_of_length_one_or_zero(texts: list[str]) -> None:
    vectors = SHARED.embed(texts)
    assert np.isfinite(vectors).all()
    norms = np.linalg.norm(vectors, axis=1)
    assert np.all((np.abs(norms - 1) < 1e-4) | (norms == 0))


def test_ten_megabytes_of_text_stay_small_in_memory(embedder: StaticEmbedder) -> None:
    text = "memory is a cube " * 600_000
    tracemalloc.start()
    vector = embedder.embed([text, text])
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 64_000_000
    assert np.array_equal(vector[0], embedder.embed([text[:MAX_CHARACTERS]])[0])


def test_many_threads_get_the_same_vectors() -> None:
    fresh = StaticEmbedder()
    expected = SHARED.embed(SENTENCES)
    wrong: list[int] = []

    def work(number: int) -> None:
        answers = [fresh.embed(SENTENCES) for _ in range(20)]
        wrong.extend(number for answer in answers if not np.array_equal(answer, expected))

    threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


def test_the_memory_of_words_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(static_embedder, "_CACHED_WORDS", 2)
    small = StaticEmbedder()
    assert np.array_equal(small.embed(SENTENCES * 2), SHARED.embed(SENTENCES * 2))


def test_making_an_embedder_reads_no_table() -> None:
    started = time.perf_counter()
    StaticEmbedder()
    assert time.perf_counter() - started < 0.05


SHARED = StaticEmbedder()
