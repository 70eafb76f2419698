"""The conformance suite of ``PolicyStore``: subclass it and give both fixtures."""

from dataclasses import replace

import pytest

from memory_os.domain.access import DEFAULT_TENANT
from memory_os.domain.journal import Note
from memory_os.domain.policies import KeptPolicies
from memory_os.domain.writing import KeepPolicies
from memory_os.errors import VersionConflict
from memory_os.ports.cube_store import CubeStore
from memory_os.ports.policy_store import PolicyStore
from memory_os.testing.cubes import START, create, cube, write

FIRST = KeptPolicies(
    DEFAULT_TENANT, "strict", 1, {"archive": {"below": 0.2}}, ("cook",), START, "local", "why"
)


def keep(kept: KeptPolicies) -> KeepPolicies:
    """Return the write that stores a version."""
    return KeepPolicies(kept, Note("local", "policy", (f"policy:{kept.name}",), kept.label))


class PolicyStoreSuite:
    """Every sentence of the port.

    A subclass has a fixture ``policies``, which reads an empty store, and ``store``, the cube
    store that writes beside it.
    """

    def test_a_set_is_kept_whole_and_journalled(
        self, policies: PolicyStore, store: CubeStore
    ) -> None:
        assert policies.policies(DEFAULT_TENANT) == []
        store.write(write(keep(FIRST)))
        (found,) = policies.policies(DEFAULT_TENANT)
        assert replace(found, at=START) == FIRST
        assert store.journal(DEFAULT_TENANT, 0, 10)[0].note.targets == ("policy:strict",)
        assert policies.policies("other") == []
        assert store.verify() == []

    def test_every_version_stays(self, policies: PolicyStore, store: CubeStore) -> None:
        second = replace(FIRST, version=2, settings={}, agents=())
        store.write(write(keep(FIRST)))
        store.write(write(keep(second)))
        (head,) = policies.policies(DEFAULT_TENANT)
        assert (head.version, dict(head.settings), head.agents) == (2, {}, ())
        older = policies.policy_version(DEFAULT_TENANT, "strict", 1)
        assert older is not None
        assert replace(older, at=START) == FIRST
        assert policies.policy_version(DEFAULT_TENANT, "strict", 3) is None
        assert policies.policy_version("other", "strict", 1) is None

    def test_a_version_follows_the_one_before(self, store: CubeStore) -> None:
        with pytest.raises(VersionConflict):
            store.write(write(keep(replace(FIRST, version=2))))
        store.write(write(keep(FIRST)))
        with pytest.raises(VersionConflict):
            store.write(write(create(cube(1)), keep(FIRST)))
        assert store.head(DEFAULT_TENANT) == 1, "all of a write happens, or none"

    def test_an_agent_has_one_set(self, policies: PolicyStore, store: CubeStore) -> None:
        store.write(write(keep(replace(FIRST, agents=("cook", "guide")))))
        store.write(write(keep(replace(FIRST, name="mild", agents=("guide",)))))
        found = {kept.name: kept.agents for kept in policies.policies(DEFAULT_TENANT)}
        assert found == {"mild": ("guide",), "strict": ("cook",)}
        then = policies.policy_version(DEFAULT_TENANT, "strict", 1)
        assert then is not None
        assert then.agents == ("cook", "guide")

    def test_changes_are_counted_by_tenant(self, policies: PolicyStore, store: CubeStore) -> None:
        assert policies.policy_changes(DEFAULT_TENANT) == 0
        store.write(write(keep(FIRST)))
        store.write(write(create(cube(1))))
        store.write(write(keep(replace(FIRST, version=2))))
        assert policies.policy_changes(DEFAULT_TENANT) == 2
        assert policies.policy_changes("other") == 0
