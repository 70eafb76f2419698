"""What a loaded transformers model is, in digests: weights, tokenizer, template, adapter."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from typing import Any

import torch

from memory_os.domain.payload import ModelFingerprint
from memory_os.errors import NotSupported

LAYOUT = 1
"""The version of how arrays of this package are laid out."""

_ADAPTER = "lora_"
_KINDS = frozenset({"full_attention"})


def fingerprint_of(model: Any, tokenizer: Any) -> ModelFingerprint:
    """Return the fingerprint of ``model`` as it stands, with the adapter that is active.

    It reads every weight once. Two checkpoints of the same numbers have the same fingerprint,
    whatever they are called and wherever they lie.

    Raises:
        NotSupported: the model attends through a window, keeps a state of another kind, or
            shares caches between layers.
    """
    config = plain(model.config.get_text_config())
    base, adapter = _digests(model)
    heads = config["num_attention_heads"]
    return ModelFingerprint(
        weights=base,
        tokenizer=_digest(_tokenizer_text(tokenizer)),
        chat_template=_digest(str(getattr(tokenizer, "chat_template", None) or "")),
        adapter=adapter,
        layers=config["num_hidden_layers"],
        kv_heads=config.get("num_key_value_heads") or heads,
        head_dim=config.get("head_dim") or config["hidden_size"] // heads,
        rope=_canonical(_rope(config)),
        attention=f"{config['model_type']}:full:{heads}",
        dtype=str(model.dtype).removeprefix("torch."),
        layout_version=LAYOUT,
    )


def plain(config: Any) -> dict[str, Any]:
    """Return a model's configuration, if every layer of it attends to all that came before.

    Raises:
        NotSupported: one does not.
    """
    named = ("num_hidden_layers", "num_attention_heads", "hidden_size")
    told: dict[str, Any] = config.to_dict() | {name: getattr(config, name, 0) for name in named}
    kinds = set(told.get("layer_types") or ())
    if kinds - _KINDS or (told.get("sliding_window") and told.get("use_sliding_window", True)):
        raise NotSupported(
            f"a model of type {told.get('model_type')!r} attends through a sliding window or keeps "
            f"other state ({', '.join(sorted(kinds)) or 'sliding_window'}): its cache of a prefix "
            "is not the prefix's alone; use a model with full attention in every layer"
        )
    if not told.get("num_hidden_layers") or not told.get("num_attention_heads"):
        raise NotSupported(
            f"a model of type {told.get('model_type')!r} has no attention cache to take out"
        )
    if told.get("num_kv_shared_layers"):
        raise NotSupported("a model whose layers share caches cannot be taken apart by layer")
    return told


def _digests(model: Any) -> tuple[str, str]:
    """Return the digest of the base weights, and of the active adapters' weights and settings."""
    own, lent = hashlib.sha256(), hashlib.sha256()
    active = _active(model)
    found = False
    for name, tensor in sorted(_weights(model)):
        if _ADAPTER in name:
            if any(f".{each}." in name for each in active):
                _absorb(lent, name, tensor)
                found = True
        else:
            _absorb(own, name.replace(".base_layer", "").removeprefix("base_model.model."), tensor)
    for each in sorted(active):
        settings = model.peft_config[each]
        lent.update(_canonical([settings.r, settings.lora_alpha]).encode())
    return own.hexdigest(), lent.hexdigest() if found else ""


def _active(model: Any) -> list[str]:
    """Return the names of adapters that take part in what ``model`` computes."""
    if not hasattr(model, "peft_config"):
        return []
    if all(getattr(layer, "disable_adapters", False) for layer in _lora_layers(model)):
        return []
    names = model.active_adapters
    return list(names() if callable(names) else names)


def _lora_layers(model: Any) -> Iterable[Any]:
    return (layer for layer in model.modules() if hasattr(layer, "lora_A"))


def _weights(model: Any) -> Iterable[tuple[str, torch.Tensor]]:
    yield from model.named_parameters(remove_duplicate=False)
    yield from model.named_buffers()


def _absorb(digest: Any, name: str, tensor: torch.Tensor) -> None:
    digest.update(f"{name}:{tensor.dtype}:{list(tensor.shape)}".encode())
    raw = tensor.detach().to("cpu").contiguous().reshape(-1).view(torch.uint8)
    digest.update(memoryview(raw.numpy()))


def _tokenizer_text(tokenizer: Any) -> str:
    backend = getattr(tokenizer, "backend_tokenizer", None)
    if backend is not None:
        return str(backend.to_str())
    told = {"class": type(tokenizer).__name__, "vocabulary": tokenizer.get_vocab()}
    return _canonical(told)


def _rope(config: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: config[name]
        for name in ("rope_parameters", "rope_theta", "rope_scaling", "partial_rotary_factor")
        if config.get(name) is not None
    }


def _canonical(value: object) -> str:
    return json.dumps(value, sort_keys=True, separators=(",", ":"), default=str)


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
