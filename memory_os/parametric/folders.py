"""Adapters as PEFT's folders: ``adapter_config.json`` and ``adapter_model.safetensors``."""

import json
from pathlib import Path

import numpy as np
from safetensors.numpy import save

from memory_os.domain.tensors import read
from memory_os.errors import InvalidInput
from memory_os.parametric.format import AdapterFile
from memory_os.ports.trainer import Trained

CONFIG, MODEL = "adapter_config.json", "adapter_model.safetensors"


def from_folder(folder: Path) -> Trained:
    """Return the adapter that PEFT saved in a folder.

    Raises:
        InvalidInput: one of the two files is missing or damaged.
    """
    try:
        config = json.loads((folder / CONFIG).read_text(encoding="utf-8"))
        tensors, _ = read((folder / MODEL).read_bytes())
    except (OSError, ValueError) as error:
        raise InvalidInput(f"{folder} holds no adapter of PEFT: {error}", field="folder") from error
    if not isinstance(config, dict):
        raise InvalidInput(f"{folder / CONFIG} is no JSON object", field="folder")
    return Trained(
        {name: np.asarray(tensor, np.float32) for name, tensor in tensors.items()},
        config,
        float("nan"),
    )


def to_folder(file: AdapterFile, folder: Path) -> None:
    """Write an adapter as PEFT reads it; an existing one there is replaced.

    Raises:
        InvalidInput: the folder cannot be written to.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / MODEL).write_bytes(save(file.weights.tensors(), {"format": "pt"}))
        text = json.dumps(dict(file.config), indent=2, sort_keys=True)
        (folder / CONFIG).write_text(text + "\n", encoding="utf-8")
    except OSError as error:
        raise InvalidInput(f"{folder} cannot be written: {error}", field="folder") from error
