"""Reading safetensors in place: views over mapped bytes, nothing copied, nothing trusted.

Writing is safetensors' own. Its reader copies every tensor, or opens a path; a chunk here lies in
mapped or received bytes, and often a part of it is wanted. The format is
https://huggingface.co/docs/safetensors: eight bytes of length, a JSON header, the data.
"""

import json
import math
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from memory_os.errors import InvalidInput

MOST_HEADER = 16 * 1024 * 1024
_TYPES: dict[str, np.dtype[Any]] = {
    "F32": np.dtype("<f4"),
    "F16": np.dtype("<f2"),
    "U16": np.dtype("<u2"),
    "U8": np.dtype("u1"),
    "I8": np.dtype("i1"),
}

Tensors = dict[str, NDArray[Any]]


def read(content: bytes | memoryview) -> tuple[Tensors, dict[str, str]]:
    """Return the tensors of a safetensors file as read-only views, and its metadata.

    Raises:
        InvalidInput: it is cut short or is no such file, a tensor is of another type than
            F32, F16, U16, U8 and I8, or lies outside the data.
    """
    view = memoryview(content)
    if len(view) < 8:
        raise InvalidInput("no safetensors file: it is shorter than its header", field="content")
    length = int.from_bytes(view[:8], "little")
    if length > min(MOST_HEADER, len(view) - 8):
        raise InvalidInput("no safetensors file: the header is cut short", field="content")
    header = _header(bytes(view[8 : 8 + length]))
    told = header.pop("__metadata__", {})
    if not isinstance(told, Mapping) or not all(isinstance(each, str) for each in told.values()):
        raise InvalidInput("metadata of a safetensors file are strings", field="content")
    data = view[8 + length :]
    end = 0
    found: Tensors = {}
    for name, about in header.items():
        found[name], stop = _tensor(name, about, data)
        end = max(end, stop)
    if end != len(data):
        raise InvalidInput(
            f"{len(data)} bytes of data where the header tells of {end}", field="content"
        )
    return found, dict(told)


def _header(raw: bytes) -> dict[str, Any]:
    try:
        header = json.loads(raw)
    except ValueError as error:
        raise InvalidInput(f"the header is no JSON: {error}", field="content") from error
    if not isinstance(header, dict):
        raise InvalidInput("the header is no JSON object", field="content")
    return header


def _tensor(name: str, about: object, data: memoryview) -> tuple[NDArray[Any], int]:
    try:
        dtype = _TYPES[about["dtype"]]  # type: ignore[index]
        shape = [int(size) for size in about["shape"]]  # type: ignore[index]
        start, stop = (int(place) for place in about["data_offsets"])  # type: ignore[index]
    except (KeyError, TypeError, ValueError) as error:
        raise InvalidInput(
            f"tensor {name!r} is not told of in types that are kept here ({', '.join(_TYPES)})",
            field="content",
        ) from error
    size = math.prod(shape) * dtype.itemsize
    if min(shape, default=1) < 0 or not 0 <= start <= stop <= len(data) or stop - start != size:
        raise InvalidInput(f"tensor {name!r} does not lie where the header says", field="content")
    array = np.frombuffer(data[start:stop], dtype).reshape(shape)
    array.flags.writeable = False
    return array, stop
