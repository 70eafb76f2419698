"""Which memory of a branch goes to main."""

import pytest

from memory_os.policies.adoption import Adopt, Side, Sides, judge

KEEP, APPLY, CONFLICT = Adopt.KEEP, Adopt.APPLY, Adopt.CONFLICT


@pytest.mark.parametrize(
    ("branch_changed", "main_changed", "alike", "prefer", "action", "reason"),
    [
        (False, False, True, None, KEEP, "unchanged_on_branch"),
        (False, True, False, "branch", KEEP, "unchanged_on_branch"),
        (True, True, True, None, KEEP, "already_so_on_main"),
        (True, False, False, None, APPLY, "changed_on_branch_alone"),
        (True, False, False, "main", APPLY, "changed_on_branch_alone"),
        (True, True, False, None, CONFLICT, "changed_on_both"),
        (True, True, False, "branch", APPLY, "branch_preferred"),
        (True, True, False, "main", KEEP, "main_preferred"),
    ],
)
def test_three_ways_are_compared(
    *,
    branch_changed: bool,
    main_changed: bool,
    alike: bool,
    prefer: Side | None,
    action: Adopt,
    reason: str,
) -> None:
    verdict = judge(Sides(branch_changed, main_changed, alike), prefer)
    assert (verdict.action, verdict.reason) == (action, reason)
