"""What crosses a border: requests and answers, equal for SDK, REST and CLI."""

from memory_os.domain.operations.add import (
    Added,
    AddedEvent,
    AddRequest,
    AddResult,
    DocumentIn,
    MessageIn,
    TemplateIn,
)
from memory_os.domain.operations.change import (
    DeleteAllRequest,
    DeleteResult,
    TransitionRequest,
    UpdateRequest,
)
from memory_os.domain.operations.common import Cost, Limits, ScopedRequest, VisibleRequest
from memory_os.domain.operations.recall import (
    Citation,
    ContextRequest,
    ContextResult,
    Dropped,
    Hit,
    ListRequest,
    MemoryPage,
    SearchRequest,
    SearchResult,
)
from memory_os.domain.operations.record import HistoryResult, Memory, Revision

__all__ = [
    "AddRequest",
    "AddResult",
    "Added",
    "AddedEvent",
    "Citation",
    "ContextRequest",
    "ContextResult",
    "Cost",
    "DeleteAllRequest",
    "DeleteResult",
    "DocumentIn",
    "Dropped",
    "HistoryResult",
    "Hit",
    "Limits",
    "ListRequest",
    "Memory",
    "MemoryPage",
    "MessageIn",
    "Revision",
    "ScopedRequest",
    "SearchRequest",
    "SearchResult",
    "TemplateIn",
    "TransitionRequest",
    "UpdateRequest",
    "VisibleRequest",
]
