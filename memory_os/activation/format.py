"""A chunk as a file: safetensors with what is needed to refuse it to any other model."""

from safetensors.numpy import save

from memory_os.activation import codecs
from memory_os.activation.identity import model_digest
from memory_os.activation.tensors import read
from memory_os.domain.kv import Layers
from memory_os.domain.payload import ModelFingerprint
from memory_os.errors import InvalidInput, NotSupported

FORMAT = "memory-os.kv"
VERSION = "1"


def pack(layers: Layers, model: ModelFingerprint, codec: str = "native") -> bytes:
    """Return the file of ``layers``, which ``model`` computed.

    Raises:
        InvalidInput: they are not of the model's shape or type, or a number is not finite.
    """
    layers.require(model)
    if not layers.finite():
        raise InvalidInput("keys and values hold a number that is not finite", field="content")
    about = {
        "format": FORMAT,
        "version": VERSION,
        "codec": codec,
        "model": model_digest(model),
        "tokens": str(layers.tokens),
    }
    return bytes(save(codecs.write(layers, codec), about))


def unpack(content: bytes | memoryview, model: ModelFingerprint) -> Layers:
    """Return the keys and values in a file, if ``model`` computed them.

    Native ones are views over ``content``.

    Raises:
        InvalidInput: it is damaged, or holds what its header does not tell.
        NotSupported: another model, adapter, layout or a later release wrote it.
    """
    tensors, about = read(content)
    if about.get("format") != FORMAT or about.get("version") != VERSION:
        raise NotSupported(
            f"a file of format {about.get('format')!r} version {about.get('version')!r}, not of "
            f"{FORMAT!r} version {VERSION!r}"
        )
    if about.get("model") != model_digest(model):
        raise NotSupported(
            "this cache was computed by another model: weights, tokenizer, template, adapter, "
            "position scaling or type differ; it is of no use to this one"
        )
    if not about.get("tokens", "").isdecimal():
        raise InvalidInput("a file that does not tell its tokens", field="content")
    shape = (model.kv_heads, int(about["tokens"]), model.head_dim)
    return codecs.read(
        tensors, about.get("codec", ""), dtype=model.dtype, layers=model.layers, shape=shape
    )
