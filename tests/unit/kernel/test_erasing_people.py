"""Whoever is erased is named by no background work either."""

from tests.unit.kernel.stage import opened


def test_work_about_an_erased_person_is_forgotten() -> None:
    with opened(follow_up=True) as memory:
        for user in ("ada", "bob"):
            memory.add([{"role": "user", "content": "Hello."}], user_id=user, session_id="s1")
        told = [job.targets for job in memory.jobs().results]
        assert any("user:ada" in targets for targets in told)
        assert memory.erase(subject="ada", reason="asked").status == "complete"
        named = [target for job in memory.jobs().results for target in job.targets]
        assert "user:ada" not in named
        assert "user:bob" in named
