"""The guard: rights, bindings, and a trust that callers can only lower."""

from itertools import product

import pytest

from memory_os.domain.access import ROLE_RIGHTS, Principal, PrincipalKind, Role, access_filter
from memory_os.domain.lifecycle import Right
from memory_os.domain.scope import Scope
from memory_os.domain.vocabulary import SourceClass, Trust
from memory_os.errors import AccessDenied
from memory_os.governance.guard import admit, bound_scope, ceiling, source_class

READ, WRITE, SHARE, ADMIN = (ROLE_RIGHTS[role] for role in Role)
HELD = {
    Role.READ: {"read"},
    Role.WRITE: {"read", "write"},
    Role.SHARE: {"read", "write", "share", "relay"},
    Role.ADMIN: {right.value for right in Right} - {"legal_erase"},
}


@pytest.mark.parametrize(("role", "right"), list(product(Role, Right)))
def test_a_role_holds_its_rights_and_no_others(role: Role, right: Right) -> None:
    principal = Principal(id="key_1", rights=ROLE_RIGHTS[role])
    if right.value in HELD[role]:
        admit(principal, right, Scope())
        return
    with pytest.raises(AccessDenied) as refused:
        admit(principal, right, Scope())
    assert refused.value.detail == {"right": right.value}
    assert "key_1" in refused.value.message


BOUND = Scope("ada", "chef", "s1", ("team", "a"))
FIELDS = ("user_id", "agent_id", "session_id")


@pytest.mark.parametrize("field", FIELDS)
def test_a_bound_id_may_be_named_or_left_out_but_not_changed(field: str) -> None:
    principal = Principal(bindings=BOUND)
    admit(principal, Right.READ, Scope())
    admit(principal, Right.READ, Scope(**{field: getattr(BOUND, field)}))
    with pytest.raises(AccessDenied) as refused:
        admit(principal, Right.READ, Scope(**{field: "zoe"}))
    assert refused.value.detail == {"field": field}
    assert "zoe" not in refused.value.message
    assert getattr(BOUND, field) not in refused.value.message


@pytest.mark.parametrize("field", FIELDS)
def test_an_unbound_id_may_be_anything(field: str) -> None:
    admit(Principal(), Right.WRITE, Scope(**{field: "anyone"}))


@pytest.mark.parametrize("namespace", [(), ("team", "a"), ("team", "a", "b")])
def test_a_bound_namespace_reaches_itself_and_below(namespace: tuple[str, ...]) -> None:
    admit(Principal(bindings=BOUND), Right.WRITE, Scope(namespace=namespace))


@pytest.mark.parametrize("namespace", [("team",), ("team", "b"), ("a",), ("team", "ab")])
def test_a_bound_namespace_reaches_nothing_beside_or_above(namespace: tuple[str, ...]) -> None:
    with pytest.raises(AccessDenied) as refused:
        admit(Principal(bindings=BOUND), Right.WRITE, Scope(namespace=namespace))
    assert refused.value.detail == {"field": "namespace"}


def test_the_filter_of_a_call_is_compiled_from_the_credential_alone() -> None:
    principal = Principal("t", "key_1", PrincipalKind.AGENT, BOUND, WRITE)
    compiled = admit(principal, Right.READ, Scope("ada"))
    assert compiled == access_filter(principal)
    assert (compiled.tenant_id, compiled.principal_id) == ("t", "key_1")
    assert compiled.bindings == BOUND
    assert not compiled.sees_private
    assert access_filter(Principal(rights=ADMIN)).sees_private


def test_an_add_goes_where_the_credential_is_bound() -> None:
    assert bound_scope(Principal(bindings=BOUND), Scope()) == BOUND
    below = Scope(namespace=("team", "a", "b"))
    assert bound_scope(Principal(bindings=BOUND), below) == Scope(
        "ada", "chef", "s1", ("team", "a", "b")
    )
    free = Scope("bob", None, "s2", ("x",))
    assert bound_scope(Principal(), free) == free
    half = Principal(bindings=Scope(user_id="ada"))
    assert bound_scope(half, Scope(agent_id="chef")) == Scope("ada", "chef")


def caller(kind: PrincipalKind, rights: frozenset[Right] = WRITE) -> Principal:
    return Principal(kind=kind, rights=rights)


USER, AGENT, SERVICE, OPERATOR = PrincipalKind
STAMPS = [
    # kind, role of the message, the class that the platform stamps
    (USER, None, "user_input"), (USER, "user", "user_input"), (USER, "assistant", "agent_output"),
    (USER, "tool", "tool_output"), (USER, "system", "user_input"), (USER, "bard", "user_input"),
    (AGENT, None, "agent_output"), (AGENT, "user", "agent_output"),
    (AGENT, "assistant", "agent_output"), (AGENT, "tool", "tool_output"),
    (AGENT, "function", "tool_output"),
    (SERVICE, None, "user_input"), (SERVICE, "user", "user_input"),
    (SERVICE, "assistant", "agent_output"), (SERVICE, "Tool", "tool_output"),
    (OPERATOR, None, "operator"), (OPERATOR, "system", "operator"),
    (OPERATOR, "user", "user_input"), (OPERATOR, "agent", "agent_output"),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "role", "stamp"), STAMPS)
def test_a_source_is_stamped_from_the_credential_and_the_role(
    kind: PrincipalKind, role: str | None, stamp: str
) -> None:
    assert source_class(caller(kind), role, None) is SourceClass(stamp)


def test_only_relay_makes_an_agents_report_of_a_user_the_users_word() -> None:
    assert source_class(caller(AGENT), "user", None) is SourceClass.AGENT_OUTPUT
    relaying = caller(AGENT, SHARE)
    assert source_class(relaying, "user", None) is SourceClass.USER_INPUT
    assert source_class(relaying, "assistant", None) is SourceClass.AGENT_OUTPUT
    assert source_class(relaying, None, None) is SourceClass.AGENT_OUTPUT


ROLES = [None, "user", "assistant", "tool", "system", "USER", "bard"]


@pytest.mark.parametrize(
    ("kind", "role", "claim"), list(product(PrincipalKind, ROLES, [None, *SourceClass]))
)
def test_a_claim_never_raises_trust(
    kind: PrincipalKind, role: str | None, claim: SourceClass | None
) -> None:
    stamped = source_class(caller(kind), role, None)
    given = source_class(caller(kind), role, claim)
    assert ceiling(given) <= ceiling(stamped)
    if claim is not None and ceiling(claim) <= ceiling(stamped):
        assert given is claim
    else:
        assert given is stamped


CEILINGS = {
    "operator": Trust.VERIFIED, "user_input": Trust.STANDARD, "agent_output": Trust.LOW,
    "tool_output": Trust.LOW, "imported": Trust.LOW, "retrieved": Trust.UNTRUSTED,
    "inferred": Trust.LOW, "consolidated": Trust.LOW, "trained": Trust.LOW,
}  # fmt: skip


@pytest.mark.parametrize("source", SourceClass)
def test_a_source_class_has_its_ceiling(source: SourceClass) -> None:
    assert ceiling(source) is CEILINGS[source.value]


def test_trust_is_ordered_and_has_names() -> None:
    assert sorted(Trust) == [Trust.UNTRUSTED, Trust.LOW, Trust.STANDARD, Trust.VERIFIED]
    assert [trust.label for trust in Trust] == ["untrusted", "low", "standard", "verified"]
