"""The command ``memory-os``."""

from memory_os_api.cli.main import main

__all__ = ["main"]
