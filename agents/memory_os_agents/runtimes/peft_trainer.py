"""Training, attaching and measuring LoRA adapters with PEFT, on a transformers model."""

import json
import math
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from peft import (
    LoraConfig,
    get_peft_model,
    get_peft_model_state_dict,
    set_peft_model_state_dict,
)
from pydantic import JsonValue
from torch.nn import functional

from memory_os.domain.payload import ModelFingerprint
from memory_os.errors import InvalidInput, NotSupported
from memory_os.ports.trainer import Example, Progress, Recipe, Trained
from memory_os_agents.runtimes.fingerprinting import fingerprint_of

_NAME = "default"
_IGNORED = -100
OBJECTIVES = ("cross_entropy", "distillation")


class PeftTrainer:
    """Train adapters on every linear layer but the head. The base's weights are never changed."""

    def __init__(self, model: Any, tokenizer: Any) -> None:
        self._base = model.eval()
        self._tokenizer = tokenizer
        self._fingerprint = fingerprint_of(model, tokenizer)
        self._peft: Any = None

    @property
    def base(self) -> ModelFingerprint:
        """Return the base model's fingerprint, without any adapter."""
        return self._fingerprint

    @property
    def model(self) -> Any:
        """Return the model as it works now, with the adapter that is attached."""
        return self._base if self._peft is None else self._peft

    def train(
        self, examples: Sequence[Example], recipe: Recipe, progress: Progress | None = None
    ) -> Trained:
        """Return an adapter that answers ``examples``; the same seed gives the same one.

        With a ``checkpoint`` the state is written after each epoch, and an interrupted training of
        the same examples and recipe goes on from there.

        Raises:
            InvalidInput: there is no example, an unknown objective, or a checkpoint of another
                training.
        """
        if not examples:
            raise InvalidInput("there is nothing to train on", field="examples")
        if recipe.objective not in OBJECTIVES:
            raise InvalidInput(
                f"no objective {recipe.objective!r}; there are {', '.join(OBJECTIVES)}",
                field="objective",
            )
        self.detach()
        torch.manual_seed(recipe.seed)
        config = LoraConfig(
            r=recipe.rank,
            lora_alpha=recipe.alpha,
            target_modules="all-linear",
            lora_dropout=0.0,
            task_type="CAUSAL_LM",
        )
        self._peft = _adapted(self._base, config)
        try:
            loss = self._fit(list(examples), recipe, progress)
            state = get_peft_model_state_dict(self._peft)
            tensors = {name: _array(tensor) for name, tensor in state.items()}
            return Trained(tensors, _plain(self._peft.peft_config[_NAME]), loss)
        finally:
            self.detach()

    def attach(self, trained: Trained) -> None:
        """Let the adapter take part from now on, in place of any other.

        Raises:
            NotSupported: its modules are not this model's.
        """
        self.detach()
        config = LoraConfig(
            r=int(_number(trained.config["r"])),
            lora_alpha=_number(trained.config["lora_alpha"]),
            use_rslora=bool(trained.config.get("use_rslora")),
            target_modules=_modules(trained),
            lora_dropout=0.0,
            task_type="CAUSAL_LM",
        )
        try:
            self._peft = _adapted(self._base, config)
            state = {n: torch.from_numpy(np.array(t)) for n, t in trained.tensors.items()}
            found = set_peft_model_state_dict(self._peft, state)
        except (ValueError, RuntimeError) as error:
            self.detach()
            raise NotSupported(f"the adapter does not fit this model: {error}") from error
        if found.unexpected_keys:
            self.detach()
            raise NotSupported(
                f"the adapter changes {found.unexpected_keys[0]!r}, which this model does not have"
            )
        self._peft.eval()

    def detach(self) -> None:
        """Let the base model work alone again, as it was to the bit."""
        if self._peft is not None:
            self._base = self._peft.unload()
            self._peft = None
            if hasattr(self._base, "peft_config"):
                del self._base.peft_config
            for parameter in self._base.parameters():
                parameter.requires_grad_(False)
            self._base.eval()

    def recall(self, examples: Sequence[Example]) -> tuple[float, ...]:
        """Return 1 for each example whose answer the model gives greedily, else 0."""
        found = []
        with torch.inference_mode():
            for example in examples:
                tokens, start = self._tokens(example)
                scores = self.model(input_ids=torch.tensor([tokens])).logits[0]
                given = scores[start - 1 : -1].argmax(-1).tolist()
                found.append(float(given == tokens[start:]))
        return tuple(found)

    def log_probabilities(self, texts: Sequence[str]) -> list[NDArray[np.float32]]:
        """Return log probabilities of the next token, ``[tokens, vocabulary]``, for each text."""
        found = []
        with torch.inference_mode():
            for text in texts:
                scores = self.model(input_ids=torch.tensor([self._encode(text)])).logits[0]
                found.append(functional.log_softmax(scores.float(), -1).cpu().numpy())
        return found

    def answers(self, prompts: Sequence[str], *, most: int = 32) -> tuple[str, ...]:
        """Return what the model says greedily behind each prompt, ``most`` tokens at most."""
        found = []
        with torch.inference_mode():
            for prompt in prompts:
                tokens = self._encode(prompt)
                start = len(tokens)
                while len(tokens) - start < most:
                    scores = self.model(input_ids=torch.tensor([tokens])).logits[0, -1]
                    token = int(scores.argmax())
                    if token == self._tokenizer.eos_token_id:
                        break
                    tokens.append(token)
                found.append(str(self._tokenizer.decode(tokens[start:], skip_special_tokens=True)))
        return tuple(found)

    def _fit(self, examples: list[Example], recipe: Recipe, progress: Progress | None) -> float:
        weights = [each for each in self._peft.parameters() if each.requires_grad]
        optimizer = torch.optim.AdamW(weights, lr=recipe.learning_rate, weight_decay=0.0)
        teaching = self._taught(examples) if recipe.objective == "distillation" else None
        done, loss = self._resumed(optimizer, recipe, examples), math.nan
        self._peft.train()
        for epoch in range(done, recipe.epochs):
            order = np.random.default_rng((recipe.seed, epoch)).permutation(len(examples))
            losses = []
            for start in range(0, len(order), recipe.batch):
                some = order[start : start + recipe.batch]
                optimizer.zero_grad()
                step = self._loss([examples[n] for n in some], teaching, some)
                step.backward()
                optimizer.step()
                losses.append(float(step.detach()))
            loss = float(np.mean(losses))
            self._saved(optimizer, recipe, examples, epoch + 1)
            if progress is not None:
                progress(epoch + 1, recipe.epochs, loss)
        return loss

    def _loss(self, some: list[Example], teaching: Any, numbers: Any) -> Any:
        """Return the mean loss over the answers' tokens."""
        rows = [self._tokens(example) for example in some]
        longest = max(len(tokens) for tokens, _ in rows)
        ids = torch.zeros((len(rows), longest), dtype=torch.long)
        mask = torch.zeros_like(ids)
        wanted = torch.full_like(ids, _IGNORED)
        for at, (tokens, start) in enumerate(rows):
            ids[at, : len(tokens)] = torch.tensor(tokens)
            mask[at, : len(tokens)] = 1
            wanted[at, start : len(tokens)] = torch.tensor(tokens[start:])
        scores = self._peft(input_ids=ids, attention_mask=mask).logits[:, :-1]
        after = wanted[:, 1:]
        if teaching is None:
            return functional.cross_entropy(
                scores.flatten(0, 1).float(), after.flatten(), ignore_index=_IGNORED
            )
        student = functional.log_softmax(scores[after != _IGNORED].float(), -1)
        teacher = torch.cat([teaching[int(number)] for number in numbers])
        return functional.kl_div(student, teacher, reduction="batchmean", log_target=True)

    def _taught(self, examples: list[Example]) -> list[Any]:
        """Return what the model says over each answer when it holds the fact in its prompt."""
        found = []
        with torch.inference_mode(), self._peft.disable_adapter():
            for example in examples:
                before = self._encode(f"{example.context}\n") if example.context else []
                tokens, start = self._tokens(example)
                scores = self._peft(input_ids=torch.tensor([[*before, *tokens]])).logits[0]
                over = scores[len(before) + start - 1 : -1].float()
                found.append(functional.log_softmax(over, -1).clone())
        return found

    def _tokens(self, example: Example) -> tuple[list[int], int]:
        """Return the tokens of prompt and answer, and where the answer starts."""
        prompt, answer = self._encode(example.prompt), self._encode(example.answer)
        if not prompt or not answer:
            raise InvalidInput("an example without prompt or answer", field="examples")
        return [*prompt, *answer], len(prompt)

    def _encode(self, text: str) -> list[int]:
        return list(self._tokenizer(text, add_special_tokens=False)["input_ids"])

    def _resumed(self, optimizer: Any, recipe: Recipe, examples: list[Example]) -> int:
        """Load the state of an interrupted training and return how many epochs it had done."""
        place = _state(recipe)
        if place is None or not place.exists():
            return 0
        held = torch.load(place, weights_only=True)
        if held["training"] != _training(recipe, examples):
            raise InvalidInput(
                f"{place} is the checkpoint of another training; name another folder",
                field="checkpoint",
            )
        set_peft_model_state_dict(self._peft, held["adapter"])
        optimizer.load_state_dict(held["optimizer"])
        return int(held["epoch"])

    def _saved(self, optimizer: Any, recipe: Recipe, examples: list[Example], epoch: int) -> None:
        place = _state(recipe)
        if place is None:
            return
        place.parent.mkdir(parents=True, exist_ok=True)
        part = place.with_suffix(".part")
        torch.save(
            {
                "training": _training(recipe, examples),
                "adapter": get_peft_model_state_dict(self._peft),
                "optimizer": optimizer.state_dict(),
                "epoch": epoch,
            },
            part,
        )
        part.replace(place)


def _adapted(model: Any, config: LoraConfig) -> Any:
    """Return the model with room for an adapter, without what libraries tell each other."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)
        return get_peft_model(model, config)


def _state(recipe: Recipe) -> Path | None:
    return None if recipe.checkpoint is None else recipe.checkpoint / "training.pt"


def _training(recipe: Recipe, examples: list[Example]) -> str:
    told = [(each.prompt, each.answer, each.context) for each in examples]
    return json.dumps({"recipe": recipe.told(), "examples": told}, sort_keys=True)


def _array(tensor: Any) -> NDArray[np.float32]:
    found: NDArray[np.float32] = tensor.detach().float().cpu().numpy()
    return found


def _plain(config: Any) -> dict[str, JsonValue]:
    """Return PEFT's configuration as JSON, without what only says where it came from."""
    told = config.to_dict()
    kept = ("peft_type", "task_type", "r", "lora_alpha", "lora_dropout", "bias", "use_rslora")
    plain = {name: str(told[name]) if "type" in name else told[name] for name in kept}
    plain["peft_type"], plain["task_type"] = "LORA", "CAUSAL_LM"
    plain["target_modules"] = sorted(told["target_modules"])
    return json.loads(json.dumps(plain))  # type: ignore[no-any-return]


def _number(value: object) -> float:
    if not isinstance(value, int | float):
        raise InvalidInput(f"{value!r} is no number", field="config")
    return float(value)


def _modules(trained: Trained) -> list[str]:
    names = {name.split(".lora_")[0].rsplit(".", 1)[-1] for name in trained.tensors}
    return sorted(names)
