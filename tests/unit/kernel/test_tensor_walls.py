"""Caches and adapters stay inside tenant, scope and rights, whatever a caller computes."""

from collections.abc import Iterator

import pytest

from memory_os.activation.format import pack
from memory_os.domain.access import ROLE_RIGHTS, Principal, PrincipalKind, Role
from memory_os.domain.operations import AddRequest
from memory_os.domain.operations.activation import (
    ActivationRequest,
    CheckRequest,
    PrefixRequest,
    TokenSource,
)
from memory_os.domain.operations.adapter import AdapterRequest, ContributorIn, GateRequest
from memory_os.domain.scope import Scope
from memory_os.errors import AccessDenied, NotFound
from memory_os.kernel.memory_os import KernelConnector, MemoryOS
from memory_os.parametric.format import pack as pack_adapter
from memory_os.parametric.weights import weights_of
from memory_os.testing.connector_activation import MODEL, TOKENS, layers
from memory_os.testing.connector_adapters import BASE, CONFIG, trained
from memory_os_api.container import open_kernel

CHECK = CheckRequest(probes=8, top1_agreement=1.0, max_logit_difference=0.0)
GATE = GateRequest(before=(0.0,) * 9, after=(1.0,) * 9, divergence=0.0, detach_tested=True)


@pytest.fixture
def kernel() -> Iterator[MemoryOS]:
    opened = open_kernel("sqlite://")
    yield opened
    opened.close()


def of(
    kernel: MemoryOS, tenant: str, user: str | None = None, role: Role = Role.ADMIN
) -> KernelConnector:
    scope = Scope(user) if user else Scope()
    kind = PrincipalKind.USER if user else PrincipalKind.OPERATOR
    who = Principal(tenant, f"{tenant}-{user}", kind, scope, ROLE_RIGHTS[role])
    return kernel.connector(who)


def cached(caller: KernelConnector, *sources: TokenSource, user: str = "ada") -> str:
    asked = ActivationRequest(model=MODEL, tokens=TOKENS, sources=sources, user_id=user)
    kept = caller.store_activation(asked, pack(layers(), MODEL))
    caller.check_activation(kept.id, CHECK)
    return kept.id


def adapted(caller: KernelConnector, *contributors: ContributorIn) -> str:
    asked = AdapterRequest(base=BASE, contributors=contributors, user_id="ada")
    content = pack_adapter(weights_of(trained().tensors, CONFIG), CONFIG, BASE)
    kept = caller.store_adapter(asked, content)
    caller.judge_adapter(kept.id, GATE)
    return kept.id


def test_equal_tokens_of_two_tenants_share_nothing(kernel: MemoryOS) -> None:
    one, other = of(kernel, "one"), of(kernel, "two")
    cache, adapter = cached(one), adapted(one)
    asked = PrefixRequest(model=MODEL, tokens=TOKENS)
    assert other.find_prefix(asked).reason == "none_stored"
    for act in (
        lambda: other.load_chunk(cache, 0),
        lambda: other.check_activation(cache, CHECK),
        lambda: other.load_adapter(adapter),
        lambda: other.judge_adapter(adapter, GATE),
    ):
        with pytest.raises(NotFound, match="no memory"):
            act()
    mine = cached(other)
    assert other.find_prefix(asked).id == mine
    chunks = {
        tenant.get(held).payload.chunks[0].hash for tenant, held in ((one, cache), (other, mine))
    }
    assert len(chunks) == 2
    other.delete(mine)
    assert one.find_prefix(asked).id == cache
    assert bytes(one.load_chunk(cache, 0)[1])


def test_a_user_does_not_find_what_was_computed_from_another_users_text(kernel: MemoryOS) -> None:
    root = of(kernel, "one")
    (said,) = root.add(AddRequest(content="Ada drinks tea.", user_id="ada")).results
    cache = cached(root, TokenSource(id=said.id, version=1, span=(0, 9)))
    asked = PrefixRequest(model=MODEL, tokens=TOKENS)
    assert of(kernel, "one", "ada").find_prefix(asked).id == cache
    bob = of(kernel, "one", "bob")
    assert bob.find_prefix(asked).reason == "not_readable"
    with pytest.raises(NotFound):
        bob.load_chunk(cache, 0)
    shared = cached(root, TokenSource(id=said.id, version=1, span=(0, 9)), user="bob")
    assert bob.get(shared).kind == "activation"
    assert bob.find_prefix(asked).reason == "source_changed"
    with pytest.raises(NotFound):
        bob.load_chunk(shared, 0)


def test_rights_decide_who_keeps_checks_and_trains(kernel: MemoryOS) -> None:
    root = of(kernel, "one")
    (said,) = root.add(AddRequest(content="Ada drinks tea.", user_id="ada")).results
    reader, writer = (of(kernel, "one", "ada", role) for role in (Role.READ, Role.WRITE))
    with pytest.raises(AccessDenied):
        cached(reader)
    cache = cached(root)
    with pytest.raises(AccessDenied):
        reader.check_activation(cache, CHECK)
    with pytest.raises(AccessDenied):
        reader.load_chunk(cache, 0, unchecked=True)
    assert reader.find_prefix(PrefixRequest(model=MODEL, tokens=TOKENS)).id == cache
    with pytest.raises(AccessDenied, match="train"):
        adapted(writer, ContributorIn(id=said.id, version=1))
    adapter = adapted(root, ContributorIn(id=said.id, version=1))
    assert reader.load_adapter(adapter)[0].size > 0
    with pytest.raises(AccessDenied):
        reader.judge_adapter(adapter, GATE)
