"""The guard: what a principal may ask for, before any port is touched."""

from memory_os.domain.access import SOURCE_OF_KIND, AccessFilter, Principal, access_filter
from memory_os.domain.lifecycle import Right
from memory_os.domain.scope import Scope
from memory_os.domain.vocabulary import CEILINGS, SourceClass, Trust
from memory_os.errors import AccessDenied

_ROLE_SOURCES = {
    "user": SourceClass.USER_INPUT,
    "assistant": SourceClass.AGENT_OUTPUT,
    "agent": SourceClass.AGENT_OUTPUT,
    "tool": SourceClass.TOOL_OUTPUT,
    "function": SourceClass.TOOL_OUTPUT,
}


def admit(principal: Principal, right: Right, scope: Scope) -> AccessFilter:
    """Return the access filter of a call, if the principal may make it in ``scope``.

    Raises:
        AccessDenied: the right is missing, or the scope names an id that the credential is not
            bound to, or a namespace that is not the bound one or below it.
    """
    principal.require(right)
    bound = principal.bindings
    pairs = (
        ("user_id", bound.user_id, scope.user_id),
        ("agent_id", bound.agent_id, scope.agent_id),
        ("session_id", bound.session_id, scope.session_id),
    )
    for name, mine, asked in pairs:
        if mine is not None and asked is not None and asked != mine:
            raise AccessDenied(f"this credential is bound to another {name}", field=name)
    if scope.namespace and scope.namespace[: len(bound.namespace)] != bound.namespace:
        raise AccessDenied("this credential is bound to another namespace", field="namespace")
    return access_filter(principal)


def whole_tenant(principal: Principal, right: Right) -> None:
    """Pass if the principal may do what concerns everybody in its tenant.

    Raises:
        AccessDenied: the right is missing, or the credential is bound to a scope.
    """
    principal.require(right)
    if principal.bindings:
        raise AccessDenied(
            "this concerns the whole tenant and the credential is bound to a scope of it; use one "
            "that is not bound",
            right=right.value,
        )


def bound_scope(principal: Principal, scope: Scope) -> Scope:
    """Return ``scope`` with the ids that the credential fixes filled in: where adds go."""
    return within(principal.bindings, scope)


def within(bound: Scope, scope: Scope) -> Scope:
    """Return ``scope`` with the ids of ``bound`` filled in."""
    if not bound:
        return scope
    return Scope(
        bound.user_id or scope.user_id,
        bound.agent_id or scope.agent_id,
        bound.session_id or scope.session_id,
        scope.namespace or bound.namespace,
    )


def source_class(
    principal: Principal, role: str | None, claimed: SourceClass | None
) -> SourceClass:
    """Return the class of a source: the credential's, lowered by the role or the caller's claim.

    A caller may claim only a class whose trust is not higher. Only a holder of ``relay`` passes
    on what a user said as the user's word; a service does by default.
    """
    stamped = SOURCE_OF_KIND[principal.kind]
    by_role = _ROLE_SOURCES.get((role or "").lower())
    relayed = by_role is SourceClass.USER_INPUT and Right.RELAY in principal.rights
    if by_role is not None and (relayed or ceiling(by_role) <= ceiling(stamped)):
        stamped = by_role
    if claimed is not None and ceiling(claimed) <= ceiling(stamped):
        return claimed
    return stamped


def ceiling(source: SourceClass) -> Trust:
    """Return the highest trust of a source class; derived ones start at low."""
    return CEILINGS.get(source, Trust.LOW)
