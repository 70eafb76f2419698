"""Making a snapshot or a branch is journalled: by whom, which, why."""

from tests.unit.kernel.stage import journal, opened


def test_snapshots_and_branches_are_journalled_when_they_are_made_and_deleted() -> None:
    with opened() as memory:
        memory.snapshot("before", user_id="ada", reason="trip")
        memory.snapshot("all")
        branch = memory.branch("plan", user_id="ada", reason="trip")
        memory.delete_snapshot("before", user_id="ada")
        memory.delete_branch("plan", user_id="ada")
        entries = [entry.note for entry in journal(memory)]
        assert [(note.actor, note.action, note.reason) for note in entries] == [
            ("local", "snapshot", "before: trip"),
            ("local", "snapshot", "all"),
            ("local", "branch", "plan: trip"),
            ("local", "delete_snapshot", "before"),
            ("local", "delete_branch", "plan"),
        ]
        ada = entries[0].targets[0]
        assert ada.startswith("sub_")
        assert [note.targets for note in entries] == [
            (ada,),
            (),
            (branch.id, ada),
            (ada,),
            (branch.id, ada),
        ]
        assert memory.verify_audit().ok


def test_no_user_id_stands_in_the_entry_of_a_snapshot_or_a_branch() -> None:
    with opened() as memory:
        memory.snapshot("before", user_id="ada.lovelace")
        memory.branch("plan", user_id="ada.lovelace")
        assert "lovelace" not in str(memory.audit())
