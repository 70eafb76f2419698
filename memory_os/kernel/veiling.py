"""What is stored whole and shown with placeholders: redaction on the way out."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

from memory_os.domain.access import AccessFilter
from memory_os.domain.cube import Cube
from memory_os.domain.scope import Scope
from memory_os.kernel.entries import Entry
from memory_os.kernel.found import Found
from memory_os.kernel.parts import Parts
from memory_os.kernel.policies import Policies
from memory_os.kernel.retrying import Turns
from memory_os.kernel.screening import Screen, mapped, mapped_json
from memory_os.policies.redaction import Redacted, scan


class Veil:
    """Put placeholders into what leaves, where the policy of an agent has ``where`` at ``out``.

    Holders of ``govern`` are shown what is stored; models never are.
    """

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._policies = Policies(parts, Turns())

    def cubes(self, access: AccessFilter, cubes: Iterable[Cube]) -> list[Cube]:
        """Return the cubes as the caller may see them."""
        return [self.cube(access, each) for each in cubes]

    def cube(self, access: AccessFilter, cube: Cube) -> Cube:
        """Return the cube as the caller may see it."""
        if access.sees_quarantined:
            return cube
        screen = self.screen(cube.tenant_id, cube.scope)
        return cube if screen is None else _veiled(cube, screen)

    def found(self, access: AccessFilter, found: Sequence[Found]) -> list[Found]:
        """Return hits with passages as the caller may see them; spans are of the stored text."""
        return list(found) if access.sees_quarantined else self.for_models(access.tenant_id, found)

    def for_models(self, tenant_id: str, found: Sequence[Found]) -> list[Found]:
        """Return hits with passages as a model may see them."""
        return [self._shown(tenant_id, item) for item in found]

    def _shown(self, tenant_id: str, item: Found) -> Found:
        screen = self.screen(tenant_id, item.cube.scope)
        if screen is None:
            return item
        return replace(item, cube=_veiled(item.cube, screen), said=screen.hide(item.passage))

    def entries(self, tenant_id: str, scope: Scope, found: Iterable[Entry]) -> tuple[Entry, ...]:
        """Return index entries that an embedding model may read; terms and spans stay."""
        screen = self.screen(tenant_id, scope)
        if screen is None:
            return tuple(found)
        return tuple(replace(item, embedded=screen.hide(item.embedded)) for item in found)

    def embeddable(self, tenant_id: str, scope: Scope, texts: Sequence[str]) -> list[str]:
        """Return texts as an embedding model may see them."""
        screen = self.screen(tenant_id, scope)
        return list(texts) if screen is None else [screen.hide(text) for text in texts]

    def shown(self, tenant_id: str, scope: Scope) -> Callable[[str], Redacted]:
        """Return how a text is shown to a language model."""
        screen = self.screen(tenant_id, scope)
        return Redacted if screen is None else screen.redacted

    def question(self, tenant_id: str, scope: Scope, text: str) -> str:
        """Return a question as it is asked where placeholders are stored.

        It is not embedded with what policy hides, and finds what is stored under the placeholder.
        """
        if not scan(text):
            return text
        policies = self._policies.of(tenant_id, scope.agent_id)
        if policies.redaction.where == "out":
            return text
        return Screen(tenant_id, scope, policies, self._parts.seal).hide(text)

    def screen(self, tenant_id: str, scope: Scope) -> Screen | None:
        """Return what hides, nothing where what is stored is redacted already."""
        policies = self._policies.of(tenant_id, scope.agent_id)
        if policies.redaction.where == "in":
            return None
        return Screen(tenant_id, scope, policies, self._parts.seal)


def _veiled(cube: Cube, screen: Screen) -> Cube:
    payload = mapped(cube.payload, screen.hide)
    about = cube.version.metadata
    metadata = {key: mapped_json(value, screen.hide) for key, value in about.items()}
    if metadata == about:
        return cube if payload is cube.payload else replace(cube, payload=payload)
    return replace(cube, payload=payload, version=replace(cube.version, metadata=metadata))
