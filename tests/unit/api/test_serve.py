"""Before it serves: the address is this machine's or guarded by keys, and free."""

import socket

import pytest

from memory_os.errors import ConfigurationError
from memory_os_api.keys import KeyRing
from memory_os_api.serve import bound, check_exposure
from memory_os_api.settings import Settings
from tests.unit.api.fakes import DictKeyStore


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.7", "memory.example.com"])
def test_an_address_that_others_reach_needs_a_key(host: str) -> None:
    store = DictKeyStore()
    with pytest.raises(ConfigurationError, match="keys create"):
        check_exposure(Settings(host=host), KeyRing(store))
    KeyRing(store).issue("app")
    check_exposure(Settings(host=host), KeyRing(store))


@pytest.mark.parametrize("host", ["127.0.0.1", "::1", "localhost"])
def test_this_machines_own_address_needs_none(host: str) -> None:
    check_exposure(Settings(host=host), KeyRing(DictKeyStore()))


def test_answers_do_not_wait_for_more_to_send() -> None:
    with bound(Settings(port=0)) as listener:
        assert listener.proto == socket.IPPROTO_TCP


def test_an_address_that_is_taken_or_foreign_is_named() -> None:
    with bound(Settings(port=0)) as listener:
        port = listener.getsockname()[1]
        with pytest.raises(ConfigurationError, match=str(port)):
            bound(Settings(port=port))
    with pytest.raises(ConfigurationError, match=r"192\.0\.2\.7"):
        bound(Settings(host="192.0.2.7", port=0))
    with pytest.raises(ConfigurationError, match=r"no-such-host\.invalid"):
        bound(Settings(host="no-such-host.invalid", port=0))
