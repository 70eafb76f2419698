"""An adapter as one file: safetensors, with PEFT's configuration and the base it belongs to."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from pydantic import JsonValue
from safetensors.numpy import save

from memory_os.domain.payload import ModelFingerprint
from memory_os.domain.tensors import read as read_tensors
from memory_os.errors import InvalidInput, NotSupported
from memory_os.parametric import codecs
from memory_os.parametric.weights import Weights, weights_of

FORMAT = "memory-os.adapter"
VERSION = 1


@dataclass(frozen=True, slots=True, eq=False)
class AdapterFile:
    """The weights of an adapter, and PEFT's configuration of it."""

    weights: Weights
    config: Mapping[str, JsonValue]
    codec: str = "native"


def pack(
    weights: Weights, config: Mapping[str, JsonValue], base: ModelFingerprint, codec: str = "native"
) -> bytes:
    """Return the file of an adapter of the model ``base``.

    Raises:
        InvalidInput: no such codec, or a number that it cannot keep.
    """
    tensors = weights.tensors()
    about = {
        "base": base.digest,
        "codec": codec,
        "config": dict(config),
        "shapes": {name: list(tensor.shape) for name, tensor in tensors.items()},
        "version": VERSION,
    }
    return bytes(save(codecs.write(tensors, codec), {FORMAT: json.dumps(about, sort_keys=True)}))


def unpack(content: bytes | memoryview, base: ModelFingerprint | None = None) -> AdapterFile:
    """Return the adapter in a file, if it belongs to ``base``.

    Raises:
        InvalidInput: it is damaged, or holds what its header does not tell.
        NotSupported: another model's, no plain LoRA, or a later release wrote it.
    """
    tensors, told = read_tensors(content)
    about = _about(told)
    if base is not None and about.get("base") != base.digest:
        raise NotSupported(
            "this adapter was trained on another base model: weights, tokenizer, template, "
            "position scaling or type differ; attached here it would be noise",
            field="content",
        )
    shapes, config, codec = about.get("shapes"), about.get("config"), about.get("codec")
    if not (isinstance(shapes, dict) and isinstance(config, dict) and isinstance(codec, str)):
        raise InvalidInput("a file that does not tell its shapes, codec and configuration")
    sized = {name: _shape(name, shape) for name, shape in shapes.items()}
    plain = codecs.read(tensors, codec, sized)
    return AdapterFile(weights_of(plain, config), config, codec)


def alone(content: bytes | memoryview) -> bytes:
    """Return an adapter's file with nothing in it but the adapter: what a request said is left out.

    Raises:
        InvalidInput, NotSupported: it is no adapter's file.
    """
    tensors, told = read_tensors(content)
    _about(told)
    return bytes(save(dict(tensors), {FORMAT: told[FORMAT]}))


def _shape(name: str, given: object) -> tuple[int, ...]:
    if not isinstance(given, list) or not all(
        isinstance(n, int) and 0 < n < 1 << 31 for n in given
    ):
        raise InvalidInput(f"{name!r} has a shape that is none: {given!r}", field="content")
    if float(np.prod([float(n) for n in given])) > 1 << 33:
        raise InvalidInput(f"{name!r} is too large to be an adapter's", field="content")
    return tuple(given)


def _about(told: Mapping[str, str]) -> dict[str, Any]:
    if FORMAT not in told:
        raise NotSupported(
            f"a file whose metadata has no {FORMAT!r}; it is no adapter kept here", field="content"
        )
    try:
        about = json.loads(told[FORMAT])
    except ValueError as error:
        raise InvalidInput(f"what the file says of itself is no JSON: {error}") from error
    if not isinstance(about, dict) or about.get("version") != VERSION:
        raise NotSupported(
            f"a file of another version of {FORMAT!r} than {VERSION}; upgrade", field="content"
        )
    return about
