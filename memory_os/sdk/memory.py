"""The SDK: memory as an object, the same whatever stands behind ``connect``."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from types import TracebackType
from typing import Any, Self, Unpack, overload

from memory_os.domain.operations import (
    AddRequest,
    AddResult,
    ContextRequest,
    ContextResult,
    DeleteAllRequest,
    DeleteResult,
    HistoryResult,
    ListRequest,
    MemoryPage,
    MessageIn,
    SearchRequest,
    SearchResult,
    TransitionRequest,
    UpdateRequest,
)
from memory_os.domain.operations import Memory as Record
from memory_os.domain.operations.common import Limits
from memory_os.domain.operations.merge import (
    DuplicatesRequest,
    DuplicatesResult,
    MergeRequest,
    MergeResult,
    UnmergeRequest,
    UnmergeResult,
)
from memory_os.errors import InvalidInput, TooLarge
from memory_os.kernel.collecting import paused
from memory_os.ports.connector import Connector
from memory_os.ports.model_runtime import ModelRuntime
from memory_os.sdk.activation import ActivationCalls, Prompt, prompt_of
from memory_os.sdk.adapters import AdapterCalls
from memory_os.sdk.branches import Branches
from memory_os.sdk.erasing import Erasing
from memory_os.sdk.jobs import Jobs
from memory_os.sdk.options import (
    AddOptions,
    ContextOptions,
    DeleteAllOptions,
    DuplicatesOptions,
    ListOptions,
    MergeOptions,
    SearchOptions,
    UpdateOptions,
)
from memory_os.sdk.oversight import Oversight
from memory_os.sdk.policies import PolicyCalls
from memory_os.sdk.requests import Content, add_request, build, moment_text, of_item
from memory_os.sdk.reviewing import Reviewing
from memory_os.sdk.sharing import Sharing
from memory_os.sdk.time_machine import TimeMachine


class Memory(
    TimeMachine,
    Erasing,
    Branches,
    Sharing,
    PolicyCalls,
    Jobs,
    Oversight,
    Reviewing,
    ActivationCalls,
    AdapterCalls,
):
    """An agent's memory. Safe to share by threads; closes as a context manager.

    Every answer has ``results``; ``model_dump(mode="json")`` makes ``{"results": [...]}`` of it.
    Every method raises a ``MemoryOSError`` whose ``code`` is the same for every connector.
    """

    def __init__(self, connector: Connector) -> None:
        self.connector = connector

    def add(self, content: Content, **options: Unpack[AddOptions]) -> AddResult:
        """Store a text, a list of messages, a ``Document`` or a ``Template``.

        It is durable and can be recalled when the call returns. The very same text in the same
        scope is not stored twice, unless something else is said of it, such as when it holds:
        the event is then ``TOUCH``.

        Raises:
            InvalidInput, AlreadyExists, IdempotencyConflict, NotSupported, StoreError.
        """
        return self.connector.add(add_request(content, options))

    def add_many(
        self,
        items: Iterable[Content | AddRequest | Mapping[str, Any]],
        **common: Unpack[AddOptions],
    ) -> AddResult:
        """Store many in one transaction: all of them or none.

        An item is what ``add`` takes, or a mapping of its arguments with ``content``, ``messages``,
        ``document`` or ``template`` among them; ``common`` holds for items that do not say else.

        Raises:
            InvalidInput: no item.
            TooLarge: more than 1,000 items.
            And what ``add`` raises for any of them, with its number: ``items.3.content: …``.
        """
        if isinstance(items, str | bytes | Mapping) or not isinstance(items, Iterable):
            raise InvalidInput(
                "add_many takes a list of items; give one item to add", field="items"
            )
        given = list(items)
        if not given:
            raise InvalidInput("items is empty; give at least one", field="items")
        with paused():
            requests = tuple(_numbered(at, item, common) for at, item in enumerate(given))
        if len(requests) > Limits.BATCH:
            raise TooLarge(
                f"{len(requests)} items in one batch; at most {Limits.BATCH} are allowed",
                field="items",
            )
        return self.connector.add_many(requests)

    def search(self, query: str, **options: Unpack[SearchOptions]) -> SearchResult:
        """Return the memories that answer ``query``, best first.

        ``outcome`` tells ``empty`` (nothing stored that the call may see) from
        ``below_threshold`` (nothing good enough).

        Raises:
            InvalidInput, InvalidFilter, AccessDenied, StoreError.
        """
        return self.connector.search(build(SearchRequest, {"query": query, **options}))

    @overload
    def context(
        self,
        query: str | list[dict[str, Any] | MessageIn],
        *,
        reuse: None = None,
        **options: Unpack[ContextOptions],
    ) -> ContextResult: ...

    @overload
    def context(
        self,
        query: str | list[dict[str, Any] | MessageIn],
        *,
        reuse: ModelRuntime,
        **options: Unpack[ContextOptions],
    ) -> Prompt: ...

    def context(
        self,
        query: str | list[dict[str, Any] | MessageIn],
        *,
        reuse: ModelRuntime | None = None,
        **options: Unpack[ContextOptions],
    ) -> ContextResult | Prompt:
        """Return what answers ``query`` as text with citations, within ``max_tokens``.

        A list of messages stands for the conversation so far: the last ones are the question.
        With ``reuse`` it comes as tokens of that runtime's model, and with the attention cache
        that is kept of its beginning; ask for ``standing_tokens`` to have one that can be kept.

        Raises:
            InvalidInput, InvalidFilter, AccessDenied, StoreError.
        """
        question = {"query": query} if isinstance(query, str) else {"messages": query}
        found = self.connector.context(build(ContextRequest, {**question, **options}))
        return found if reuse is None else prompt_of(self, found, reuse)

    def get(
        self,
        memory_id: str,
        *,
        as_of: datetime | str | None = None,
        valid_at: datetime | str | None = None,
        branch: str | None = None,
    ) -> Record:
        """Return one memory, now or as it was recorded at ``as_of``, on main or on a branch.

        With ``valid_at`` only if it holds in the world then. ``as_of`` may name a snapshot:
        ``snapshot:before-migration``.

        Raises:
            NotFound: unknown, another tenant's, deleted, or not valid then.
        """
        valid = moment_text(valid_at, "valid_at")
        return self.connector.get(memory_id, moment_text(as_of), valid, branch)

    def get_all(self, **options: Unpack[ListOptions]) -> MemoryPage:
        """Return a page of memories by creation; pass ``next_cursor`` on as ``cursor``.

        The scope match is ``exact`` by default: memory shared by other scopes is left out.
        """
        return self.connector.get_all(build(ListRequest, options))

    def update(
        self, memory_id: str, content: str | None = None, **options: Unpack[UpdateOptions]
    ) -> Record:
        """Record the next version; the one before stays readable through ``as_of``.

        Raises:
            NotFound, VersionConflict: ``expected_version`` is not the head; IllegalTransition.
        """
        fields: dict[str, Any] = dict(options)
        if content is not None:
            fields["content"] = content
        return self.connector.update(memory_id, build(UpdateRequest, fields))

    def delete(
        self, memory_id: str, *, reason: str = "", branch: str | None = None
    ) -> DeleteResult:
        """Delete one memory; it is out of recall at once and can be restored for 30 days."""
        return self.connector.delete(memory_id, reason, branch)

    def delete_all(self, **options: Unpack[DeleteAllOptions]) -> DeleteResult:
        """Delete every memory of a scope in one transaction; at least one id is needed."""
        return self.connector.delete_all(build(DeleteAllRequest, options))

    def history(self, memory_id: str, *, branch: str | None = None) -> HistoryResult:
        """Return every version of a memory, oldest first, also of a deleted one."""
        return self.connector.history(memory_id, branch)

    def move(
        self,
        memory_id: str,
        event: str,
        *,
        reason: str,
        dry_run: bool = False,
        branch: str | None = None,
    ) -> Record:
        """Send a lifecycle event; ``dry_run`` only shows the memory as it would stand.

        Raises:
            IllegalTransition: the lifecycle has no such move; ``detail['legal']`` names those it
                has.
        """
        fields = {"event": event, "reason": reason, "dry_run": dry_run, "branch": branch}
        return self.connector.transition(memory_id, build(TransitionRequest, fields))

    def activate(
        self, memory_id: str, *, reason: str = "activated", branch: str | None = None
    ) -> Record:
        """Prefer the memory in recall."""
        return self.move(memory_id, "activate", reason=reason, branch=branch)

    def archive(
        self, memory_id: str, *, reason: str = "archived", branch: str | None = None
    ) -> Record:
        """Take the memory out of default recall; it is recalled on request by its state."""
        return self.move(memory_id, "archive", reason=reason, branch=branch)

    def restore(
        self, memory_id: str, *, reason: str = "restored", branch: str | None = None
    ) -> Record:
        """Bring an archived or deleted memory back."""
        return self.move(memory_id, "restore", reason=reason, branch=branch)

    def freeze(
        self, memory_id: str, *, reason: str = "frozen", branch: str | None = None
    ) -> Record:
        """Keep the memory as it is: no edit, expiry or deletion until it is unfrozen."""
        return self.move(memory_id, "freeze", reason=reason, branch=branch)

    def unfreeze(
        self, memory_id: str, *, reason: str = "unfrozen", branch: str | None = None
    ) -> Record:
        """Let a frozen memory change again."""
        return self.move(memory_id, "unfreeze", reason=reason, branch=branch)

    def quarantine(
        self, memory_id: str, *, reason: str = "quarantined", branch: str | None = None
    ) -> Record:
        """Hold the memory out of every recall until it is released."""
        return self.move(memory_id, "quarantine", reason=reason, branch=branch)

    def release(
        self, memory_id: str, *, reason: str = "released", branch: str | None = None
    ) -> Record:
        """Let a quarantined memory back to the state it was taken from."""
        return self.move(memory_id, "release", reason=reason, branch=branch)

    def pin(self, memory_id: str, *, pinned: bool = True, branch: str | None = None) -> Record:
        """Keep the memory from being archived or evicted by policy, or no longer."""
        return self.update(memory_id, pinned=pinned, branch=branch)

    def merge(
        self, parents: Iterable[str], *, reason: str, **options: Unpack[MergeOptions]
    ) -> MergeResult:
        """Make one memory of several, by id; recall sees only the result, ``results[0]``.

        The parents stay behind it, word for word, until ``unmerge``. The result has the lowest
        trust, the highest sensitivity and the earliest expiry among them, and says what the
        longest of the most trusted says, or ``content``. ``dry_run`` only shows it.

        Raises:
            NotFound, IllegalTransition: a parent is frozen, held, merged already or in another
            scope; InvalidInput, IdempotencyConflict, StoreError.
        """
        fields = {"parents": _ids(parents), "reason": reason, **options}
        return self.connector.merge(build(MergeRequest, fields))

    def unmerge(self, memory_id: str, *, reason: str = "", dry_run: bool = False) -> UnmergeResult:
        """Bring back the memories that ``memory_id`` was merged from, as they were, to the byte.

        The result goes to the archive; what was edited in it since is ``kept`` as a new memory.

        Raises:
            NotFound: it is no merge's result; IllegalTransition: it or a parent has moved on.
        """
        fields = {"reason": reason, "dry_run": dry_run}
        return self.connector.unmerge(memory_id, build(UnmergeRequest, fields))

    def duplicates(self, **options: Unpack[DuplicatesOptions]) -> DuplicatesResult:
        """Return pairs of memories that may be one, the surest first, each with a verdict.

        Nothing is merged by this. The verdict ``merge`` is given only where it was measured to be
        safe; ``conflict`` means that one may contradict or update the other.
        """
        return self.connector.duplicates(build(DuplicatesRequest, options))

    def close(self) -> None:
        """Release what is held; what was added is durable without it."""
        self.connector.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


def _ids(given: Iterable[str]) -> tuple[str, ...]:
    if isinstance(given, str):
        raise InvalidInput("parents must be a list of ids, not one id", field="parents")
    return tuple(given)


_FORMS = ("content", "messages", "document", "template")


def _numbered(
    at: int, item: Content | AddRequest | Mapping[str, Any], common: Mapping[str, Any]
) -> AddRequest:
    try:
        return _item(item, common)
    except InvalidInput as error:
        raise of_item(error, at) from error


def _item(item: Content | AddRequest | Mapping[str, Any], common: Mapping[str, Any]) -> AddRequest:
    if isinstance(item, AddRequest):
        return item
    if isinstance(item, Mapping) and not ("role" in item and "content" in item):
        return build(AddRequest, {**common, **item})
    return add_request(item, common)
