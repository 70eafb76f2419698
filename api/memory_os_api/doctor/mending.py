"""Damage in the rows: passages that are made again from their text, and words that were altered."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence

from memory_os.domain.branch import plain_id
from memory_os.domain.cube import Cube
from memory_os.domain.lifecycle import State
from memory_os.errors import StoreCorrupt
from memory_os.governance.seal import Seal
from memory_os.kernel.entries import Entry, entries, entry, passages
from memory_os.kernel.forming import PAYLOAD
from memory_os.kernel.memory_os import MemoryOS
from memory_os.kernel.veiling import Veil
from memory_os.ports.mending import Damage, Flaw
from memory_os.retrieval.chunking import Cut
from memory_os_api.container import mending
from memory_os_api.doctor.diagnosis import Finding, Part

_FROM_BACKUP = "restore the database from a backup"
_REPAIR = "memory-os doctor --repair"


def damage(kernel: MemoryOS, tenant_id: str) -> Damage:
    """Return what is wrong with a tenant's passages; a text that holds nothing needs none."""
    stored = kernel.parts.store.embedder()
    dimensions = stored.dimensions if stored else kernel.parts.embedder.dimensions
    found = mending(kernel).damage(tenant_id, dimensions)
    if not found.bare:
        return found
    heads = _versions(kernel, tenant_id, ((bare.cube_id, bare.version) for bare in found.bare))
    bare = tuple(one for one in found.bare if _told(kernel, heads.get((one.cube_id, one.version))))
    return Damage(found.orphans, found.misshapen, bare)


def damaged(found: Damage, tenant_id: str) -> Iterator[Finding]:
    """Say in words what is wrong with the passages."""
    for flaw in found.orphans:
        whose = f"memory {flaw.cube_id!r} version {flaw.version}"
        words = f"passage {flaw.number} is of {whose}, which is lost"
        yield Finding(Part.PASSAGES, words, tenant_id, _REPAIR)
    for flaw in found.misshapen:
        words = f"passage {flaw.number} of memory {flaw.cube_id!r} has a vector of the wrong length"
        yield Finding(Part.PASSAGES, words, tenant_id, _REPAIR)
    for bare in found.bare:
        words = f"memory {bare.cube_id!r} is to be recalled and has no passage"
        yield Finding(Part.PASSAGES, words, tenant_id, _REPAIR)


def altered(kernel: MemoryOS, tenant_id: str) -> Iterator[Finding]:
    """Find the versions whose words, source or trust are not what was sealed."""
    seal, found, told = kernel.parts.seal, [], Counter[str]()
    for version in mending(kernel).scan_versions(tenant_id):
        if isinstance(version, StoreCorrupt):
            found.append(version.message.removesuffix(f"; {_FROM_BACKUP}"))
        elif version.governance.state is not State.ERASED:
            told["seen"] += 1
            told["signed"] += (signed := _signed(seal, version))
            said = seal.content_hash(tenant_id, PAYLOAD.dump_json(version.payload))
            if not signed or said != version.version.content_hash:
                what = f"memory {version.id!r} version {version.version.number}"
                found.append(f"{what} was altered: it is not what its seal was made of")
    if told["seen"] and not told["signed"]:
        found = ["no version has a seal of this secret: another made them, or all were altered"]
    yield from (Finding(Part.SEAL, problem, tenant_id, _FROM_BACKUP) for problem in found)


def mend(kernel: MemoryOS, tenant_id: str) -> None:
    """Drop passages of lost versions, and make from the text what is missing or misshapen."""
    found = damage(kernel, tenant_id)
    hand = mending(kernel)
    hand.drop_passages(tenant_id, [flaw.number for flaw in found.orphans])
    wanted = {(flaw.cube_id, flaw.version) for flaw in found.misshapen}
    wanted |= {(bare.cube_id, bare.version) for bare in found.bare}
    cubes = _versions(kernel, tenant_id, wanted)
    _reshape(kernel, tenant_id, found.misshapen, cubes)
    for bare in found.bare:
        cube = cubes[bare.cube_id, bare.version]
        made = Veil(kernel.parts).entries(tenant_id, cube.scope, _entries(kernel, cube))
        vectors = kernel.parts.embedder.embed([item.embedded for item in made])
        hand.add_passages(cube, passages(made, vectors), bare.since)


def _told(kernel: MemoryOS, cube: Cube | None) -> bool:
    return cube is not None and bool(_entries(kernel, cube))


def _entries(kernel: MemoryOS, cube: Cube) -> tuple[Entry, ...]:
    return entries(cube.payload, kernel.parts.rules.passage_tokens, kernel.parts.counter)


def _versions(
    kernel: MemoryOS, tenant_id: str, keys: Iterable[tuple[str, int]]
) -> dict[tuple[str, int], Cube]:
    """Return these versions, whoever may see them and on whichever branch."""
    wanted = set(keys)
    if not wanted:
        return {}
    every = (each for each in mending(kernel).scan_versions(tenant_id) if isinstance(each, Cube))
    pairs = (((cube.id, cube.version.number), cube) for cube in every)
    return {key: cube for key, cube in pairs if key in wanted}


def _reshape(
    kernel: MemoryOS,
    tenant_id: str,
    flaws: Sequence[Flaw],
    cubes: Mapping[tuple[str, int], Cube],
) -> None:
    """Embed anew the passages whose version is there."""
    numbers, texts = [], []
    for flaw in flaws:
        cube = cubes.get((flaw.cube_id, flaw.version))
        if cube is not None:
            part = Cut(flaw.span, flaw.heading, flaw.tokens)
            numbers.append(flaw.number)
            embedded = entry(cube.payload, cube.text, part).embedded
            texts += Veil(kernel.parts).embeddable(tenant_id, cube.scope, [embedded])
    if texts:
        vectors = kernel.parts.embedder.embed(texts)
        kernel.parts.store.replace_vectors(tenant_id, list(zip(numbers, vectors, strict=True)))


def _signed(seal: Seal, cube: Cube) -> bool:
    version = cube.version
    wanted = seal.signature(
        cube.tenant_id,
        cube_id=plain_id(cube.id),
        version=version.number,
        content_hash=version.content_hash,
        source_class=version.origin.source_class,
        trust=version.trust,
    )
    return wanted == version.signature
