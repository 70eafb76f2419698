"""Running a call in a worker thread, for asyncio code."""

import asyncio
from collections.abc import Callable
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
R = TypeVar("R")


async def in_thread(call: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
    """Return what ``call`` returns; the event loop does not wait for it."""
    return await asyncio.to_thread(call, *args, **kwargs)
