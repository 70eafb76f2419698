"""What a call on a branch sees: the branch's own slots over those of main as they were then."""

from dataclasses import replace
from datetime import datetime

import numpy as np

from memory_os.domain.access import AccessFilter
from memory_os.domain.cube import MAIN
from memory_os.domain.query import Visibility, beneath
from memory_os.ports.recall_index import Under
from memory_os_stores.recall.conditions import Mask, conditions, mask
from memory_os_stores.recall.directory import Rows
from memory_os_stores.recall.frame import Frame
from memory_os_stores.recall.layout import Code, Small, Wide
from memory_os_stores.recall.visible import Visible


def overlaid(
    frame: Frame, access: AccessFilter, visibility: Visibility, now: datetime, under: Under
) -> tuple[Frame, Visible]:
    """Return both layers as one, with the frame whose states and expiries are those of each.

    Nothing of it is kept for the next call: branches are looked at seldom.
    """
    base = replace(access, branch=MAIN)
    below, lower = _layer(frame, base, beneath(visibility, under.at, now), now)
    above, upper = _layer(frame, access, visibility, now)
    hidden = [frame.names.cubes.find(cube_id) for cube_id in under.hidden]
    if hidden:
        shown = ~np.isin(frame.rows.codes[Code.CUBE, : frame.rows.size], hidden)
        lower, upper = lower & shown, upper & shown
    rows = _joined(below, above, lower) if below is not above else below
    return replace(frame, rows=rows), Visible(rows, lower | upper)


def _layer(
    frame: Frame, access: AccessFilter, visibility: Visibility, now: datetime
) -> tuple[Rows, Mask]:
    wanted = conditions(access, visibility, now, frame.names)
    rows = frame.rows.at(wanted.as_of) if visibility.as_of is not None else frame.rows
    seen = mask(wanted, rows, frame.bounds, frame.names)
    return rows, np.ones(rows.size, np.bool_) if seen is None else seen


def _joined(below: Rows, above: Rows, lower: Mask) -> Rows:
    """Return ``above`` with the states and expiries of ``below`` where that is what is seen."""
    wide, small = above.wide[:, : above.size].copy(), above.small[:, : above.size].copy()
    wide[Wide.EXPIRES, lower] = below.wide[Wide.EXPIRES, : below.size][lower]
    small[Small.STATE, lower] = below.small[Small.STATE, : below.size][lower]
    return replace(above, wide=wide, small=small)
