"""The door for Python code."""

from memory_os.sdk.async_memory import AsyncMemory
from memory_os.sdk.connect import connect, connect_async
from memory_os.sdk.memory import Memory

__all__ = ["AsyncMemory", "Memory", "connect", "connect_async"]
