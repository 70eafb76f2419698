"""Every dictionary of one index: from ids, terms and sets of names to numbers."""

from dataclasses import dataclass, field

from memory_os_stores.recall.identities import Identities
from memory_os_stores.recall.labels import Labels
from memory_os_stores.recall.names import Names
from memory_os_stores.recall.namespaces import Namespaces


@dataclass(slots=True)
class Dictionaries:
    """The strings that the directory's columns stand for."""

    users: Names = field(default_factory=Names)
    agents: Names = field(default_factory=Names)
    sessions: Names = field(default_factory=Names)
    principals: Names = field(default_factory=Names)
    branches: Names = field(default_factory=Names)
    groups: Identities = field(default_factory=Identities)
    cubes: Identities = field(default_factory=Identities)
    terms: Names = field(default_factory=Names)
    namespaces: Namespaces = field(default_factory=Namespaces)
    labels: Labels = field(default_factory=Labels)
