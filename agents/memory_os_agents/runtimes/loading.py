"""Opening a checkpoint from a folder: nothing is ever downloaded."""

import importlib
from pathlib import Path
from typing import TYPE_CHECKING, Any

from memory_os.errors import ConfigurationError, NotSupported

if TYPE_CHECKING:
    from memory_os_agents.runtimes.peft_trainer import PeftTrainer
    from memory_os_agents.runtimes.transformers_runtime import TransformersRuntime

EXTRA = "pip install 'memory-os-cubes[torch]'"


def load_runtime(folder: str | Path, *, dtype: str = "auto") -> "TransformersRuntime":
    """Return a runtime over the transformers checkpoint in ``folder``, with its tokenizer.

    Raises:
        NotSupported: torch or transformers is not installed, or the model's cache cannot be taken
            out; the message says what to do.
        ConfigurationError: the folder holds no checkpoint that can be read.
    """
    module, model, tokenizer = _loaded("transformers_runtime", folder, dtype)
    runtime: TransformersRuntime = module.TransformersRuntime(model, tokenizer)
    return runtime


def load_trainer(folder: str | Path, *, dtype: str = "float32") -> "PeftTrainer":
    """Return a trainer of adapters for the checkpoint in ``folder``.

    Raises:
        NotSupported: torch, transformers or peft is not installed.
        ConfigurationError: the folder holds no checkpoint that can be read.
    """
    module, model, tokenizer = _loaded("peft_trainer", folder, dtype)
    trainer: PeftTrainer = module.PeftTrainer(model, tokenizer)
    return trainer


def _loaded(name: str, folder: str | Path, dtype: str) -> tuple[Any, Any, Any]:
    place = Path(folder)
    if not (place / "config.json").is_file():
        raise ConfigurationError(f"{place} holds no checkpoint: there is no config.json in it")
    try:
        transformers = importlib.import_module("transformers")
        module = importlib.import_module(f"memory_os_agents.runtimes.{name}")
    except ImportError as error:
        raise NotSupported(
            f"running a model takes torch, transformers and peft: {EXTRA}"
        ) from error
    transformers.utils.logging.disable_progress_bar()
    try:
        model = transformers.AutoModelForCausalLM.from_pretrained(
            place, dtype=dtype, local_files_only=True
        )
        tokenizer = transformers.AutoTokenizer.from_pretrained(place, local_files_only=True)
    except (OSError, ValueError, KeyError) as error:
        raise ConfigurationError(f"{place} holds no checkpoint to read: {error}") from error
    return module, model, tokenizer
