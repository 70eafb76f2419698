"""Passages: in order, inside the text, over all of it, within the limit, in linear time."""

import time
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from memory_os.domain.tokens import count_tokens
from memory_os.retrieval.chunking import Cut, cut
from memory_os.retrieval.outline import TITLE_CHARS

ATOMS = [
    "word", "Ada", " ", "  ", "\t", "\n", "\n\n", ". ", "! ", "?", "...", "…\n", "# Tea\n",
    "## Cups and pots\n", "### ", "#", "#no", "# C# #\n", "```\n", "````\n", "```py\n", "~~~\n",
    "- item ", "1234 ", "3.14", "。", "你好", "x" * 30, "said.\" ", ")", "| a | b |\n", "don't ",
    " \n", "\r\n",
    "\r", "\x0b", "\x85", "\u2028", "\u3000", "é", "😀", "    code\n", "\ud800",
]  # fmt: skip
MARKDOWN = st.lists(st.sampled_from(ATOMS), max_size=60).map("".join)
TEXTS = MARKDOWN | st.text(max_size=200)
LIMITS = st.integers(1, 50)


def words(text: str) -> int:
    return len(text.split())


def check(text: str, cuts: tuple[Cut, ...], limit: int, counter: Callable[[str], int]) -> None:
    at = 0
    for each in cuts:
        start, end = each.span
        passage = text[start:end]
        assert at <= start < end <= len(text)
        assert not text[at:start].strip()
        assert passage == passage.strip()
        assert each.tokens == counter(passage)
        assert each.tokens <= limit or len(passage.split()) == 1
        at = end
    assert not text[at:].strip()


@settings(max_examples=400, deadline=None)
@given(TEXTS, LIMITS)
def test_passages_cover_the_text_in_order_and_keep_the_limit(text: str, limit: int) -> None:
    cuts = cut(text, limit)
    check(text, cuts, limit, count_tokens)
    assert cut(text, limit) == cuts


@settings(deadline=None)
@given(TEXTS, LIMITS)
def test_passages_keep_the_limit_of_any_counter_that_adds_up(text: str, limit: int) -> None:
    check(text, cut(text, limit, words), limit, words)


@settings(deadline=None)
@given(MARKDOWN, st.integers(0, 3))
def test_blank_space_around_a_text_moves_its_passages_and_changes_nothing_else(
    text: str, lines: int
) -> None:
    moved = cut("\n" * lines + text, 9)
    assert [
        Cut((start + lines, end + lines), heading, tokens)
        for (start, end), heading, tokens in ((c.span, c.heading, c.tokens) for c in cut(text, 9))
    ] == list(moved)


@settings(deadline=None)
@given(MARKDOWN.filter(lambda text: "\r" not in text), LIMITS)
def test_line_ends_of_every_system_give_the_same_passages(text: str, limit: int) -> None:
    def passages(body: str) -> list[tuple[list[str], str]]:
        return [(body[slice(*each.span)].split(), each.heading) for each in cut(body, limit)]

    assert passages(text) == passages(text.replace("\n", "\r\n"))
    assert passages(text) == passages(text.replace("\n", "\r"))


def passages(text: str, limit: int) -> list[tuple[str, str]]:
    return [(each.heading, text[slice(*each.span)]) for each in cut(text, limit)]


@pytest.mark.parametrize("text", ["", " ", "\n\n", "\t \u2003\r\n", "\x1c"])
def test_a_blank_text_has_no_passage(text: str) -> None:
    assert cut(text, 10) == ()


def test_a_text_within_the_limit_is_one_passage() -> None:
    text = "  One.\n\nTwo!  \n"
    assert cut(text, 4) == (Cut((2, 12), "", 4),)
    assert passages(text, 3) == [("", "One."), ("", "Two!")]


def test_a_heading_opens_a_section_and_its_path_stays_with_the_passages() -> None:
    text = "Intro.\n# Tea\nA b.\n\nC d.\n## Green ##\nE f.\n# C#\nG h.\n### Deep\nI j."
    assert passages(text, 6) == [
        ("", "Intro."),
        ("Tea", "# Tea\nA b."),
        ("Tea", "C d."),
        ("Tea > Green", "## Green ##"),
        ("Tea > Green", "E f."),
        ("C#", "# C#\nG h."),
        ("C# > Deep", "### Deep"),
        ("C# > Deep", "I j."),
    ]


def test_what_only_looks_like_a_heading_is_text() -> None:
    for line in ("#tag", "####### seven", "#", "a # b", "    # code"):
        assert {heading for heading, _ in passages(f"{line}\n\nText here.", 3)} == {""}


def test_a_very_long_heading_names_its_passages_by_its_beginning() -> None:
    text = "# " + "long " * 5_000 + "\n\nText."
    cuts = cut(text, 50)
    assert {len(each.heading) for each in cuts} == {TITLE_CHARS - 1}
    check(text, cuts, 50, count_tokens)


def test_fenced_code_is_kept_whole_across_blank_lines_and_has_no_headings() -> None:
    text = "Before.\n\n```py\n# no heading\n\nx = 1\n```\n\nAfter all this there is more."
    found = passages(text, 14)
    assert ("", "```py\n# no heading\n\nx = 1\n```") in found
    assert {heading for heading, _ in found} == {""}


def test_a_longer_fence_is_closed_only_by_one_as_long() -> None:
    text = "````\n```\n# inside\n````\n# Outside\nText."
    assert [heading for heading, _ in passages(text, 12)][-1] == "Outside"
    assert "inside" not in {heading for heading, _ in passages(text, 3)}


def test_an_unclosed_fence_reaches_to_the_end() -> None:
    text = "~~~\n# one\n\n# two\n"
    assert {heading for heading, _ in passages(text, 2)} == {""}


def test_what_does_not_fit_is_cut_at_sentences_and_then_at_words() -> None:
    text = 'He said "yes." Then (quietly.) he left! 你好。再见。 one two three four five six seven'
    assert passages(text, 6) == [
        ("", 'He said "yes."'),
        ("", "Then (quietly.)"),
        ("", "he left! 你好。"),
        ("", "再见。"),
        ("", "one two three four five six"),
        ("", "seven"),
    ]


def test_a_word_longer_than_the_limit_stays_whole() -> None:
    assert passages(f"a {'b' * 99} c", 3) == [("", "a"), ("", "b" * 99), ("", "c")]


def test_numbers_with_points_are_no_ends_of_sentences() -> None:
    assert passages("Pi is 3.14 now. E is 2.71 now.", 7) == [
        ("", "Pi is 3.14 now."),
        ("", "E is 2.71 now."),
    ]


TEN_MB = 10_000_000
SENTENCE = "The memory of an agent is kept, and Ada drinks 12 cups of tea. "
SHAPES: dict[str, tuple[str, int]] = {
    "prose": (SENTENCE * 6 + "\n\n", TEN_MB),
    "words": ("word ", TEN_MB),
    "no space": ("a", TEN_MB),
    "only newlines": ("\n", TEN_MB),
    "only hashes": ("#", TEN_MB),
    "hash lines": ("#\n", TEN_MB // 4),
    "table": ("| 12 | tea |\n", TEN_MB),
    "unclosed fence": ("    x = f(1)\n", TEN_MB),
    "fences": ("```\n", TEN_MB // 10),
    "headings": ("# a\n", TEN_MB // 20),
    "dots": (".", TEN_MB // 4),
    "dots and brackets": (".)", TEN_MB // 4),
    "backticks": ("`", TEN_MB // 4),
    "wide stops": ("你好。", TEN_MB // 10),
    "short lines": ("a\n", TEN_MB // 10),
    "hashes in a heading": (" #", TEN_MB // 4),
    "space in a heading": (" ", TEN_MB // 4),
}
BEFORE = {
    "unclosed fence": "```\n", "hashes in a heading": "# a", "space in a heading": "# a",
    "only newlines": "a",
}  # fmt: skip


@pytest.mark.parametrize("shape", SHAPES)
def test_no_shape_of_ten_megabytes_takes_more_than_linear_time(shape: str) -> None:
    unit, size = SHAPES[shape]
    text = BEFORE.get(shape, "") + unit * (size // len(unit)) + "b"
    began = time.process_time()
    cuts = cut(text, 220)
    spent = time.process_time() - began
    assert spent < 6
    assert cuts[0].span[0] == 0
    assert cuts[-1].span[1] == len(text)
    assert all(each.tokens <= 220 or len(cuts) < 3 for each in cuts)
