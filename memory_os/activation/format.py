"""A chunk as a file: safetensors with what is needed to refuse it to any other model."""

import json
from collections.abc import Mapping
from typing import Any

from safetensors.numpy import save

from memory_os.activation import codecs
from memory_os.domain.kv import Layers
from memory_os.domain.payload import ModelFingerprint
from memory_os.domain.tensors import read
from memory_os.errors import InvalidInput, NotSupported

FORMAT = "memory-os.kv"
VERSION = 1


def pack(layers: Layers, model: ModelFingerprint, codec: str = "native") -> bytes:
    """Return the file of ``layers``, which ``model`` computed.

    Raises:
        InvalidInput: they are not of the model's shape or type, or a number is not finite.
    """
    layers.require(model)
    if not layers.finite():
        raise InvalidInput("keys and values hold a number that is not finite", field="content")
    about = {
        "codec": codec,
        "model": model.digest,
        "tokens": layers.tokens,
        "version": VERSION,
    }
    told = {FORMAT: json.dumps(about, sort_keys=True)}
    return bytes(save(codecs.write(layers, codec), told))


def unpack(content: bytes | memoryview, model: ModelFingerprint) -> Layers:
    """Return the keys and values in a file, if ``model`` computed them.

    Native ones are views over ``content``.

    Raises:
        InvalidInput: it is damaged, or holds what its header does not tell.
        NotSupported: another model, adapter, layout or a later release wrote it.
    """
    tensors, told = read(content)
    about = _about(told)
    if about.get("model") != model.digest:
        raise NotSupported(
            "this cache was computed by another model: weights, tokenizer, template, adapter, "
            "position scaling or type differ; it is of no use to this one",
            field="content",
        )
    tokens, codec = about.get("tokens"), about.get("codec")
    if not isinstance(tokens, int) or not isinstance(codec, str) or tokens < 1:
        raise InvalidInput("a file that does not tell its tokens and codec", field="content")
    shape = (model.kv_heads, tokens, model.head_dim)
    return codecs.read(tensors, codec, dtype=model.dtype, layers=model.layers, shape=shape)


def _about(told: Mapping[str, str]) -> dict[str, Any]:
    """Return what a file says of itself, under the one key whose place in it is always the same.

    Several would be written in any order, and equal chunks would be other files.
    """
    if FORMAT not in told:
        raise NotSupported(
            f"a file whose metadata has no {FORMAT!r}; it is no attention cache", field="content"
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
