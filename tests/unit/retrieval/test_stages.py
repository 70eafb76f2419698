"""Each stage of recall by itself, over small fields."""

from datetime import timedelta

import numpy as np
import pytest

from memory_os.domain.lifecycle import State
from memory_os.domain.query import Visibility
from memory_os.domain.vocabulary import SemanticType, Trust
from memory_os.ports.recall_index import Chunk
from memory_os.retrieval.abstain import confidence, coverage, filler
from memory_os.retrieval.applies import applicable, place
from memory_os.retrieval.bm25 import bm25, idf
from memory_os.retrieval.candidates import gather
from memory_os.retrieval.diversify import order
from memory_os.retrieval.field import Field, describe, extend
from memory_os.retrieval.fuse import context_share, fuse, scale, spread, to_best, to_range
from memory_os.retrieval.interleave import best, follow, read, unseen
from memory_os.retrieval.profile import RetrievalProfile
from memory_os.retrieval.rerank import named, rerank
from memory_os.retrieval.route import route
from memory_os.retrieval.scores import Scores
from tests.unit.retrieval.plain_index import EMBEDDER, NOON, PlainIndex, PlainView, said

PROFILE = RetrievalProfile()


def look(chunks: list[Chunk], query: str) -> PlainView:
    index = PlainIndex(chunks)
    terms = route(query, NOON).terms
    return index.view(None, Visibility(), NOON, terms=terms, vector=EMBEDDER.embed([query])[0])


def scene(chunks: list[Chunk], query: str) -> tuple[PlainView, Field]:
    view = look(chunks, query)
    return view, describe(view, view.all(), view.statistics())


def flat(field: Field, values: list[float]) -> Scores:
    scores = np.array(values, dtype=np.float32)
    assert len(scores) == field.size
    return Scores(scores, {"given": scores})


def test_bm25_is_the_textbook_formula() -> None:
    counts = np.array([[2.0, 0.0], [1.0, 1.0]], dtype=np.float32)
    lengths = np.array([4.0, 8.0], dtype=np.float32)
    weights = idf(np.array([2.0, 1.0], dtype=np.float32), 2)
    assert weights == pytest.approx([np.log(1.2), np.log(2.0)])
    first = np.log(1.2) * 2 * 2.2 / (2 + 1.2 * (0.25 + 0.75 * 4 / 6))
    assert bm25(counts, lengths, 6.0, weights, k1=1.2, b=0.75)[0] == pytest.approx(first)


def test_a_term_in_every_passage_still_weighs_something() -> None:
    assert (idf(np.array([0.0, 5.0, 10.0], dtype=np.float32), 10) > 0).all()


def test_candidates_of_a_large_scope_are_a_union() -> None:
    chunks = [said(n, f"filler{n} word", group=f"s{n // 10}") for n in range(100)]
    chunks[50] = said(50, "zebra zebra", group="s5")
    view = look(chunks, "zebra")
    profile = RetrievalProfile(exhaustive=10, pool=3, top_groups=1, members=5)
    weights = idf(view.statistics().chunk_frequency, 100)
    numbers = gather(view, view.statistics(), weights, view.groups(), profile, profile.pool)
    assert 50 in numbers
    assert {51, 52, 53, 54} <= set(numbers.tolist())
    assert len(numbers) < 20
    assert np.all(np.diff(numbers) > 0)
    described = describe(view, numbers, view.statistics())
    assert {49, 51} & set(described.table.numbers.tolist())


def test_neighbours_stay_inside_their_session() -> None:
    chunks = [said(0, "a1", group="x"), said(1, "a2", group="y"), said(2, "a3", group="x")]
    _, field = scene(chunks, "a1")
    assert field.after[0].tolist() == [2, -1]
    assert field.before[1].tolist() == [-1, -1]


def test_scaling_keeps_zero_and_never_divides_by_it() -> None:
    zeros = np.zeros(3, dtype=np.float32)
    assert to_best(zeros).tolist() == [0, 0, 0]
    assert to_range(np.ones(3, dtype=np.float32), 0.5).tolist() == [0, 0, 0]
    assert to_range(np.array([1, 2, 3], dtype=np.float32), 0.5).tolist() == [0, 0.5, 1]
    assert to_range(np.array([1, 1.125], dtype=np.float32), 0.5).tolist() == [0, 0.25]


def test_a_short_turn_takes_its_context_and_a_long_one_does_not() -> None:
    long = " ".join(f"word{n}" for n in range(128))
    chunks = [said(0, "yes in may"), said(1, long), said(2, "alone", group="other")]
    _, field = scene(chunks, "may")
    share = context_share(field, PROFILE)
    assert share.tolist() == [1.0, pytest.approx(0.25), 0.0]


def test_the_answer_beside_the_matching_question_is_found() -> None:
    chunks = [
        said(0, "good morning"),
        said(1, "where did you buy the piano"),
        said(2, "from Hanson, downtown"),
        *(said(n, f"other talk {n}", group="b") for n in range(3, 9)),
    ]
    view, field = scene(chunks, "Where was the piano bought?")
    share = context_share(field, PROFILE)
    scores = spread(fuse(field, view.groups(), share, PROFILE), field, share, PROFILE)
    assert best(scores.total, 1).tolist() == [1]
    assert set(best(scores.total, 3).tolist()) == {0, 1, 2}


def test_parts_add_up_to_the_total() -> None:
    chunks = [said(n, f"tea number {n}", name="Ada" if n % 2 else "Bob") for n in range(12)]
    view, field = scene(chunks, "When did Ada have tea number 7 in May 2024?")
    share = context_share(field, PROFILE)
    fused = scale(spread(fuse(field, view.groups(), share, PROFILE), field, share, PROFILE))
    assert fused.total.max() == pytest.approx(1.0)
    way = route("When did Ada have tea number 7 in May 2024?", NOON)
    scores = rerank(fused, field, way, PROFILE)
    for row in range(field.size):
        assert sum(scores.at(row).values()) == pytest.approx(scores.total[row], abs=1e-5)


def test_a_speaker_counts_in_full_and_a_title_by_its_rarest_word() -> None:
    chunks = [
        said(0, "hello", name="Ada"),
        said(1, "hello", name="Bob"),
        said(2, "a town", name="Springfield, Ohio", role="", group="d1"),
        said(3, "a state", name="Ohio", role="", group="d2"),
    ]
    _, field = scene(chunks, "Did Ada visit Ohio?")
    bonus = named(field)
    assert bonus[0] == 1
    assert bonus[1] == 0
    assert bonus[2] == 0
    assert 0 < bonus[3] < 1


def test_the_named_time_the_asker_and_the_kind_count() -> None:
    chunks = [
        said(0, "plan", at=NOON, role="user"),
        said(1, "plan", at=NOON.replace(month=6), role="assistant"),
        said(2, "plan", at=NOON.replace(year=2023), role="user"),
        said(3, "plan", semantic_type=SemanticType.PREFERENCE, role="assistant"),
        said(4, "plan", trust=Trust.UNTRUSTED, role="assistant"),
    ]
    _, field = scene(chunks, "plan")
    way = route("Could you tell what I should plan in May 2024?", NOON)
    parts = rerank(flat(field, [0.0] * 5), field, way, PROFILE).parts
    assert (parts["dated"] > 0).tolist() == [True, False, False, True, True]
    assert (parts["asker"] > 0).tolist() == [True, False, True, False, False]
    assert (parts["preferred"] > 0).tolist() == [False, False, False, True, False]
    assert parts["trust"].tolist() == pytest.approx([0, 0, 0, 0, -2 * PROFILE.untrusted])


def test_the_present_prefers_the_newest() -> None:
    chunks = [said(n, "lives in town", at=NOON + timedelta(days=n)) for n in range(3)]
    _, field = scene(chunks, "town")
    way = route("Where does Ada live now?", NOON)
    recent = rerank(flat(field, [0.0] * 3), field, way, PROFILE).parts["recent"]
    assert recent.tolist() == pytest.approx([0, PROFILE.recent / 2, PROFILE.recent])


def test_the_activated_win_against_near_equals_alone() -> None:
    chunks = [said(0, "plan"), said(1, "plan", state=State.ACTIVATED), said(2, "plan")]
    _, field = scene(chunks, "plan")
    near, far = [0.97, 0.93, 0.2], [1.0, 0.9, 0.2]
    way = route("plan", NOON)
    assert best(rerank(flat(field, near), field, way, PROFILE).total, 3).tolist() == [1, 0, 2]
    assert best(rerank(flat(field, far), field, way, PROFILE).total, 3).tolist() == [0, 1, 2]
    assert rerank(flat(field, near), field, way, PROFILE).at(1)["activated"] == pytest.approx(0.05)


def documents() -> list[Chunk]:
    return [
        said(
            n,
            f"{title} {text}",
            name=title,
            role="",
            group=f"d{n}",
            semantic_type=SemanticType.FACT,
        )
        for n, (title, text) in enumerate(
            [
                ("Lantern Road", "is a film made by Mira Quill"),
                ("Mira Quill", "was born in Tarn"),
                ("Tarn", "is a harbour with a lighthouse"),
                *((f"Subject{n}", f"film born director number {n}") for n in range(20)),
            ]
        )
    ]


def test_a_passage_leads_to_the_document_that_it_names() -> None:
    query = "Where was the maker of Lantern Road born?"
    view, field = scene(documents(), query)
    share = context_share(field, PROFILE)
    scores = scale(fuse(field, view.groups(), share, PROFILE))
    readings = read(view, field, scores, PROFILE)
    followed = follow(readings, scores, field, PROFILE)
    assert readings[0].number == 0
    assert len(unseen(readings, field)) == 0
    assert best(followed.total, 2).tolist() == [0, 1]
    assert followed.parts["links"][1] > followed.parts["links"][2] >= 0


def test_nothing_is_read_where_nothing_has_a_title() -> None:
    view, field = scene([said(n, "tea time", name="Ada") for n in range(5)], "tea")
    assert read(view, field, flat(field, [1.0] * 5), PROFILE) == ()


def test_a_document_outside_the_candidates_is_fetched() -> None:
    view = look(documents(), "Lantern Road")
    few = describe(view, np.array([0, 5, 6]), view.statistics())
    readings = read(view, few, flat(few, [1.0, 0.1, 0.1]), PROFILE)
    assert unseen(readings, few).tolist() == [1]
    more = extend(view, few, np.array([1]))
    assert more.table.numbers.tolist() == [0, 1, 5, 6]
    assert unseen(readings, more).tolist() == []
    assert unseen((), more).tolist() == []


def test_neighbours_of_few_candidates_are_described_too() -> None:
    view = look([said(n, f"turn {n}") for n in range(9)], "turn")
    few = describe(view, np.array([4]), view.statistics())
    assert few.table.numbers.tolist() == [2, 3, 4, 5, 6]
    assert few.before[2].tolist() == [1, 0]


def test_the_best_rows_come_in_order_with_ties_by_row() -> None:
    values = np.array([0.1, 0.9, 0.5, 0.9] + [0.0] * 40, dtype=np.float32)
    assert best(values, 3).tolist() == [1, 3, 2]
    assert best(values[:3], 10).tolist() == [1, 2, 0]


def test_an_overview_visits_every_session() -> None:
    totals = np.array([1.0, 0.99, 0.98, 0.95, 0.94], dtype=np.float32)
    groups = np.array([1, 1, 1, 2, 3])
    assert order(totals, groups, 3, 0.0).tolist() == [0, 1, 2]
    assert order(totals, groups, 3, 0.1).tolist() == [0, 3, 4]


def test_instructions_that_apply_get_bounded_places() -> None:
    rule = SemanticType.PROCEDURE
    chunks = [
        said(0, "Always list versions when I ask about libraries", semantic_type=rule),
        said(1, "Always list libraries with versions", semantic_type=rule, cube="mem_0"),
        said(2, "Never mention cats", semantic_type=rule),
        said(3, "libraries are nice"),
    ]
    query = "Which libraries and versions should I list?"
    view = look(chunks, query)
    index = PlainIndex(chunks)
    vector = EMBEDDER.embed([query])[0]

    def owners(numbers: np.ndarray) -> list[str]:
        return [cube for cube, _, _ in index.locate(numbers)]

    found = applicable(view, vector, owners, PROFILE)
    assert len(found) == 1
    assert set(found) <= {0, 1}
    assert applicable(view, vector, owners, RetrievalProfile(slots=0)) == []
    assert applicable(look(chunks[3:], query), vector, owners, PROFILE) == []


def test_instructions_stand_behind_the_lead() -> None:
    assert place([5, 6, 7, 8, 9], [8, 1], 3) == [5, 6, 7, 8, 1, 9]
    assert place([], [1], 3) == [1]


def test_confidence_tells_an_answer_from_a_stranger() -> None:
    chunks = [said(n, f"topic{n} about gardening") for n in range(30)]
    chunks[4] = said(4, "Ada planted tulips beside the shed")
    _, field = scene(chunks, "Where did Ada plant tulips?")
    _, other = scene(chunks, "Which engine drives the submarine?")
    rows = np.arange(30)
    assert coverage(field, rows, 100)[4] == pytest.approx(1.0)
    assert confidence(field, rows, PROFILE)[4] > 0.9
    assert confidence(other, rows, PROFILE).max() < 0.1


def test_filler_is_far_below_the_best_with_nothing_that_speaks_for_it() -> None:
    _, field = scene([said(n, "tea") for n in range(4)], "tea")
    linked = np.array([0, 0, 0, 0.1], dtype=np.float32)
    scores = flat(field, [1.0] * 4).plus("links", linked).plus("asker", 1 - linked)
    sure = np.array([0.9, 0.017, 0.019, 0.001], dtype=np.float32)
    rows = np.arange(4)
    assert filler(scores, rows, sure, 0.9, PROFILE).tolist() == [False, True, False, False]
    assert filler(scores, rows[1:], sure[1:], 0.019, PROFILE).tolist() == [False] * 3


def test_no_sign_at_all_is_no_confidence() -> None:
    view = look([said(0, "tea")], "zzz")
    empty = describe(view, view.all(), view.statistics())
    assert confidence(empty, np.array([0]), PROFILE).tolist() == [0.0]
    bare, field = scene([said(0, "tea")], "what is it")
    assert bare.size == 1
    assert coverage(field, np.array([0]), 100).tolist() == [0.0]


def test_candidates_without_words_come_from_meaning_alone() -> None:
    view = look([said(n, f"note {n}") for n in range(30)], "what is it")
    profile = RetrievalProfile(exhaustive=5, pool=7)
    weights = idf(view.statistics().chunk_frequency, 30)
    assert len(gather(view, view.statistics(), weights, view.groups(), profile, 7)) == 7


def test_an_instruction_does_not_crowd_out_another() -> None:
    rule = SemanticType.PROCEDURE
    chunks = [said(n, "Always list versions", semantic_type=rule) for n in range(4)]
    query = "Always list versions"
    index = PlainIndex(chunks)

    def owners(numbers: np.ndarray) -> list[str]:
        return [cube for cube, _, _ in index.locate(numbers)]

    vector = EMBEDDER.embed([query])[0]
    assert len(applicable(look(chunks, query), vector, owners, PROFILE)) == PROFILE.slots


def test_a_time_without_a_month_or_a_year_matches_any() -> None:
    chunks = [said(0, "plan", at=NOON), said(1, "plan", at=NOON.replace(year=2020))]
    _, field = scene(chunks, "plan")
    for text, expected in (("in 2020", [0, 1]), ("in May", [1, 1]), ("on 9 May", [0, 0])):
        parts = rerank(flat(field, [0.0] * 2), field, route(text, NOON), PROFILE).parts
        assert (parts["dated"] > 0).tolist() == [bool(value) for value in expected]
