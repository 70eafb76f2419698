"""Entity tags: the version of a memory, so that changes can be made safe by a header.

The head of a memory that nobody pinned, moved or set an expiry on has the tag ``"3"`` at version 3.
What governs a memory can change without a new version; its tag then ends in a hash of that, as in
``"3-5f1c09d2"``, so that a tag never stands for two different answers.
"""

import hashlib
import re

from starlette.exceptions import HTTPException

from memory_os.domain.lifecycle import State
from memory_os.domain.operations import Memory
from memory_os.domain.vocabulary import Priority, Sensitivity, Visibility
from memory_os.errors import VersionConflict
from memory_os.ports.connector import Connector

ANY = "*"
_TAG = r'(?:W/)?"[\x21\x23-\x7e\x80-\xff]*"'
_LIST = re.compile(rf"\s*{_TAG}(?:\s*,\s*{_TAG})*\s*")
_EACH = re.compile(_TAG)
_VERSION = re.compile(r'"([1-9][0-9]{0,8})"')


def tag_of(memory: Memory) -> str:
    """Return the strong entity tag of ``memory`` as it is answered."""
    governed = (
        str(memory.state),
        memory.state_reason,
        memory.pinned,
        memory.priority,
        memory.sensitivity,
        memory.visibility,
        str(memory.expires_at),
        str(memory.purge_at),
        str(memory.superseded_at),
    )
    if governed == _UNTOUCHED:
        return f'"{memory.version}"'
    mark = hashlib.sha256(repr(governed).encode()).hexdigest()[:8]
    return f'"{memory.version}-{mark}"'


_UNTOUCHED = (
    str(State.GENERATED),
    "created",
    False,
    Priority.NORMAL.value,
    Sensitivity.INTERNAL.value,
    Visibility.SCOPE.value,
    "None",
    "None",
    "None",
)


def is_fresh(if_none_match: str | None, tag: str) -> bool:
    """Tell whether the caller already has what ``tag`` stands for (weak comparison)."""
    if if_none_match is None:
        return False
    given = tags(if_none_match, "If-None-Match")
    return given == [ANY] or tag in (each.removeprefix("W/") for each in given)


def expected_version(
    if_match: str | None,
    in_body: int | None,
    memory_id: str,
    memories: Connector,
    branch: str | None = None,
) -> int | None:
    """Return the version that a change must find, from ``If-Match`` or else the body.

    Raises:
        VersionConflict: the memory is at none of the tags.
        HTTPException: status 400, the header is malformed or contradicts the body.
    """
    if if_match is None:
        return in_body
    given = tags(if_match, "If-Match")
    if given == [ANY]:
        return in_body
    version = _plain(given)
    if version is None:
        memory = memories.get(memory_id, branch=branch)
        if tag_of(memory) not in given and f'"{memory.version}"' not in given:
            raise VersionConflict(
                f"{memory_id!r} has the tag {tag_of(memory)}, not {if_match}; read it again",
                version=memory.version,
            )
        version = memory.version
    if in_body is not None and in_body != version:
        raise HTTPException(
            400, f"If-Match says version {version} and expected_version {in_body}; send one of them"
        )
    return version


def numbered(if_match: str | None, in_body: int | None) -> int | None:
    """Return the version that a policy set must be at, from ``If-Match`` or else the body.

    Raises:
        HTTPException: status 400, the header is no version or contradicts the body.
    """
    if if_match is None or if_match.strip() == ANY:
        return in_body
    found = re.fullmatch(r'\s*"([0-9]{1,9})"\s*', if_match)
    if found is None:
        raise HTTPException(400, f'If-Match must be a version such as "3", not {if_match!r}')
    if in_body not in (None, int(found[1])):
        raise HTTPException(
            400, f"If-Match says {found[1]} and expected_version {in_body}; send one of them"
        )
    return int(found[1])


def tags(value: str, header: str) -> list[str]:
    """Return the entity tags of a header, or a list of ``*``.

    Raises:
        HTTPException: status 400, they are malformed.
    """
    if value.strip() == ANY:
        return [ANY]
    if not _LIST.fullmatch(value):
        raise HTTPException(
            400, f'{header} must be * or tags such as "3", in double quotes, not {value!r}'
        )
    return _EACH.findall(value)


def _plain(given: list[str]) -> int | None:
    found = _VERSION.fullmatch(given[0]) if len(given) == 1 else None
    return int(found[1]) if found else None
