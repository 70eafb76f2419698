"""The conformance suite of ``KeyStore``: subclass it and say how to make a store."""

from dataclasses import replace

import pytest

from memory_os.domain.access import PrincipalKind, Role
from memory_os.domain.scope import Scope
from memory_os.errors import AlreadyExists
from memory_os.ports.key_store import ApiKey, KeyStore
from memory_os.testing.cubes import DAY, START

KEY = ApiKey(
    id="key_1",
    tenant_id="acme",
    name="laptop é",
    role=Role.WRITE,
    kind=PrincipalKind.AGENT,
    bindings=Scope("ada", "concierge", None, ("team", "tea")),
    created_at=START,
    expires_at=START + DAY,
)


class KeyStoreSuite:
    """Every sentence of the port; a subclass has a fixture ``keys``, an empty store."""

    @pytest.mark.parametrize(
        "key", [KEY, replace(KEY, expires_at=None, bindings=Scope(), revoked_at=START)]
    )
    def test_a_key_comes_back_with_its_digest(self, keys: KeyStore, key: ApiKey) -> None:
        keys.add_key(key, "digest")
        assert keys.find_key(key.id) == (key, "digest")

    def test_an_unknown_key_is_nothing(self, keys: KeyStore) -> None:
        assert keys.find_key("key_1") is None
        assert keys.list_keys() == []

    def test_a_key_id_is_given_once_in_all_tenants(self, keys: KeyStore) -> None:
        keys.add_key(KEY, "digest")
        with pytest.raises(AlreadyExists):
            keys.add_key(replace(KEY, tenant_id="other"), "new digest")
        assert keys.find_key(KEY.id) == (KEY, "digest")

    def test_keys_are_listed_oldest_first_by_tenant_or_for_all(self, keys: KeyStore) -> None:
        made = [
            replace(KEY, id=f"key_{n}", tenant_id=tenant, created_at=START + day * DAY)
            for n, tenant, day in ((1, "a", 3), (2, "b", 1), (3, "a", 2), (4, "a", 2))
        ]
        for key in made:
            keys.add_key(key, "digest")
        assert [key.id for key in keys.list_keys()] == ["key_2", "key_3", "key_4", "key_1"]
        assert [key.id for key in keys.list_keys("a")] == ["key_3", "key_4", "key_1"]
        assert keys.list_keys("c") == []

    def test_a_key_is_revoked_once_and_stays(self, keys: KeyStore) -> None:
        keys.add_key(KEY, "digest")
        assert keys.revoke_key(KEY.id, START + DAY)
        assert keys.revoke_key(KEY.id, START + 2 * DAY)
        assert keys.find_key(KEY.id) == (replace(KEY, revoked_at=START + DAY), "digest")
        assert not keys.revoke_key("key_9", START)
