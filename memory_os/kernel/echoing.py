"""What the platform put before models lately: bounded, by session, in this process."""

from collections import OrderedDict, deque
from collections.abc import Iterable, Iterator
from functools import lru_cache
from threading import Lock

from memory_os.domain.scope import Scope
from memory_os.domain.simhash import simhash
from memory_os.policies.admission import Shown, echoes, parts_of
from memory_os.policies.policy_set import Admission
from memory_os.policies.wording import wording
from memory_os.retrieval.analyze import analyze

SESSIONS, PASSAGES = 1_024, 256
"""How many sessions are remembered, the latest ones, and how many passages of each."""

_Key = tuple[str, str | None, str]


class Echoes:
    """Remember what was shown, and tell what only repeats it. Safe to call from many threads.

    A session is that of one tenant and user; without a session id nothing is remembered.
    """

    def __init__(self) -> None:
        self._shown: OrderedDict[_Key, deque[Shown]] = OrderedDict()
        self._lock = Lock()

    def remember(self, tenant_id: str, scope: Scope, passages: Iterable[str]) -> None:
        """Note what a context of the session showed."""
        if scope.session_id is None:
            return
        fresh = [shown(passage) for passage in passages]
        if not fresh:
            return
        key = (tenant_id, scope.user_id, scope.session_id)
        with self._lock:
            held = self._shown.setdefault(key, deque(maxlen=PASSAGES))
            held.extend(fresh)
            self._shown.move_to_end(key)
            while len(self._shown) > SESSIONS:
                self._shown.popitem(last=False)

    def forget(self, tenant_id: str) -> None:
        """Forget what any session of the tenant was shown, as an erasure must."""
        with self._lock:
            for key in [key for key in self._shown if key[0] == tenant_id]:
                del self._shown[key]

    def repeated(
        self, tenant_id: str, scope: Scope, text: str, terms: int, settings: Admission
    ) -> str | None:
        """Return what a text echoes, ``context`` or ``boot``, nothing if it says something new.

        ``terms`` is how many terms the text has.
        """
        if settings.echo_bits is None or terms < settings.echo_terms:
            return None
        held: tuple[Shown, ...] = ()
        if scope.session_id is not None and self._shown:
            with self._lock:
                held = tuple(self._shown.get((tenant_id, scope.user_id, scope.session_id), ()))
        if not held and not settings.boot:
            return None
        value = simhash(analyze(text))
        if settings.boot and echoes(text, value, terms, _boot(settings.boot), settings):
            return "boot"
        return "context" if echoes(text, value, terms, iter(held), settings) else None


def shown(text: str) -> Shown:
    """Return what is remembered of a passage."""
    return Shown(simhash(analyze(text)), wording(text))


def _boot(boot: tuple[str, ...]) -> Iterator[Shown]:
    return map(_booted, parts_of(boot))


@lru_cache(maxsize=2_048)
def _booted(text: str) -> Shown:
    return shown(text)
