"""Reasons that callers give: screened in one place, before any of them is stored or journalled."""

import inspect
from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar, get_type_hints

from memory_os.domain.operations.common import Border
from memory_os.domain.scope import Scope
from memory_os.governance.seal import Seal
from memory_os.kernel.screening import Screen
from memory_os.policies.policy_set import PolicySet, Redaction

REASON = "reason"
_SCREENED = PolicySet(redaction=Redaction(secret="redact", pci="redact", pii="redact"))  # noqa: S106

Door = TypeVar("Door")


def screened_reason(seal: Seal, tenant_id: str, reason: str) -> str:
    """Return ``reason`` with placeholders for secrets and personal data, found as in content.

    No label can say of a journal entry what it holds, so whatever is found is hidden, whatever
    the policies of an agent say. The same value has the same placeholder in all of the tenant.
    """
    return Screen(tenant_id, Scope(), _SCREENED, seal).hide(reason)


def screening_reasons(door: type[Door]) -> type[Door]:
    """Have every method of ``door`` that is given a reason see it screened.

    That is each with a parameter ``reason``, or with a request that has one; ``door`` has a method
    ``screened``, from a reason to what may be kept of it.
    """
    for name, method in inspect.getmembers(door, inspect.isfunction):
        if not name.startswith("_") and (given := _given(method)):
            setattr(door, name, _screening(method, given))
    return door


def _given(method: Callable[..., Any]) -> frozenset[str]:
    """Return the parameters of a method that are a reason or hold one."""
    if method.__name__ == "screened":
        return frozenset()
    hints = {name: hint for name, hint in get_type_hints(method).items() if name != "return"}
    return frozenset(name for name in hints if name == REASON or _holds(hints[name]))


def _holds(given: object) -> bool:
    return isinstance(given, type) and issubclass(given, Border) and REASON in given.model_fields


def _screening(method: Callable[..., Any], given: frozenset[str]) -> Callable[..., Any]:
    signature = inspect.signature(method)

    @wraps(method)
    def screened(self: Any, *args: Any, **options: Any) -> Any:
        call = signature.bind(self, *args, **options)
        for name in given & call.arguments.keys():
            value = call.arguments[name]
            if isinstance(value, str):
                call.arguments[name] = self.screened(value)
            elif getattr(value, REASON, ""):
                reason = self.screened(value.reason)
                call.arguments[name] = value.model_copy(update={REASON: reason})
        return method(*call.args, **call.kwargs)

    return screened
