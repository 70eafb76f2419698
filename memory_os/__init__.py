"""Memory OS: an operating layer for agent memory."""

from memory_os.clock import Clock, ManualClock, SystemClock
from memory_os.domain.operations import (
    AddResult,
    ContextResult,
    DeleteResult,
    HistoryResult,
    Hit,
    MemoryPage,
    SearchResult,
)
from memory_os.domain.operations import DocumentIn as Document
from memory_os.domain.operations import Memory as MemoryRecord
from memory_os.domain.operations import MessageIn as Message
from memory_os.domain.operations import TemplateIn as Template
from memory_os.errors import MemoryOSError
from memory_os.sdk import AsyncMemory, Memory, connect, connect_async, verify_audit_file

__all__ = [
    "AddResult",
    "AsyncMemory",
    "Clock",
    "ContextResult",
    "DeleteResult",
    "Document",
    "HistoryResult",
    "Hit",
    "ManualClock",
    "Memory",
    "MemoryOSError",
    "MemoryPage",
    "MemoryRecord",
    "Message",
    "SearchResult",
    "SystemClock",
    "Template",
    "connect",
    "connect_async",
    "verify_audit_file",
]
