"""Redaction holds for any text: it is idempotent, leaves nothing behind, and spans map back."""

from hashlib import sha256
from itertools import pairwise

from hypothesis import example, given
from hypothesis import strategies as st

from memory_os.policies.finding import Kind
from memory_os.policies.injection import suspect
from memory_os.policies.redaction import PLACEHOLDER, Redacted, redact, scan

SENSITIVE = (
    "ada@example.com",
    "+44 20 7946 0958",
    "(212) 555-0187",
    "203.0.113.54",
    "2001:db8:85a3::8a2e:370:7334",
    "4111 1111 1111 1111",
    "DE89 3704 0044 0532 0130 00",
    "536-22-1234",
    "AKIAZ7QK2MXWP4RT6SVB",
    "password = hunter2!x",
    "postgres://bob:tulip-9Garden@db.internal/boats",
    "sk-proj-h8Kd0ZqLr7xT2mNwB4vYc6EfG1sJpU",
    "[EMAIL_ABCDEF]",
    "[SECRET_234567]",
    "call 555-0175",
)
GLUE = st.sampled_from((" ", ", ", "\n", "", ":", "=", '"', "/", "@", "-", ".", "0", "x"))
WORDS = st.text(alphabet=st.characters(codec="utf-8"), max_size=12)
TEXTS = st.lists(st.one_of(st.sampled_from(SENSITIVE), WORDS, GLUE), max_size=10).map("".join)
HIDDEN = st.sets(st.sampled_from(list(Kind)), min_size=1).map(frozenset)


def name(kind: Kind, value: str) -> str:
    digest = sha256(value.encode("utf-8", "surrogatepass")).hexdigest().upper()
    mark = "".join(char for char in digest if char in "ABCDEF234567")[:6]
    return f"[{kind.value.upper()}_{mark}]"


def redacted(text: str, hidden: frozenset[Kind]) -> Redacted:
    return redact(text, scan(text), hidden, name)


@given(TEXTS, HIDDEN)
@example("password=ada@example.com12", frozenset({Kind.EMAIL}))
@example("4111 1111 1111 1111ada@example.com", frozenset(Kind))
def test_nothing_hidden_is_left_and_doing_it_again_changes_nothing(
    text: str, hidden: frozenset[Kind]
) -> None:
    once = redacted(text, hidden)
    assert [found for found in scan(once.text) if found.kind in hidden] == []
    assert redacted(once.text, hidden) == Redacted(once.text)


@given(TEXTS)
def test_findings_are_in_order_and_apart(text: str) -> None:
    found = scan(text)
    assert all(0 <= each.start < each.end <= len(text) for each in found)
    assert all(one.end <= other.start for one, other in pairwise(found))


@given(TEXTS, HIDDEN)
def test_every_span_of_the_new_text_maps_to_the_old_one(text: str, hidden: frozenset[Kind]) -> None:
    done = redacted(text, hidden)
    covered = {
        place for edit in done.edits for place in range(edit.at, edit.at + len(edit.placeholder))
    }
    for place, char in enumerate(done.text):
        if place not in covered:
            assert text[done.original(place)] == char
    for edit in done.edits:
        end = edit.at + len(edit.placeholder)
        assert done.text[edit.at : end] == edit.placeholder
        assert PLACEHOLDER.fullmatch(edit.placeholder)
        span = (done.original(edit.at), done.original_end(end))
        assert span == (edit.found.start, edit.found.end)
    assert done.original_end(len(done.text)) == len(text)


@given(TEXTS)
def test_what_is_plain_stays_as_it_is(text: str) -> None:
    if not scan(text):
        assert redacted(text, frozenset(Kind)) == Redacted(text)


@given(TEXTS)
def test_a_suspicion_is_a_share_with_reasons(text: str) -> None:
    found = suspect(text)
    assert 0.0 <= found.score < 1.0
    assert bool(found.score) is bool(found.reasons)
