"""The guard: what a principal may ask for, before any port is touched."""

from dataclasses import replace

from memory_os.domain.access import SOURCE_OF_KIND, AccessFilter, Principal, access_filter
from memory_os.domain.cube import Cube
from memory_os.domain.grants import Purpose
from memory_os.domain.lifecycle import Right
from memory_os.domain.scope import Scope, ScopeMatch
from memory_os.domain.vocabulary import CEILINGS, SourceClass, Trust, Visibility
from memory_os.errors import AccessDenied

_ROLE_SOURCES = {
    "user": SourceClass.USER_INPUT,
    "assistant": SourceClass.AGENT_OUTPUT,
    "agent": SourceClass.AGENT_OUTPUT,
    "tool": SourceClass.TOOL_OUTPUT,
    "function": SourceClass.TOOL_OUTPUT,
}

_WIDTH = tuple(Visibility)
_CONTENT_BLIND = frozenset({Right.ERASE, Right.LEGAL_ERASE})


def admit(
    principal: Principal,
    right: Right,
    scope: Scope,
    *,
    purpose: Purpose | None = Purpose.RECALL,
) -> AccessFilter:
    """Return the access filter of a call, if the principal may make it in ``scope``.

    The filter passes what the principal has ``right`` to, by its role on its own scope or by a
    grant. Erasing looks at no content and needs no purpose.

    Raises:
        AccessDenied: nothing gives the right; or the scope names an id that the credential is not
            bound to, or a namespace that is not the bound one or below it, and no grant of the
            right reaches there.
    """
    named = _beyond(principal.bindings, scope)
    if right not in principal.rights or named is not None:
        given = principal.allowances.having(right).items
        anywhere = scope == principal.bindings
        if not any(anywhere or _meet(item.scope, scope) for item in given):
            principal.require(right)
            raise AccessDenied(f"this credential is bound to another {named}", field=named)
    if right in _CONTENT_BLIND:
        purpose = None
    return access_filter(principal, right, purpose)


def rights_on(principal: Principal, cube: Cube) -> frozenset[Right]:
    """Return what the principal may do with a cube of its tenant that it may see.

    What lies beyond the scope of a bound credential may be read; more takes a grant.
    """
    held = own_rights_on(principal, cube) or principal.rights & {Right.READ}
    return held.union(
        *(i.rights for i in principal.allowances.items if i.covers(cube.id, cube.scope))
    )


def own_rights_on(principal: Principal, cube: Cube) -> frozenset[Right]:
    """Return what the role of the principal allows with a cube: all of it on the own scope."""
    own = principal.bindings.reaches(cube.scope, ScopeMatch.EXACT) and _open_to(principal, cube)
    return principal.rights if own else frozenset()


def rights_in(principal: Principal, scope: Scope) -> frozenset[Right]:
    """Return what the principal may do with all of a scope."""
    own = principal.bindings.reaches(scope, ScopeMatch.EXACT)
    return (principal.rights if own else frozenset()).union(
        *(
            item.rights
            for item in principal.allowances.items
            if item.memory_id is None and item.scope.reaches(scope, ScopeMatch.EXACT)
        )
    )


def require_on(principal: Principal, right: Right, cube: Cube) -> None:
    """Pass if the principal has ``right`` on a cube that it may see.

    Raises:
        AccessDenied: it has not.
    """
    if right in rights_on(principal, cube):
        return
    if principal.bindings.reaches(cube.scope, ScopeMatch.EXACT):
        principal.require(right)
    raise AccessDenied(
        f"{cube.id!r} is shared beyond the scope that this credential is bound to: it may be "
        f"read; more takes a grant of the right {right.value!r}",
        id=cube.id,
        right=right.value,
    )


def may_show(principal: Principal, cube: Cube, visibility: Visibility) -> None:
    """Pass if the principal may let these see a cube that it may change.

    Raises:
        AccessDenied: more would see it, and the right to share is missing; or it would be private
            and the caller shut out.
    """
    if _WIDTH.index(visibility) > _WIDTH.index(cube.governance.visibility):
        require_on(principal, Right.SHARE, cube)
    hidden = replace(cube.governance, visibility=visibility)
    if not _open_to(principal, cube.moved(hidden)):
        raise AccessDenied(
            f"{cube.id!r} was made by somebody else; only its maker, the user whose it is or a "
            "holder of 'govern' makes it private",
            id=cube.id,
        )


def require_in(principal: Principal, right: Right, scope: Scope) -> None:
    """Pass if the principal has ``right`` on all of ``scope``.

    Raises:
        AccessDenied: it has not.
    """
    if right not in rights_in(principal, scope):
        principal.require(right)
        raise AccessDenied(
            "this takes a grant on all of the scope that is named; name a scope inside the grant",
            right=right.value,
        )


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
    """Return ``scope`` with the ids that the credential fixes filled in: where adds go.

    A scope beyond the binding, which a grant has opened, stays as it is.
    """
    return within(principal.bindings, scope)


def within(bound: Scope, scope: Scope) -> Scope:
    """Return ``scope`` with the ids of ``bound`` filled in, unless it names others."""
    if not bound or _beyond(bound, scope) is not None:
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


def _beyond(bound: Scope, scope: Scope) -> str | None:
    """Return which part of ``scope`` is another than the bound one, if any."""
    pairs = (
        ("user_id", bound.user_id, scope.user_id),
        ("agent_id", bound.agent_id, scope.agent_id),
        ("session_id", bound.session_id, scope.session_id),
    )
    for name, mine, asked in pairs:
        if mine is not None and asked is not None and asked != mine:
            return name
    if scope.namespace and scope.namespace[: len(bound.namespace)] != bound.namespace:
        return "namespace"
    return None


def _meet(given: Scope, asked: Scope) -> bool:
    """Tell whether a memory can lie in both scopes."""
    pairs = (
        (given.user_id, asked.user_id),
        (given.agent_id, asked.agent_id),
        (given.session_id, asked.session_id),
    )
    if any(None not in pair and pair[0] != pair[1] for pair in pairs):
        return False
    shorter = min(len(given.namespace), len(asked.namespace))
    return given.namespace[:shorter] == asked.namespace[:shorter]


def _open_to(principal: Principal, cube: Cube) -> bool:
    """Tell whether the privacy of a cube in its own scope shuts a principal out."""
    bound = principal.bindings.user_id
    return (
        cube.governance.visibility is not Visibility.PRIVATE
        or Right.GOVERN in principal.rights
        or (cube.made_by or cube.version.origin.actor) == principal.id
        or (bound is not None and cube.scope.user_id == bound)
    )
