"""The HTTP client against a scripted service: retries, keys, timeouts, errors."""

import json
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import pytest

from memory_os import errors
from memory_os.clock import ManualClock
from memory_os.domain.lifecycle import Event
from memory_os.domain.operations import (
    AddRequest,
    DeleteAllRequest,
    ListRequest,
    SearchRequest,
    TransitionRequest,
    UpdateRequest,
)
from memory_os.ids import UlidSource
from memory_os_api.client import HttpConnector, Retries, Timeouts, translate

URL = "http://memory.test"
KEY = "mos_k_verysecretverysecret"
ADDED = {"results": [], "cost": {"tokens": 0, "money": 0.0}}
FOUND = {"results": [], "outcome": "empty"}
PAGE = {"results": [], "next_cursor": None}
PROBLEM = {"content-type": "application/problem+json"}

Answers = Callable[[httpx.Request], httpx.Response]


class Script:
    """Answer requests from a list, then go on with the last; remember everything."""

    def __init__(self, *answers: httpx.Response | Exception | Answers) -> None:
        self.answers = list(answers)
        self.seen: list[httpx.Request] = []
        self.slept: list[float] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.seen.append(request)
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Exception):
            raise answer
        return answer if isinstance(answer, httpx.Response) else answer(request)

    def client(self, **options: Any) -> HttpConnector:
        return HttpConnector(
            URL,
            api_key=KEY,
            ids=UlidSource(ManualClock(), lambda size: b"\x00" * size),
            chance=lambda: 0.5,
            sleep=self.slept.append,
            transport=httpx.MockTransport(self),
            **options,
        )


def ok(body: object, status: int = 200) -> httpx.Response:
    return httpx.Response(status, json=body)


def problem(status: int, code: str, detail: str = "no", **more: Any) -> httpx.Response:
    headers = {**PROBLEM, **more.pop("headers", {})}
    body = {"type": "urn:x", "title": "X", "status": status, "detail": detail, "code": code, **more}
    return httpx.Response(status, content=json.dumps(body), headers=headers)


def test_an_add_carries_the_key_of_the_caller_or_one_of_its_own() -> None:
    script = Script(ok(ADDED, 201))
    client = script.client()
    client.add(AddRequest(content="a", user_id="ada"))
    client.add(AddRequest(content="a", idempotency_key="mine"))
    own, given = (request.headers["idempotency-key"] for request in script.seen)
    assert own.startswith("idem_")
    assert given == "mine"
    assert json.loads(script.seen[1].content) == {"content": "a"}
    assert script.seen[0].headers["authorization"] == f"Bearer {KEY}"


def test_an_add_that_failed_on_the_way_is_repeated_under_the_same_key() -> None:
    broken = httpx.ReadError("connection reset")
    script = Script(broken, httpx.ReadTimeout("slow"), problem(503, "store_busy"), ok(ADDED, 201))
    script.client().add(AddRequest(content="a"))
    assert len(script.seen) == 4
    assert len({request.headers["idempotency-key"] for request in script.seen}) == 1
    assert len({request.content for request in script.seen}) == 1


def test_a_batch_is_one_request_under_one_key() -> None:
    script = Script(ok(ADDED, 201))
    script.client().add_many((AddRequest(content="a"), AddRequest(content="b")))
    assert script.seen[0].url.path == "/v1/cubes:batch"
    assert script.seen[0].headers["idempotency-key"]
    assert [part["content"] for part in json.loads(script.seen[0].content)["requests"]] == [
        "a",
        "b",
    ]


def test_a_key_that_no_header_can_carry_goes_into_the_body() -> None:
    script = Script(httpx.ReadError("reset"), ok(ADDED, 201))
    script.client().add(AddRequest(content="a", idempotency_key="ключ 1"))
    assert len(script.seen) == 2
    assert "idempotency-key" not in script.seen[0].headers
    assert json.loads(script.seen[0].content)["idempotency_key"] == "ключ 1"


def test_a_batch_with_keys_of_its_own_keeps_them() -> None:
    script = Script(ok(ADDED, 201))
    script.client().add_many((AddRequest(content="a", idempotency_key="one"),))
    assert "idempotency-key" not in script.seen[0].headers
    assert json.loads(script.seen[0].content)["requests"][0]["idempotency_key"] == "one"


def test_pauses_grow_and_are_jittered() -> None:
    script = Script(httpx.Response(502))
    with pytest.raises(errors.ServiceError):
        script.client(retries=Retries(attempts=5, first_pause=0.1, longest_pause=0.3)).search(
            SearchRequest(query="q")
        )
    assert script.slept == pytest.approx([0.075, 0.15, 0.225, 0.225])


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({"retry-after": "7"}, 7.0),
        (
            {
                "date": "Wed, 21 Oct 2026 07:28:00 GMT",
                "retry-after": "Wed, 21 Oct 2026 07:28:30 GMT",
            },
            30.0,
        ),
        ({"retry-after": "soon"}, 0.075),
    ],
)
def test_the_wait_that_the_service_asks_for_is_kept_to(
    headers: dict[str, str], expected: float
) -> None:
    script = Script(problem(429, "rate_limited", headers=headers), ok(FOUND))
    script.client().search(SearchRequest(query="q"))
    assert script.slept == pytest.approx([expected])


def test_a_wait_that_is_too_long_is_left_to_the_caller() -> None:
    script = Script(problem(429, "rate_limited", headers={"retry-after": "3600"}))
    with pytest.raises(errors.RateLimited) as caught:
        script.client().search(SearchRequest(query="q"))
    assert script.slept == []
    assert caught.value.detail["retry_after"] == 3600


@pytest.mark.parametrize("status", [502, 503, 504])
def test_a_read_is_repeated_when_a_gateway_fails(status: int) -> None:
    script = Script(httpx.Response(status, text="<html>"), ok(PAGE))
    assert script.client().get_all(ListRequest()).results == ()
    assert len(script.seen) == 2


def test_what_the_caller_did_wrong_is_not_repeated() -> None:
    script = Script(problem(422, "invalid_filter", "unknown operator", field="filters"))
    with pytest.raises(errors.InvalidFilter, match="unknown operator") as caught:
        script.client().search(SearchRequest(query="q"))
    assert caught.value.detail == {"field": "filters"}
    assert len(script.seen) == 1


@pytest.mark.parametrize("code", ["store_read_only", "store_full", "store_corrupt"])
def test_a_fault_that_stays_is_not_repeated(code: str) -> None:
    script = Script(problem(503, code))
    with pytest.raises(errors.error_for(code)):
        script.client().add(AddRequest(content="a"))
    assert len(script.seen) == 1


@pytest.mark.parametrize("kind", list(errors.error_types()), ids=lambda kind: kind.code)
def test_every_code_comes_back_as_its_type_with_its_facts(kind: type[errors.MemoryOSError]) -> None:
    script = Script(problem(500, kind.code, "said why", legal=["restore"]))
    with pytest.raises(kind) as caught:
        script.client(retries=Retries(attempts=1)).get("mem_1")
    assert type(caught.value) is kind
    assert (caught.value.code, caught.value.message) == (kind.code, "said why")
    assert caught.value.detail == {"legal": ["restore"]}


def changing_calls() -> list[tuple[str, Callable[[HttpConnector], object]]]:
    return [
        ("delete", lambda client: client.delete("mem_1")),
        ("delete_all", lambda client: client.delete_all(DeleteAllRequest(user_id="ada"))),
    ]


@pytest.mark.parametrize(("name", "call"), changing_calls(), ids=lambda part: str(part)[:10])
def test_a_change_without_a_key_is_repeated_only_if_nothing_was_sent(
    name: str, call: Callable[[HttpConnector], object]
) -> None:
    unsure = Script(httpx.ReadTimeout("slow"))
    with pytest.raises(errors.ServiceTimeout, match="may have happened") as caught:
        call(unsure.client())
    assert len(unsure.seen) == 1
    assert caught.value.detail["may_have_happened"] is True
    sure = Script(httpx.ConnectError("refused"), problem(404, "not_found"))
    with pytest.raises(errors.NotFound):
        call(sure.client())
    assert len(sure.seen) == 2


def test_a_move_is_repeated_under_its_key() -> None:
    script = Script(httpx.ReadError("reset"), problem(409, "illegal_transition", legal=["restore"]))
    freeze = TransitionRequest(event=Event.FREEZE, reason="r")
    with pytest.raises(errors.IllegalTransition):
        script.client().transition("mem_1", freeze)
    assert len({request.headers["idempotency-key"] for request in script.seen}) == 1
    assert json.loads(script.seen[0].content) == {"event": "freeze", "reason": "r"}


def test_a_timeout_of_a_read_says_that_nothing_was_changed() -> None:
    script = Script(httpx.ReadTimeout("slow"))
    with pytest.raises(errors.ServiceTimeout, match="nothing was changed") as caught:
        script.client().search(SearchRequest(query="q"))
    assert caught.value.detail["may_have_happened"] is False


def test_a_timeout_of_an_add_names_the_key_to_repeat_it_with() -> None:
    script = Script(httpx.ReadTimeout("slow"))
    with pytest.raises(errors.ServiceTimeout, match="idempotency_key='mine'"):
        script.client().add(AddRequest(content="a", idempotency_key="mine"))


def test_an_update_is_repeated_under_its_key() -> None:
    script = Script(httpx.ReadError("reset"), problem(412, "version_conflict", version=3))
    with pytest.raises(errors.VersionConflict) as caught:
        script.client().update("mem_1", UpdateRequest(content="b", expected_version=2))
    assert caught.value.detail == {"version": 3}
    assert len({request.headers["idempotency-key"] for request in script.seen}) == 1
    assert json.loads(script.seen[0].content) == {"content": "b", "expected_version": 2}


@pytest.mark.parametrize(
    "answer",
    [
        httpx.Response(404, text="<html>nginx</html>", headers={"content-type": "text/html"}),
        httpx.Response(200, text="<html>hello</html>", headers={"content-type": "text/html"}),
        httpx.Response(200, json={"hello": "world"}),
        httpx.Response(301, headers={"location": "https://elsewhere.test/"}),
        httpx.Response(500, headers=PROBLEM, text="{not json"),
        httpx.Response(418, headers=PROBLEM, json={"detail": "no code"}),
    ],
)
def test_what_is_no_answer_of_memory_os_is_a_service_error(answer: httpx.Response) -> None:
    with pytest.raises(errors.ServiceError, match="not an answer of Memory OS") as caught:
        Script(answer).client().get_all(ListRequest())
    assert URL in caught.value.message
    assert caught.value.detail["status"] == answer.status_code


def test_parameters_of_a_listing_go_into_the_query() -> None:
    script = Script(ok(PAGE))
    script.client().get_all(
        ListRequest(
            user_id="ada",
            namespace=("shop", "berlin"),
            filters={"tags": {"contains": "x"}},
            limit=5,
            newest_first=True,
            as_of="2026-03-01T00:00:00Z",
        )
    )
    query = script.seen[0].url.params
    assert query.get_list("namespace") == ["shop", "berlin"]
    assert json.loads(query["filters"]) == {"tags": {"contains": "x"}}
    assert (query["limit"], query["newest_first"]) == ("5", "true")
    assert query["as_of"].startswith("2026-03-01T00:00:00")


@pytest.mark.parametrize("memory_id", ["", ".", "..", "a/b", "mem_1?x=1", "mem 1", "x" * 257])
def test_what_cannot_be_an_id_is_unknown_and_not_sent(memory_id: str) -> None:
    script = Script(ok(PAGE))
    with pytest.raises(errors.NotFound):
        script.client().get(memory_id)
    assert script.seen == []


@pytest.mark.parametrize(
    "url",
    ["memory.test", "ftp://memory.test", "http://", "http://u:p@memory.test", "http://a.test/?x=1"],
)
def test_a_wrong_url_is_refused_without_repeating_a_password(url: str) -> None:
    with pytest.raises(errors.ConfigurationError) as caught:
        HttpConnector(url, ids=_ids(), chance=lambda: 0.0, sleep=lambda _: None)
    assert ":p@" not in str(caught.value)


@pytest.mark.parametrize("key", ["", "two words", "line\nbreak", "ключ"])
def test_a_wrong_key_is_refused_without_repeating_it(key: str) -> None:
    with pytest.raises(errors.ConfigurationError) as caught:
        HttpConnector(URL, api_key=key, ids=_ids(), chance=lambda: 0.0, sleep=lambda _: None)
    assert not key or key not in str(caught.value)


def test_the_key_is_in_no_error_and_no_representation() -> None:
    client = Script(httpx.ReadError("reset")).client()
    with pytest.raises(errors.MemoryOSError) as caught:
        client.delete("mem_1")
    shown = f"{caught.value!r} {caught.value.detail!r} {client!r} {vars(client)!r}"
    assert KEY not in shown
    assert URL in shown


def test_a_closed_client_says_so() -> None:
    client = Script(ok(PAGE)).client()
    client.close()
    client.close()
    with pytest.raises(errors.StoreUnavailable, match="closed"):
        client.get_all(ListRequest())


def test_every_exception_of_the_vendor_is_translated() -> None:
    vendor = [
        kind
        for kind in vars(httpx).values()
        if isinstance(kind, type)
        and issubclass(kind, httpx.HTTPError | httpx.InvalidURL | httpx.StreamError)
    ]
    assert len(vendor) > 20
    call = translate.Call("GET", URL, changes=False)
    for kind in vendor:
        raised = kind.__new__(kind, "why")
        Exception.__init__(raised, "why")
        assert isinstance(translate.from_exception(raised, call), errors.MemoryOSError)


def _ids() -> UlidSource:
    return UlidSource(ManualClock(), lambda size: b"\x00" * size)


def _client(port: int, **options: Any) -> HttpConnector:
    url = f"http://127.0.0.1:{port}"
    retries = Retries(attempts=2, first_pause=0.01)
    return HttpConnector(
        url, ids=_ids(), chance=lambda: 0.0, sleep=lambda _: None, retries=retries, **options
    )


@contextmanager
def server(answer: bytes | None) -> Iterator[int]:
    """Listen; answer every connection with ``answer``, or never when it is nothing."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        held: list[socket.socket] = []

        def serve() -> None:
            while True:
                try:
                    connection, _ = listener.accept()
                except OSError:
                    return
                held.append(connection)
                if answer is not None:
                    connection.recv(65_536)
                    connection.sendall(answer)
                    connection.close()

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield listener.getsockname()[1]
        listener.shutdown(socket.SHUT_RDWR)
    thread.join(5)
    for connection in held:
        connection.close()


def test_nobody_listening_is_unreachable_and_named() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    with pytest.raises(errors.ServiceUnreachable, match="memory-os serve") as caught:
        _client(port).search(SearchRequest(query="q"))
    assert str(port) in caught.value.message


def test_a_service_that_never_answers_times_out() -> None:
    with server(None) as port, pytest.raises(errors.ServiceTimeout):
        _client(port, timeouts=Timeouts(connect=1, read=0.1)).add(AddRequest(content="a"))


@pytest.mark.parametrize("answer", [b"", b"SSH-2.0-OpenSSH\r\n", b"HTTP/1.1 200 OK\r\nContent-Le"])
def test_a_service_that_speaks_something_else_is_a_service_error(answer: bytes) -> None:
    with server(answer) as port, pytest.raises(errors.ServiceError):
        _client(port).get_all(ListRequest())
