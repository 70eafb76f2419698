"""The part of a context that is the same call after call."""

from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from memory_os.domain.tokens import count_tokens
from memory_os.retrieval.pack import Piece
from memory_os.retrieval.standing import lay_out

DAY = datetime(2024, 5, 8, tzinfo=UTC)
TEXTS = st.lists(st.text("ab c\n#[]1", min_size=1, max_size=40), max_size=8)


def pieces(texts: list[str]) -> list[Piece]:
    return [Piece(text, DAY) for text in texts]


def test_the_system_text_comes_first_and_is_never_cut() -> None:
    laid = lay_out(pieces(["Ada drinks tea."]), 0, count_tokens, "Be kind to everybody.")
    assert (laid.text, laid.spans) == ("Be kind to everybody.", ())


def test_each_piece_is_cited_and_its_span_told() -> None:
    laid = lay_out(pieces(["Ada drinks tea.", "Bob sings."]), 100, count_tokens, "Be kind.")
    assert laid.text == "Be kind.\n\n# Standing memory\n[1] Ada drinks tea.\n[2] Bob sings."
    shown = [laid.text[slice(*span)] for span in laid.spans]
    assert shown == ["[1] Ada drinks tea.", "[2] Bob sings."]


@given(TEXTS, TEXTS, st.integers(0, 60))
def test_what_is_appended_never_changes_what_stood_before(
    first: list[str], more: list[str], budget: int
) -> None:
    short = lay_out(pieces(first), budget, count_tokens)
    long = lay_out(pieces([*first, *more]), budget, count_tokens)
    assert long.text.startswith(short.text)
    assert long.spans[: len(short.spans)] == short.spans
    assert short.tokens <= budget or not short.spans
