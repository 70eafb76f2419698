"""The same memories in the shapes of mem0, so that its clients need only another URL."""

from typing import Annotated

from fastapi import APIRouter, Body, Query, Response
from fastapi.routing import APIRoute
from pydantic import TypeAdapter

from memory_os.domain.operations import DeleteAllRequest, ListRequest
from memory_os_api.answers import JSON, answer
from memory_os_api.dependencies import IdempotencyKey, IfMatch, IfNoneMatch, Memories, MemoryId
from memory_os_api.etags import expected_version, is_fresh, tag_of
from memory_os_api.routers.cubes import delete_one
from memory_os_api.schemas import examples
from memory_os_api.schemas.listing import DeleteQuery, ListQuery, request_from
from memory_os_api.schemas.mem0 import (
    Mem0Add,
    Mem0AddResult,
    Mem0Change,
    Mem0Done,
    Mem0Memory,
    Mem0Page,
    Mem0Search,
    Mem0Update,
    to_mem0,
    to_mem0_added,
    to_mem0_history,
)

router = APIRouter(tags=["mem0"])
_HISTORY = TypeAdapter(list[Mem0Change])


@router.post("/v1/memories", status_code=201, response_model=Mem0AddResult)
def add_memory(
    body: Annotated[Mem0Add, Body(openapi_examples=examples.MEM0_ADD)],
    memories: Memories,
    idempotency_key: IdempotencyKey = None,
) -> Response:
    """Store messages."""
    request = body.request()
    if idempotency_key is not None:
        request = request.model_copy(update={"idempotency_key": f"memories:{idempotency_key}"})
    return answer(to_mem0_added(memories.add(request).results), 201)


@router.get("/v1/memories", response_model=Mem0Page)
def list_memories(query: Annotated[ListQuery, Query()], memories: Memories) -> Response:
    """List memories a page at a time."""
    page = memories.get_all(request_from(query, ListRequest))
    results = [to_mem0(memory) for memory in page.results]
    return answer(Mem0Page(results=results, next_cursor=page.next_cursor))


@router.delete("/v1/memories", response_model=Mem0Done)
def delete_memories(query: Annotated[DeleteQuery, Query()], memories: Memories) -> Response:
    """Delete every memory of a scope."""
    done = memories.delete_all(request_from(query, DeleteAllRequest))
    said = "Nothing was deleted: this was a dry run" if done.dry_run else "Memories deleted"
    return answer(Mem0Done(message=said, deleted=done.deleted))


@router.post("/v1/memories/search", response_model=Mem0Page)
def search_memories(
    body: Annotated[Mem0Search, Body(openapi_examples=examples.MEM0_SEARCH)], memories: Memories
) -> Response:
    """Find memories that answer a question, best first."""
    found = memories.search(body.request())
    return answer(Mem0Page(results=[to_mem0(hit) for hit in found.results]))


@router.get("/v1/memories/{id}", response_model=Mem0Memory)
def get_memory(id: MemoryId, memories: Memories, if_none_match: IfNoneMatch = None) -> Response:
    """Return a memory."""
    memory = memories.get(id)
    headers = {"ETag": tag_of(memory)}
    if is_fresh(if_none_match, headers["ETag"]):
        return Response(status_code=304, headers=headers)
    return answer(to_mem0(memory), 200, headers)


@router.put("/v1/memories/{id}", response_model=Mem0Memory)
def update_memory(
    id: MemoryId,
    body: Annotated[Mem0Update, Body(openapi_examples=examples.MEM0_UPDATE)],
    memories: Memories,
    if_match: IfMatch = None,
) -> Response:
    """Give a memory a new text or new metadata; the versions before are kept."""
    request = body.request()
    expected = expected_version(if_match, None, id, memories)
    memory = memories.update(id, request.model_copy(update={"expected_version": expected}))
    return answer(to_mem0(memory), 200, {"ETag": tag_of(memory)})


@router.delete("/v1/memories/{id}", response_model=Mem0Done)
def delete_memory(id: MemoryId, memories: Memories, if_match: IfMatch = None) -> Response:
    """Delete a memory; it can be restored for 30 days."""
    done = delete_one(id, memories, "", if_match)
    return answer(Mem0Done(message="Memory deleted", deleted=done.deleted))


@router.get("/v1/memories/{id}/history", response_model=list[Mem0Change])
def memory_history(id: MemoryId, memories: Memories) -> Response:
    """Return every version, oldest first."""
    changes = to_mem0_history(memories.history(id).results)
    return Response(_HISTORY.dump_json(changes), media_type=JSON)


for _route in [each for each in router.routes if isinstance(each, APIRoute)]:
    router.add_api_route(
        f"{_route.path}/",
        _route.endpoint,
        methods=sorted(_route.methods or ()),
        status_code=_route.status_code,
        include_in_schema=False,
    )
