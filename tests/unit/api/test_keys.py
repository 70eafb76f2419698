"""API keys: shown once, kept as hashes, worthless once revoked or expired."""

from datetime import timedelta

import pytest

from memory_os.clock import ManualClock
from memory_os.domain.access import ROLE_RIGHTS, PrincipalKind, Role
from memory_os.domain.scope import Scope
from memory_os.errors import InvalidInput, NotFound, Unauthenticated
from memory_os_api.keys import FRESH_SECONDS, KeyRing, digest_of, matches, principal_of
from tests.unit.api.fakes import DictKeyStore


class Ticks:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def store() -> DictKeyStore:
    return DictKeyStore()


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def ticks() -> Ticks:
    return Ticks()


@pytest.fixture
def ring(store: DictKeyStore, clock: ManualClock, ticks: Ticks) -> KeyRing:
    return KeyRing(store, clock, ticks=ticks)


def test_a_key_proves_its_caller(ring: KeyRing) -> None:
    bindings = Scope(user_id="ada")
    issued = ring.issue(
        "app", role=Role.READ, kind=PrincipalKind.AGENT, tenant_id="acme", bindings=bindings
    )
    caller = principal_of(ring.verify(issued.token))
    assert (caller.tenant_id, caller.id, caller.bindings) == ("acme", issued.key.id, bindings)
    assert (caller.kind, caller.rights) == (PrincipalKind.AGENT, ROLE_RIGHTS[Role.READ])


def test_neither_the_token_nor_its_secret_is_stored(ring: KeyRing, store: DictKeyStore) -> None:
    token = ring.issue("app").token
    prefix, key_id, secret = token.split("_")
    assert prefix == "mos"
    assert len(secret) * 5 >= 128
    assert secret not in repr(store.keys)
    assert key_id in store.keys


def test_two_keys_share_nothing(ring: KeyRing, store: DictKeyStore) -> None:
    first, second = ring.issue("app"), ring.issue("app")
    assert first.token.split("_")[1:] != second.token.split("_")[1:]
    salts = {digest.split("$")[1] for _, digest in store.keys.values()}
    assert len(salts) == 2


@pytest.mark.parametrize(
    "token",
    [
        "",
        "mos",
        "mos__",
        "mos_abc",
        "sk-abc",
        "mos_" + "a" * 16 + "_" + "b" * 52,
        "mos_" + "a" * 16 + "_" + "b" * 5_000,
        "mos_ä_" + "b" * 52,
        "mos_" + "a" * 16 + "_" + "\ud800" * 52,
    ],
)
def test_what_is_no_key_proves_nobody(ring: KeyRing, token: str) -> None:
    ring.issue("app")
    with pytest.raises(Unauthenticated):
        ring.verify(token)


def test_another_keys_secret_proves_nobody(ring: KeyRing) -> None:
    first, second = ring.issue("app").token.split("_"), ring.issue("app").token.split("_")
    with pytest.raises(Unauthenticated, match="not known"):
        ring.verify(f"mos_{first[1]}_{second[2]}")


def test_a_revoked_key_is_worthless_at_once(ring: KeyRing, store: DictKeyStore) -> None:
    issued = ring.issue("app")
    ring.verify(issued.token)
    revoked = ring.revoke(issued.key.id)
    assert revoked.revoked_at is not None
    with pytest.raises(Unauthenticated, match="revoked"):
        ring.verify(issued.token)
    assert ring.revoke(issued.key.id) == revoked


def test_a_key_revoked_elsewhere_is_worthless_within_a_second(
    ring: KeyRing, store: DictKeyStore, clock: ManualClock, ticks: Ticks
) -> None:
    issued = ring.issue("app")
    ring.verify(issued.token)
    KeyRing(store, clock).revoke(issued.key.id)
    ticks.now += FRESH_SECONDS
    assert FRESH_SECONDS <= 1.0
    with pytest.raises(Unauthenticated, match="revoked"):
        ring.verify(issued.token)


def test_a_key_revoked_while_it_is_looked_up_is_not_remembered_as_good(clock: ManualClock) -> None:
    class Slow(DictKeyStore):
        def find_key(self, key_id: str):  # type: ignore[no-untyped-def]
            found = super().find_key(key_id)
            if meanwhile:
                meanwhile.pop()()
            return found

    store = Slow()
    ring = KeyRing(store, clock, ticks=Ticks())
    meanwhile: list = []  # type: ignore[type-arg]
    issued = ring.issue("app")
    meanwhile.append(lambda: ring.revoke(issued.key.id))
    ring.verify(issued.token)
    with pytest.raises(Unauthenticated, match="revoked"):
        ring.verify(issued.token)


def test_a_key_is_looked_up_once_a_second(ring: KeyRing, store: DictKeyStore, ticks: Ticks) -> None:
    token = ring.issue("app").token
    assert not ring.knows(token)
    for _ in range(50):
        ring.verify(token)
    assert store.asked == 1
    assert ring.knows(token)
    ticks.now += FRESH_SECONDS
    assert not ring.knows(token)


def test_an_expired_key_is_worthless(ring: KeyRing, clock: ManualClock) -> None:
    token = ring.issue("app", lasts=timedelta(days=1)).token
    ring.verify(token)
    clock.advance(timedelta(days=1))
    with pytest.raises(Unauthenticated, match="expired"):
        ring.verify(token)


def test_another_tenants_key_looks_like_an_unknown_one(ring: KeyRing) -> None:
    key_id = ring.issue("app", tenant_id="acme").key.id
    said = []
    for wanted in (key_id, "0" * 16):
        with pytest.raises(NotFound) as raised:
            ring.revoke(wanted, "other")
        said.append(raised.value.message.replace(wanted, "ID"))
    assert said[0] == said[1]
    assert ring.find(key_id).revoked_at is None


def test_keys_are_required_from_the_first_one_on_for_good(
    ring: KeyRing, store: DictKeyStore, ticks: Ticks
) -> None:
    assert not ring.required()
    other = KeyRing(store, ticks=ticks)
    issued = other.issue("app")
    assert other.required()
    ticks.now += FRESH_SECONDS
    assert ring.required()
    ring.revoke(issued.key.id)
    assert KeyRing(store).required()


def test_whether_keys_are_required_is_asked_once_a_second(
    ring: KeyRing, store: DictKeyStore, ticks: Ticks
) -> None:
    assert not any(ring.required() for _ in range(50))
    assert store.asked == 1
    assert ring.knows(None)
    ticks.now += FRESH_SECONDS
    assert not ring.knows(None)


def test_a_digest_matches_its_secret_alone() -> None:
    digest = digest_of("secret", b"salt")
    assert matches("secret", digest)
    assert not matches("Secret", digest)
    assert not matches("secret", digest.replace("sha256", "md5"))


def test_a_key_that_would_have_expired_already_is_not_made(
    ring: KeyRing, clock: ManualClock
) -> None:
    for past in (clock.now(), clock.now() - timedelta(days=1)):
        with pytest.raises(InvalidInput, match="is not in the future"):
            ring.issue("late", expires_at=past)
    assert ring.keys() == []
