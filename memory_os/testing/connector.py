"""The conformance suite of the SDK: subclass it and say how to open memory.

It runs unchanged on every connector, embedded or remote: same methods, same answers, same errors.
A subclass gives a fixture ``memory`` with nothing stored, for one principal who may do everything
but erase by law; ``as_caller``, which opens the same tenant for another credential; and, where the
clock is in its hands, ``pass_time``.
"""

import time
from collections.abc import Callable

import pytest

from memory_os.testing.connector_activation import ActivationTests
from memory_os.testing.connector_adapters import AdapterTests
from memory_os.testing.connector_adding import AddingTests
from memory_os.testing.connector_admitting import AdmittingTests, TrustTests
from memory_os.testing.connector_adopting import AdoptingTests
from memory_os.testing.connector_branching import BranchingTests
from memory_os.testing.connector_changing import ChangingTests
from memory_os.testing.connector_erasing import ErasingTests
from memory_os.testing.connector_filtering import FilteringTests
from memory_os.testing.connector_granting import GrantingTests
from memory_os.testing.connector_jobs import JobsTests
from memory_os.testing.connector_merging import MergingTests
from memory_os.testing.connector_moving import MovingTests
from memory_os.testing.connector_overseeing import OverseeingTests
from memory_os.testing.connector_paging import PagingTests
from memory_os.testing.connector_policies import PolicyTests
from memory_os.testing.connector_recalling import RecallingTests
from memory_os.testing.connector_refusing import RefusingTests
from memory_os.testing.connector_resolving import ResolvingTests
from memory_os.testing.connector_rolling_back import RollingBackTests
from memory_os.testing.connector_sharing import SharingTests
from memory_os.testing.connector_showing import ShowingTests
from memory_os.testing.connector_standing import StandingTests
from memory_os.testing.connector_timing import TimingTests
from memory_os.testing.connector_travelling import TravellingTests


class MemorySuite(
    AddingTests,
    AdmittingTests,
    TrustTests,
    RecallingTests,
    StandingTests,
    ActivationTests,
    AdapterTests,
    FilteringTests,
    ChangingTests,
    MovingTests,
    MergingTests,
    ErasingTests,
    ResolvingTests,
    TimingTests,
    TravellingTests,
    RollingBackTests,
    BranchingTests,
    AdoptingTests,
    PolicyTests,
    PagingTests,
    OverseeingTests,
    RefusingTests,
    SharingTests,
    JobsTests,
    GrantingTests,
    ShowingTests,
):
    """What ``Memory`` must do, whatever stands behind it; each test says it in its name."""

    @pytest.fixture
    def pass_time(self) -> Callable[[float], object]:
        """Let seconds pass; override it where the clock can be moved by hand."""
        return time.sleep
