"""Export and import: a documented, checked, versioned file of memories."""

from memory_os_api.transfer.checking import Bad, Reading
from memory_os_api.transfer.exporting import (
    Exported,
    journalled,
    served,
    stored,
    withheld,
    write_export,
)
from memory_os_api.transfer.importing import Imported, Target, read_import
from memory_os_api.transfer.targets import ServiceTarget, StoreTarget

__all__ = [
    "Bad",
    "Exported",
    "Imported",
    "Reading",
    "ServiceTarget",
    "StoreTarget",
    "Target",
    "journalled",
    "read_import",
    "served",
    "stored",
    "withheld",
    "write_export",
]
