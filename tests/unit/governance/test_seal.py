"""Seals: keyed fingerprints that differ wherever anything differs."""

from itertools import combinations
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from memory_os.domain.vocabulary import SourceClass, Trust
from memory_os.governance.seal import Seal

SEAL = Seal(b"secret")
SIGNED: dict[str, Any] = {
    "cube_id": "mem_1",
    "version": 1,
    "content_hash": "aa",
    "source_class": SourceClass.USER_INPUT,
    "trust": Trust.STANDARD,
}
OTHERS = {
    "cube_id": "mem_2",
    "version": 2,
    "content_hash": "ab",
    "source_class": SourceClass.OPERATOR,
    "trust": Trust.VERIFIED,
}


def test_the_same_content_in_the_same_tenant_has_the_same_hash() -> None:
    assert SEAL.content_hash("t", b"x") == Seal(b"secret").content_hash("t", b"x")
    assert len(SEAL.content_hash("t", b"x")) == 64


@settings(deadline=None)
@given(st.binary(max_size=20), st.binary(max_size=20))
def test_other_content_has_another_hash(one: bytes, other: bytes) -> None:
    same = SEAL.content_hash("t", one) == SEAL.content_hash("t", other)
    assert same is (one == other)


def test_tenants_and_secrets_never_share_a_hash() -> None:
    seals = [
        seal.content_hash(tenant, b"x")
        for seal in (SEAL, Seal(b"other"), Seal(b""))
        for tenant in ("t", "u", "")
    ]
    assert len(set(seals)) == len(seals)


def test_a_signature_covers_each_of_its_parts_and_the_tenant() -> None:
    signed = SEAL.signature("t", **SIGNED)
    assert signed == SEAL.signature("t", **SIGNED)
    tampered = [SEAL.signature("t", **{**SIGNED, name: OTHERS[name]}) for name in OTHERS]
    foreign = [SEAL.signature("u", **SIGNED), Seal(b"other").signature("t", **SIGNED)]
    assert len({signed, *tampered, *foreign}) == 8


@pytest.mark.parametrize(("one", "other"), list(combinations(OTHERS, 2)))
def test_two_changes_do_not_cancel_out(one: str, other: str) -> None:
    changed = {**SIGNED, one: OTHERS[one], other: OTHERS[other]}
    assert SEAL.signature("t", **changed) != SEAL.signature("t", **SIGNED)


def test_a_content_hash_is_no_signature_and_no_journal_entry() -> None:
    salted = SEAL.salted("t", "sig", "aa")
    assert len(salted) == 32
    assert salted != SEAL.salted("t", "other", "aa")
    assert salted != SEAL.salted("t", "sig", "ab")
    assert salted != SEAL.salted("u", "sig", "aa")
    assert SEAL.content_hash("t", b"aa")[:32] != salted


def test_the_secret_is_not_shown() -> None:
    assert "secret" not in repr(SEAL).replace("secret=", "")
