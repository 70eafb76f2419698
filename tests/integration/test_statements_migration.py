"""Facts stored before they could be found by subject and predicate are found after the upgrade."""

from pathlib import Path

import memory_os
from tests.integration.old_schema import at_revision


def test_old_facts_are_superseded_too(tmp_path: Path) -> None:
    path = tmp_path / "memory.db"
    parts = {"user_id": "ada", "subject": "Ada", "predicate": "Lives in"}
    with memory_os.connect(f"sqlite:///{path}") as memory:
        old = memory.add("Ada lives in Oslo.", object="Oslo", **parts).results[0]
        memory.add("Nothing in particular.", user_id="ada")
    at_revision(path, "0003")
    with memory_os.connect(f"sqlite:///{path}") as memory:
        new = memory.add("Ada lives in Graz.", object="Graz", resolve=True, **parts).results[0]
        assert new.superseded == (old.id,)
        found = memory.search("Where does Ada live?", user_id="ada").results
        assert found[0].id == new.id
