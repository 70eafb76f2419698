import json
from pathlib import Path

import pytest

from memory_os.clock import ManualClock
from memory_os_evals import Options, report, run
from memory_os_evals.arms.port import Ask
from memory_os_evals.errors import BadData, EvaluationError, OutputTaken, UnknownName
from memory_os_evals.recall import locomo
from memory_os_evals.recall.metrics import METRICS
from memory_os_evals.recall.play import Silent, play
from memory_os_evals.recall.record import claim, keep
from memory_os_evals.recall.suites import SUITES
from memory_os_evals.shape import Bank
from tests.evals import invented

BOUNDS = ("bm25", "recent", "random", "oracle")
MAKERS = {
    "locomo": invented.locomo,
    "hotpotqa": invented.hotpotqa,
    "musique": invented.musique,
    "beam": invented.beam,
}


@pytest.fixture
def options(tmp_path: Path) -> Options:
    return Options("locomo", invented.locomo(tmp_path), arms=BOUNDS)


@pytest.mark.parametrize("suite", SUITES)
def test_every_suite_runs_and_stands_between_its_floor_and_its_ceiling(
    suite: str, tmp_path: Path
) -> None:
    document = run(Options(suite, MAKERS[suite](tmp_path), arms=BOUNDS)).document
    arms = document["arms"]
    assert list(arms) == list(BOUNDS)
    assert {arms["oracle"][name] for name in ("recall@10", "ndcg@10", "mrr")} == {1.0}
    for arm in BOUNDS:
        assert arms[arm]["n"] == document["n"]
        assert 0 <= arms[arm]["recall@10"] <= 1
        assert set(arms[arm]["intervals"]) == set(METRICS)
    assert arms["bm25"]["ndcg@10"] > arms["random"]["ndcg@10"]


def test_the_bm25_floor_on_invented_turns_worked_out_by_hand(options: Options) -> None:
    arms = run(options).document["arms"]
    categories = arms["bm25"]["categories"]
    assert categories["single-hop"]["mrr"] == 1
    assert categories["temporal"]["recall@1"] == 1
    assert categories["multi-hop"]["recall@1"] == pytest.approx((0.5 + 0.5) / 2)
    assert categories["open-domain"]["recall@50"] == 0
    assert arms["bm25"]["recall@1"] == pytest.approx((1 + 0.5 + 1 + 0 + 0.5) / 5)


def test_the_headline_leaves_out_what_has_no_evidence_and_what_is_kept_apart(
    options: Options,
) -> None:
    document = run(options).document
    assert document["headline"] == ["single-hop", "multi-hop", "temporal", "open-domain"]
    assert (document["n"], document["clusters"]) == (10, 2)
    assert document["arms"]["bm25"]["categories"]["adversarial"]["n"] == 2
    assert (document["questions"], document["without_evidence"]) == (14, 2)
    assert document["dropped_evidence"] == 4


@pytest.mark.parametrize("asked", ["adversarial", "5"])
def test_a_category_is_chosen_by_name_or_number(options: Options, asked: str) -> None:
    chosen = Options("locomo", options.data, arms=("bm25",), categories=(asked,))
    document = run(chosen).document
    assert (document["headline"], document["n"]) == (["adversarial"], 2)


def test_a_limit_asks_the_first_questions_and_takes_in_their_banks_alone(
    options: Options,
) -> None:
    document = run(Options("locomo", options.data, arms=("bm25",), limit=3)).document
    assert (document["n"], document["clusters"]) == (3, 1)
    assert document["arms"]["bm25"]["intervals"]["recall@10"] is None


def test_sessions_are_retrieved_where_they_are_asked_for(options: Options) -> None:
    document = run(Options("locomo", options.data, arms=("bm25",), unit="session")).document
    assert (document["unit"], document["items"]) == ("session", 4)


def test_the_same_options_give_the_same_document(options: Options) -> None:
    first, second = run(options).document, run(options).document
    assert first["fingerprint"] == second["fingerprint"]
    for document in (first, second):
        for figures in document["arms"].values():
            del figures["latency_ms"], figures["remember_seconds"]
    assert first == second


def test_another_seed_moves_chance_and_nothing_else(options: Options) -> None:
    arms = run(options).document["arms"]
    other = run(Options("locomo", options.data, arms=BOUNDS, seed=1)).document["arms"]
    assert other["random"]["mrr"] != arms["random"]["mrr"]
    assert other["bm25"]["mrr"] == arms["bm25"]["mrr"]


def test_differences_are_paired_with_the_bm25_floor(options: Options) -> None:
    document = run(options).document
    arms, differences = document["arms"], document["differences"]
    assert set(differences) == set(BOUNDS) - {"bm25"}
    gain = differences["oracle"]["recall@10"]
    expected = arms["oracle"]["recall@10"] - arms["bm25"]["recall@10"]
    assert gain["mean"] == pytest.approx(expected, abs=1e-6)
    assert gain["interval"][0] <= gain["mean"] <= gain["interval"][1]


def test_without_the_floor_there_are_no_differences(options: Options) -> None:
    document = run(Options("locomo", options.data, arms=("oracle", "recent"))).document
    assert document["differences"] == {}
    assert "Paired difference" not in report(document)


def test_unknown_names_are_refused_before_anything_is_read() -> None:
    nowhere = Path("nowhere")
    with pytest.raises(UnknownName, match="unknown suite 'loco'; known are: locomo, hotpotqa"):
        run(Options("loco", nowhere))
    with pytest.raises(UnknownName, match="unknown arm"):
        run(Options("locomo", nowhere, arms=("x",)))
    with pytest.raises(UnknownName, match="unknown unit 'session'; known are: message"):
        run(Options("beam", nowhere, unit="session"))


def test_an_unknown_category_is_told_with_the_known_ones(options: Options) -> None:
    with pytest.raises(UnknownName, match="unknown category '6'; known are: single-hop"):
        run(Options("locomo", options.data, arms=("bm25",), categories=("6",)))


def test_a_corpus_where_there_is_none_and_a_limit_of_zero_are_refused(options: Options) -> None:
    with pytest.raises(EvaluationError, match="leave --corpus out"):
        run(Options("locomo", options.data, corpus=options.data))
    with pytest.raises(EvaluationError, match="limit is 0"):
        run(Options("locomo", options.data, limit=0))


def test_a_set_without_any_evidence_is_refused(tmp_path: Path) -> None:
    sample = invented.locomo_sample()
    sample["qa"] = sample["qa"][-1:]
    with pytest.raises(BadData, match="no question with evidence"):
        run(Options("locomo", invented.write(tmp_path / "l.json", [sample]), arms=("bm25",)))


class Echo:
    """Answer with ids it was told to, and count what it was asked."""

    def __init__(self, *ids: str) -> None:
        self.ids = ids
        self.told: list[str] = []

    def remember(self, bank: Bank) -> None:
        self.told.append(bank.id)

    def recall(self, ask: Ask) -> tuple[str, ...]:
        return self.ids

    def close(self) -> None:
        self.told.append("closed")


def test_times_and_tokens_of_an_answer_are_measured(tmp_path: Path) -> None:
    dataset = locomo.load(invented.locomo(tmp_path, samples=1))
    arm = Echo("D1:1", "D1:1", "D2:1")
    ticks = iter(range(100))
    played = play(
        "echo",
        arm,
        dataset,
        dataset.questions[:2],
        progress=Silent(),
        timer=lambda: float(next(ticks)),
    )
    assert arm.told == ["conv-1", "closed"]
    assert played.remember_seconds == 1
    assert [answer.milliseconds for answer in played.answers] == [1000, 1000]
    assert played.answers[0].ranking == ("D1:1", "D2:1")
    assert played.answers[0].tokens == 6 + 7
    assert played.answers[1].scores["recall@10"] == 0.5


def test_an_arm_is_closed_when_it_fails(tmp_path: Path) -> None:
    dataset = locomo.load(invented.locomo(tmp_path, samples=1))
    arm = Echo("no such item")
    with pytest.raises(KeyError):
        play("echo", arm, dataset, dataset.questions[:1], progress=Silent())
    assert arm.told[-1] == "closed"


def test_the_report_names_unit_counts_and_clusters(options: Options) -> None:
    text = report(run(options).document)
    assert text.startswith("# locomo@1, by turn\n")
    assert "n = 10 questions in 2 clusters" in text
    assert "4 evidence ids dropped, 2 questions without evidence" in text
    assert "| open-domain (3) " in text
    assert "too narrow rather than too wide" in text
    widths = {len(line) for line in text.splitlines() if line.startswith("| turn   ")}
    assert len(widths) <= 4


def test_a_report_without_clusters_says_so(options: Options) -> None:
    document = run(Options("locomo", options.data, arms=("bm25",), limit=2)).document
    assert "one cluster" in report(document)


def test_records_hold_every_answer_and_no_text_of_the_data(
    options: Options, tmp_path: Path
) -> None:
    folder = tmp_path / "runs" / "first"
    claim(folder)
    done = run(options)
    keep(done, options, folder, clock=ManualClock())
    lines = [json.loads(line) for line in (folder / "answers.jsonl").read_text().splitlines()]
    assert len(lines) == len(BOUNDS) * 12
    assert json.loads((folder / "summary.json").read_text()) == done.document
    manifest = json.loads((folder / "manifest.json").read_text())
    assert manifest["fingerprint"] == done.document["fingerprint"]
    assert manifest["arguments"]["arms"] == list(BOUNDS)
    assert manifest["created"] == "1970-01-01T00:00:00+00:00"
    assert "numpy" in manifest["packages"]
    written = "".join(path.read_text() for path in folder.iterdir())
    assert not any(fact in written for fact in invented.FACTS)
    assert {path.suffix for path in folder.iterdir()} == {".json", ".jsonl", ".md"}


def test_the_mean_of_the_recorded_scores_is_the_printed_figure(
    options: Options, tmp_path: Path
) -> None:
    done = run(options)
    keep(done, options, tmp_path, clock=ManualClock())
    lines = [json.loads(line) for line in (tmp_path / "answers.jsonl").read_text().splitlines()]
    scores = [
        line["scores"]["mrr"]
        for line in lines
        if line["arm"] == "bm25" and line["category"] != "adversarial"
    ]
    assert done.document["arms"]["bm25"]["mrr"] == pytest.approx(sum(scores) / 10, abs=1e-6)


def test_records_are_never_overwritten(tmp_path: Path) -> None:
    claim(tmp_path / "new" / "folder")
    (tmp_path / "note.txt").write_text("mine")
    with pytest.raises(OutputTaken, match="not empty"):
        claim(tmp_path)
    with pytest.raises(OutputTaken, match="cannot keep records in"):
        claim(tmp_path / "note.txt")
