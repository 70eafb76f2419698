"""Making, listing and revoking API keys, on the store itself."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

from pydantic import TypeAdapter, ValidationError
from rich.markup import escape

from memory_os.clock import SystemClock
from memory_os.domain.access import DEFAULT_TENANT, PrincipalKind, Role
from memory_os.domain.operations.common import Moment
from memory_os.domain.scope import check_id, make_scope
from memory_os.errors import InvalidInput
from memory_os.ports.key_store import ApiKey
from memory_os_api.cli.work import showing
from memory_os_api.cli.work.opening import database_url, existing
from memory_os_api.cli.work.reading import scope_of
from memory_os_api.container import Choices, key_store, open_kernel
from memory_os_api.keys import KeyRing
from memory_os_api.schemas.keys import KeyPage, to_created, to_info
from memory_os_api.settings import configured_secret

_MOMENT: TypeAdapter[Any] = TypeAdapter(Moment)


def create(**options: Any) -> None:
    """Make a key and print its token, once."""
    clock = SystemClock()
    expires_at = _moment(options["expires_at"])
    if options["days"] is not None:
        if expires_at is not None:
            raise InvalidInput("give --days or --expires-at, not both")
        expires_at = clock.now() + timedelta(days=options["days"])
    with _ring(options, makes=True) as ring:
        issued = ring.issue(
            check_id("name", options["name"]),
            role=Role(options["role"]) if options["role"] else None,
            kind=PrincipalKind(options["kind"]),
            tenant_id=check_id("tenant", options["tenant"] or DEFAULT_TENANT),
            bindings=make_scope(**scope_of(options)),
            expires_at=expires_at,
        )
    if options["as_json"]:
        showing.document(to_created(issued))
        return
    shown = showing.console()
    showing.say(shown, f"[bold]{escape(issued.token)}[/]")
    showing.say(shown, f"[dim]{escape(_line(issued.key))}; it is not shown again[/]")


def list_keys(**options: Any) -> None:
    """Print the keys there are."""
    with _ring(options) as ring:
        found = ring.keys(options["tenant"])
    if options["as_json"]:
        showing.document(KeyPage(results=[to_info(key) for key in found]))
        return
    shown = showing.console()
    if not found:
        showing.say(shown, "there are no API keys; 'memory-os keys create NAME' makes one")
    for key in found:
        showing.say(shown, f"[bold]{escape(key.id)}[/] {escape(_line(key))}")


def revoke(**options: Any) -> None:
    """Revoke a key."""
    with _ring(options) as ring:
        key = ring.revoke(options["key_id"], options["tenant"])
    if options["as_json"]:
        showing.document(to_info(key))
    else:
        showing.say(showing.console(), f"revoked [bold]{escape(key.id)}[/] {escape(_line(key))}")


@contextmanager
def _ring(options: dict[str, Any], *, makes: bool = False) -> Iterator[KeyRing]:
    url = database_url(options["database"])
    kernel = open_kernel(
        url if makes else existing(url), Choices(secret=configured_secret()), reindexing=True
    )
    try:
        yield KeyRing(key_store(kernel), kernel.parts.clock)
    finally:
        kernel.close()


def _moment(text: str | None) -> Any:
    if text is None:
        return None
    try:
        return _MOMENT.validate_python(text)
    except ValidationError as error:
        raise InvalidInput(f"--expires-at: {error.errors()[0]['msg']}") from error


def _line(key: ApiKey) -> str:
    parts = [f"{key.name!r}", f"{key.role.value} key", f"of tenant {key.tenant_id!r}"]
    scope = {"user": key.bindings.user_id, "agent": key.bindings.agent_id}
    parts += [f"bound to {name} {value!r}" for name, value in scope.items() if value]
    if key.expires_at:
        parts.append(f"expires {showing.day(key.expires_at)}")
    if key.revoked_at:
        parts.append(f"revoked {showing.day(key.revoked_at)}")
    return " ".join(parts)
