"""Loading what a command needs when it runs, and no earlier."""

from importlib import import_module
from typing import Any


def work(name: str) -> Any:
    """Return the module ``memory_os_api.cli.work.<name>``."""
    return import_module(f"memory_os_api.cli.work.{name}")
