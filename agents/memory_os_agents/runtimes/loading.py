"""Opening a checkpoint from a folder: nothing is ever downloaded."""

import importlib
from pathlib import Path
from typing import TYPE_CHECKING

from memory_os.errors import ConfigurationError, NotSupported

if TYPE_CHECKING:
    from memory_os_agents.runtimes.transformers_runtime import TransformersRuntime

EXTRA = "pip install 'memory-os-cubes[torch]'"


def load_runtime(folder: str | Path, *, dtype: str = "auto") -> "TransformersRuntime":
    """Return a runtime over the transformers checkpoint in ``folder``, with its tokenizer.

    Raises:
        NotSupported: torch or transformers is not installed, or the model's cache cannot be taken
            out; the message says what to do.
        ConfigurationError: the folder holds no checkpoint that can be read.
    """
    place = Path(folder)
    if not (place / "config.json").is_file():
        raise ConfigurationError(f"{place} holds no checkpoint: there is no config.json in it")
    try:
        transformers = importlib.import_module("transformers")
        runtimes = importlib.import_module("memory_os_agents.runtimes.transformers_runtime")
    except ImportError as error:
        raise NotSupported(f"running a model takes torch and transformers: {EXTRA}") from error
    transformers.utils.logging.disable_progress_bar()
    try:
        model = transformers.AutoModelForCausalLM.from_pretrained(
            place, dtype=dtype, local_files_only=True
        )
        tokenizer = transformers.AutoTokenizer.from_pretrained(place, local_files_only=True)
    except (OSError, ValueError, KeyError) as error:
        raise ConfigurationError(f"{place} holds no checkpoint to read: {error}") from error
    runtime: TransformersRuntime = runtimes.TransformersRuntime(model, tokenizer)
    return runtime
