"""What applications hold in their hands."""

from memory_os.sdk.async_memory import AsyncMemory
from memory_os.sdk.connect import connect, connect_async
from memory_os.sdk.memory import Memory
from memory_os.sdk.oversight import verify_audit_file

__all__ = ["AsyncMemory", "Memory", "connect", "connect_async", "verify_audit_file"]
