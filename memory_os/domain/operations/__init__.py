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
from memory_os.domain.operations.merge import (
    Candidate,
    DuplicatesRequest,
    DuplicatesResult,
    Likeness,
    MergeRequest,
    MergeResult,
    UnmergeRequest,
    UnmergeResult,
)
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
    "Candidate",
    "Citation",
    "ContextRequest",
    "ContextResult",
    "Cost",
    "DeleteAllRequest",
    "DeleteResult",
    "DocumentIn",
    "Dropped",
    "DuplicatesRequest",
    "DuplicatesResult",
    "HistoryResult",
    "Hit",
    "Likeness",
    "Limits",
    "ListRequest",
    "Memory",
    "MemoryPage",
    "MergeRequest",
    "MergeResult",
    "MessageIn",
    "Revision",
    "ScopedRequest",
    "SearchRequest",
    "SearchResult",
    "TemplateIn",
    "TransitionRequest",
    "UnmergeRequest",
    "UnmergeResult",
    "UpdateRequest",
    "VisibleRequest",
]
