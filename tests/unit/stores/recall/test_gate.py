"""Many readers or one writer."""

import threading

from memory_os_stores.gate import Gate


def test_readers_are_in_together_and_a_writer_alone() -> None:
    gate, log = Gate(), []
    both = threading.Barrier(2, timeout=5)

    def read() -> None:
        with gate.reading:
            both.wait()
            log.append("read")

    def write() -> None:
        with gate.writing:
            log.append("write")

    readers = [threading.Thread(target=read) for _ in range(2)]
    with gate.writing:
        for thread in readers:
            thread.start()
        log.append("first")
    for thread in readers:
        thread.join(5)
    writer = threading.Thread(target=write)
    writer.start()
    writer.join(5)
    assert log == ["first", "read", "read", "write"]


def test_a_waiting_writer_goes_before_later_readers() -> None:
    gate, log = Gate(), []

    def write() -> None:
        with gate.writing:
            log.append("write")

    def read() -> None:
        with gate.reading:
            log.append("read")

    writer, reader = threading.Thread(target=write), threading.Thread(target=read)
    with gate.reading:
        writer.start()
        while not gate._waiting:
            pass
        reader.start()
        reader.join(0.05)
        assert not log
    writer.join(5)
    reader.join(5)
    assert log == ["write", "read"]


def test_the_gate_opens_again_after_an_error() -> None:
    gate = Gate()
    for side in (gate.writing, gate.reading, gate.writing):
        try:
            with side:
                raise LookupError
        except LookupError:
            continue
