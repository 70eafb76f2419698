"""The REST page tells the truth: its requests are answered, and every path is in it."""

import json
import re
from collections.abc import Iterator

import pytest
from fastapi.testclient import TestClient

from memory_os.domain.access import Role
from memory_os_api.app import create_app
from memory_os_api.container import key_store, open_kernel
from memory_os_api.keys import KeyRing
from memory_os_api.settings import Settings
from tests.docs.pages import Block, blocks, read

PAGE = "docs/rest.md"
METHODS = {"get", "post", "put", "patch", "delete"}


@pytest.fixture(scope="module")
def client() -> Iterator[TestClient]:
    kernel = open_kernel("sqlite://")
    keys = key_store(kernel)
    token = KeyRing(keys).issue("docs", role=Role.ADMIN).token
    app = create_app(kernel, keys, Settings())
    with TestClient(app, headers={"Authorization": f"Bearer {token}"}) as client:
        yield client
    kernel.close()


def send(client: TestClient, block: Block, first_id: str | None) -> tuple[int, object]:
    head, _, body = block.text.partition("\n\n")
    request, *fields = head.splitlines()
    method, path = request.split()
    headers = dict(field.split(": ", 1) for field in fields)
    if first_id is not None:
        path = re.sub(r"\bID\b", first_id, path)
    parsed = json.loads(body) if body.strip() else None
    answer = client.request(method, path, headers=headers, json=parsed)
    return answer.status_code, answer.json() if answer.content else None


def test_every_request_of_the_page_succeeds(client: TestClient) -> None:
    first_id = None
    for block in blocks(PAGE):
        if block.language != "http":
            continue
        status, answer = send(client, block, first_id)
        assert 200 <= status < 300, (block.place, status, answer)
        if first_id is None:
            assert isinstance(answer, dict)
            first_id = answer["results"][0]["id"]


def test_every_path_of_the_service_is_on_the_page(client: TestClient) -> None:
    text = read(PAGE)
    for path, item in client.get("/openapi.json").json()["paths"].items():
        assert METHODS & set(item)
        assert path in text or path.removesuffix("/{id}") in text, path


def test_the_shown_answer_has_the_fields_of_a_real_one(client: TestClient) -> None:
    shown = next(json.loads(block.text) for block in blocks(PAGE) if block.language == "json")
    real = client.post("/v1/cubes", json={"content": "Bo reads.", "user_id": "bo"}).json()
    assert set(real) == set(shown)
    assert set(real["results"][0]) == set(shown["results"][0])
