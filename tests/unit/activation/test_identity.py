"""Which prefix a cache is of."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from memory_os.activation.identity import chain, root
from memory_os.domain.payload import ModelFingerprint
from memory_os.errors import InvalidInput

MODEL = ModelFingerprint("w", "t", "c", "", 2, 1, 8, "rope", "gqa", "float32", 1)
SALT = b"s" * 32
TOKENS = st.lists(st.integers(0, 2**32 - 1), max_size=1_100)


@given(TOKENS, TOKENS)
def test_hashes_are_equal_as_far_as_the_tokens_are(one: list[int], other: list[int]) -> None:
    start = root(MODEL, SALT)
    first, second = chain(start, one), chain(start, other)
    for at, (mine, its) in enumerate(zip(first, second, strict=False), start=1):
        assert (mine == its) == (one[: at * 256] == other[: at * 256])
    assert len(first) == len(one) // 256


def test_what_is_appended_leaves_the_chain_before_it() -> None:
    start, tokens = root(MODEL, SALT), list(range(1_000))
    assert chain(start, tokens)[:2] == chain(start, tokens[:700])


def test_any_difference_of_model_or_tenant_is_another_root() -> None:
    others = [
        replace(MODEL, adapter="a"),
        replace(MODEL, weights="x"),
        replace(MODEL, rope="yarn"),
        replace(MODEL, dtype="bfloat16"),
        replace(MODEL, layout_version=2),
    ]
    assert len({model.digest for model in (MODEL, *others)}) == 6
    roots = {root(model, SALT) for model in (MODEL, *others)} | {root(MODEL, b"t" * 32)}
    assert len(roots) == 7


@pytest.mark.parametrize("tokens", [[-1] * 256, [2**32] * 256, ["a"] * 256, [2**70] * 256])
def test_what_is_no_token_is_refused(tokens: list[int]) -> None:
    with pytest.raises(InvalidInput, match="tokens are"):
        chain(root(MODEL, SALT), tokens)
