"""Snapshots: whole or not used, atomic, and equal to what was saved."""

import hashlib
import logging
import random
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from memory_os.ports.recall_index import Purge, RecallIndex
from memory_os.testing.recall_histories import DIMENSIONS, Histories
from memory_os.testing.recall_index import check_index, message
from memory_os.testing.recall_reference import ReferenceRecallIndex
from memory_os_stores.recall.index import EmbeddedRecallIndex
from memory_os_stores.recall.indexes import EmbeddedRecallIndexes


def journal(seq: int) -> str | None:
    return hashlib.sha256(str(seq).encode()).hexdigest() if seq else None


def opened(folder: Path | None, **other: object) -> EmbeddedRecallIndexes:
    given = {"fingerprint": "model:1", "dimensions": DIMENSIONS, "analyser": "english:1", **other}
    return EmbeddedRecallIndexes(folder, **given)


def saved(folder: Path, tenant: str = "tenant", count: int = 40) -> Path:
    indexes = opened(folder)
    indexes.open(tenant, journal).apply([message(n) for n in range(count)], count)
    indexes.save(tenant, journal)
    return next(folder.glob("*/index.snapshot"))


def numbers(index: RecallIndex) -> list[int]:
    located = index.locate(np.arange(1000))
    return [n for n, (cube_id, _, _) in enumerate(located) if cube_id]


def test_a_reopened_index_goes_on_as_if_never_closed(tmp_path: Path) -> None:
    for seed in range(8):
        histories, reference = Histories(seed), ReferenceRecallIndex()
        for seq, changes in enumerate(histories.changes(10), 1):
            indexes = opened(tmp_path)
            index = indexes.open(f"tenant {seed}", journal)
            index.apply(changes, seq)
            reference.apply(changes, seq)
            check_index(index, reference, histories)
            indexes.save(f"tenant {seed}", journal)
            check_index(index, reference, histories)
            indexes.close()
        check_index(opened(tmp_path).open(f"tenant {seed}", journal), reference, histories)


def test_a_large_index_comes_back_with_its_lists(tmp_path: Path) -> None:
    draw = np.random.default_rng(5)
    vectors = draw.normal(size=(11_000, DIMENSIONS)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    indexes = opened(tmp_path)
    index = indexes.open("tenant", journal)
    index.apply([message(n, vector=vector) for n, vector in enumerate(vectors)], 1)
    indexes.save("tenant", journal)
    again = opened(tmp_path).open("tenant", journal)
    for found in (index, again):
        found.apply([Purge("mem_3"), message(11_000, vector=vectors[3])], 2)
    answers = [ask(found, vectors[3]) for found in (index, again)]
    assert answers[0] == answers[1]
    assert answers[0][0] == 11_000


def ask(index: RecallIndex, vector: np.ndarray) -> list[int]:
    from memory_os.domain.access import AccessFilter
    from memory_os.domain.query import Visibility
    from memory_os.testing.recall_histories import START

    view = index.view(AccessFilter("t", "p"), Visibility(), START, terms=("tea",), vector=vector)
    lexical = view.lexical(np.ones(1, np.float32), 20, 1.2, 0.75)
    return [*view.dense(20).numbers.tolist(), *lexical.numbers.tolist()]


def test_no_damaged_byte_goes_unnoticed(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    path = saved(tmp_path)
    whole = path.read_bytes()
    draw = random.Random(7)
    places = {0, 7, 8, len(whole) - 1, len(whole) - 9, len(whole) - 48, len(whole) - 49}
    places |= {draw.randrange(len(whole)) for _ in range(300)}
    for place in sorted(places):
        damaged = bytearray(whole)
        damaged[place] ^= 1 << draw.randrange(8)
        path.write_bytes(damaged)
        index = opened(tmp_path).open("tenant", journal)
        assert (index.applied, numbers(index)) == (0, []), place
    assert len(caplog.records) == len(places)
    path.write_bytes(whole)
    assert opened(tmp_path).open("tenant", journal).applied == 40


@pytest.mark.parametrize("kept", [0, 1, 47, 48, 0.5, -48, -1])
def test_a_snapshot_cut_short_is_not_used(tmp_path: Path, kept: float) -> None:
    path = saved(tmp_path)
    whole = path.read_bytes()
    path.write_bytes(whole[: int(kept * len(whole)) if isinstance(kept, float) else kept])
    assert opened(tmp_path).open("tenant", journal).applied == 0


def test_a_snapshot_grown_longer_is_not_used(tmp_path: Path) -> None:
    path = saved(tmp_path)
    path.write_bytes(path.read_bytes() + b"more")
    assert opened(tmp_path).open("tenant", journal).applied == 0


def test_a_missing_snapshot_is_no_news(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    saved(tmp_path).unlink()
    assert opened(tmp_path).open("tenant", journal).applied == 0
    assert not caplog.records


@pytest.mark.parametrize(
    "other", [{"fingerprint": "model:2"}, {"analyser": "english:2"}, {"dimensions": 4}]
)
def test_a_snapshot_of_another_model_or_analyser_is_not_used(
    tmp_path: Path, other: dict[str, object], caplog: pytest.LogCaptureFixture
) -> None:
    saved(tmp_path)
    assert opened(tmp_path, **other).open("tenant", journal).applied == 0
    assert caplog.records[0].levelno == logging.WARNING


def test_a_snapshot_of_another_journal_is_not_used(tmp_path: Path) -> None:
    saved(tmp_path)
    assert opened(tmp_path).open("tenant", lambda seq: f"another {seq}").applied == 0
    assert opened(tmp_path).open("tenant", lambda seq: None).applied == 0
    assert opened(tmp_path).open("tenant", journal).applied == 40


def test_a_snapshot_of_another_tenant_is_not_used(tmp_path: Path) -> None:
    path = saved(tmp_path)
    other = saved(tmp_path / "elsewhere", "other")
    path.write_bytes(other.read_bytes())
    assert opened(tmp_path).open("tenant", journal).applied == 0


def test_what_was_purged_is_not_in_the_snapshot(tmp_path: Path) -> None:
    indexes = opened(tmp_path)
    index = indexes.open("tenant", journal)
    index.apply([message(n) for n in range(40)], 40)
    secret = message(40, cube_id="mem_secret")
    index.apply([secret], 41)
    index.apply([Purge("mem_secret")], 42)
    indexes.save("tenant", journal)
    again = opened(tmp_path).open("tenant", journal)
    assert numbers(again) == list(range(40))
    assert again.last_number == 40
    packed, _ = EmbeddedRecallIndex.packed(again)
    assert packed["codes"].shape[1] == 40


def test_dropping_forgets_the_snapshot_too(tmp_path: Path) -> None:
    path = saved(tmp_path)
    indexes = opened(tmp_path)
    assert indexes.open("tenant", journal).applied == 40
    indexes.drop("tenant")
    assert not path.exists()
    assert indexes.open("tenant", journal).applied == 0
    indexes.drop("tenant")


def test_without_a_folder_nothing_is_written_and_all_else_works() -> None:
    indexes = opened(None)
    indexes.open("tenant", journal).apply([message(1)], 1)
    indexes.save("tenant", journal)
    indexes.save("unknown", journal)
    assert indexes.open("tenant", journal).applied == 1
    indexes.close()
    assert indexes.open("tenant", journal).applied == 0


def test_a_folder_that_cannot_be_written_costs_a_warning(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "file").write_text("in the way")
    indexes = opened(tmp_path / "file")
    indexes.open("tenant", journal).apply([message(1)], 1)
    indexes.save("tenant", journal)
    assert "not saved" in caplog.text
    assert indexes.open("tenant", journal).applied == 1


def test_an_index_whose_journal_is_unknown_is_not_saved(tmp_path: Path) -> None:
    indexes = opened(tmp_path)
    indexes.open("tenant", journal).apply([message(1)], 1)
    indexes.save("tenant", lambda seq: None)
    assert not list(tmp_path.iterdir())


def test_writers_replace_each_other_whole_and_readers_keep_what_they_opened(
    tmp_path: Path,
) -> None:
    saved(tmp_path)
    early = opened(tmp_path).open("tenant", journal)

    def rewrite(count: int) -> None:
        indexes = opened(tmp_path)
        index = indexes.open("tenant", journal)
        index.apply([message(n) for n in range(40, 40 + count)], 40 + count)
        indexes.save("tenant", journal)

    def reread(_: int) -> None:
        index = opened(tmp_path).open("tenant", journal)
        assert numbers(index) == list(range(index.applied))
        assert index.applied >= 40

    with ThreadPoolExecutor(8) as pool:
        for done in [pool.submit(rewrite, n) for n in range(20)] + [
            pool.submit(reread, n) for n in range(20)
        ]:
            done.result()
    assert numbers(early) == list(range(40))
    assert [path.name for path in tmp_path.glob("*/*")] == ["index.snapshot"]


def test_parts_that_dead_writers_left_are_removed(tmp_path: Path) -> None:
    import os

    path = saved(tmp_path)
    old, new = path.with_name(".old.part"), path.with_name(".new.part")
    for part in (old, new):
        part.write_text("half")
    os.utime(old, (0, 0))
    saved(tmp_path)
    assert (old.exists(), new.exists()) == (False, True)
