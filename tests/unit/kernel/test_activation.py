"""What activating a memory does to recall."""

from tests.unit.kernel.stage import only, opened


def test_an_activated_memory_comes_before_its_equal_until_it_is_deactivated() -> None:
    with opened() as memory:
        for name in ("a", "b"):
            only(memory.add("Ada likes oat tea.", user_id="ada", external_id=name))

        def found() -> list[str]:
            return [hit.id for hit in memory.search("Which tea?", user_id="ada").results]

        first, second = found()
        memory.activate(second)
        assert found() == [second, first]
        memory.move(second, "deactivate", reason="done")
        assert found() == [first, second]
