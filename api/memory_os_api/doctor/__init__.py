"""Checking a store's invariants, repairing what is derived, embedding anew."""

from memory_os_api.doctor.diagnosis import Diagnosis, Finding, Part, TenantFacts
from memory_os_api.doctor.examining import examine, repair
from memory_os_api.doctor.reindexing import Reindexed, reindex

__all__ = [
    "Diagnosis",
    "Finding",
    "Part",
    "Reindexed",
    "TenantFacts",
    "examine",
    "reindex",
    "repair",
]
