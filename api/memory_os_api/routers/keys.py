"""API keys, for admins."""

from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter, Body, Header, Path, Response

from memory_os.domain.access import DEFAULT_ROLE, Principal, rights_of
from memory_os.domain.lifecycle import Right
from memory_os.domain.scope import Scope
from memory_os.errors import AccessDenied, InvalidInput, NotFound
from memory_os.ports.key_store import ApiKey
from memory_os_api.answers import answer
from memory_os_api.dependencies import Caller, TheKeys
from memory_os_api.schemas import examples
from memory_os_api.schemas.keys import (
    CreatedKey,
    KeyInfo,
    KeyPage,
    KeyRequest,
    to_created,
    to_info,
)

router = APIRouter(tags=["keys"])
KeyId = Annotated[str, Path(description="The key's id.")]


@router.post("/v1/keys", status_code=201, response_model=CreatedKey)
def create_key(
    body: Annotated[KeyRequest, Body(openapi_examples=examples.KEY)],
    caller: Caller,
    keys: TheKeys,
    idempotency_key: Annotated[str | None, Header(include_in_schema=False)] = None,
) -> Response:
    """Make a key in the caller's tenant. The answer shows it, and nothing ever shows it again."""
    caller.require(Right.GOVERN)
    if idempotency_key is not None:
        raise InvalidInput(
            "a key takes no Idempotency-Key: its answer holds a secret and is not kept to be sent "
            "again; list the keys to see whether it was made, revoke it, make another",
            field="Idempotency-Key",
        )
    role = body.role or DEFAULT_ROLE[body.kind]
    if not rights_of(role, body.kind) <= caller.rights:
        raise AccessDenied(f"role {role.value!r} has rights that this credential lacks")
    issued = keys.issue(
        body.name,
        role=role,
        kind=body.kind,
        tenant_id=caller.tenant_id,
        bindings=_inside(caller.bindings, body.scope),
        expires_at=body.expires_at,
        lasts=timedelta(seconds=body.ttl_seconds) if body.ttl_seconds else None,
        by=caller.id,
    )
    created = to_created(issued)
    return answer(created, 201, {"Location": f"/v1/keys/{created.id}"})


@router.get("/v1/keys", response_model=KeyPage)
def list_keys(caller: Caller, keys: TheKeys) -> Response:
    """List the keys of the caller's tenant, revoked ones too."""
    caller.require(Right.GOVERN)
    found = [key for key in keys.keys(caller.tenant_id) if _covers(caller, key)]
    return answer(KeyPage(results=[to_info(key) for key in found]))


@router.get("/v1/keys/{id}", response_model=KeyInfo)
def get_key(id: KeyId, caller: Caller, keys: TheKeys) -> Response:
    """Return what is known of a key."""
    caller.require(Right.GOVERN)
    return answer(to_info(_found(id, caller, keys)))


@router.delete("/v1/keys/{id}", status_code=204)
def revoke_key(id: KeyId, caller: Caller, keys: TheKeys) -> Response:
    """Make a key worthless from now on."""
    caller.require(Right.GOVERN)
    keys.revoke(_found(id, caller, keys).id, caller.tenant_id, by=caller.id)
    return Response(status_code=204)


def _found(key_id: str, caller: Principal, keys: TheKeys) -> ApiKey:
    key = keys.find(key_id, caller.tenant_id)
    if not _covers(caller, key):
        raise NotFound(f"no API key {key_id!r}; list the keys to see their ids")
    return key


def _covers(caller: Principal, key: ApiKey) -> bool:
    try:
        return _inside(caller.bindings, key.bindings) == key.bindings
    except AccessDenied:
        return False


def _inside(bound: Scope, asked: Scope) -> Scope:
    """Return ``asked`` under the bindings of the one who asks: nobody grants what they lack."""
    namespace = asked.namespace or bound.namespace
    if namespace[: len(bound.namespace)] != bound.namespace:
        raise AccessDenied("this credential is bound to another namespace", field="namespace")
    return Scope(
        _one("user_id", bound.user_id, asked.user_id),
        _one("agent_id", bound.agent_id, asked.agent_id),
        _one("session_id", bound.session_id, asked.session_id),
        namespace,
    )


def _one(name: str, mine: str | None, wanted: str | None) -> str | None:
    if mine is not None and wanted not in (None, mine):
        raise AccessDenied(f"this credential is bound to another {name}", field=name)
    return mine or wanted
