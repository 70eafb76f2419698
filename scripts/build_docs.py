"""Check the documentation and write the reference that is drawn from the code to build/docs."""

import json
import subprocess
import sys
from pathlib import Path

import memory_os
from memory_os_api.app import create_app
from memory_os_api.container import key_store, open_kernel
from memory_os_api.settings import Settings

ROOT = Path(__file__).resolve().parents[1]
OUT = ROOT / "build" / "docs"


def openapi() -> str:
    """Return the OpenAPI document of the service."""
    kernel = open_kernel("sqlite://")
    try:
        app = create_app(kernel, key_store(kernel), Settings(database="sqlite://"))
        return json.dumps(app.openapi(), indent=2, ensure_ascii=False)
    finally:
        kernel.close()


def sdk() -> str:
    """Return the SDK's surface as Markdown: every public name, with what it says of itself."""
    lines = ["# SDK reference", ""]
    for name in memory_os.__all__:
        thing = getattr(memory_os, name)
        lines += [f"## `memory_os.{name}`", "", (thing.__doc__ or "").strip(), ""]
        methods = vars(thing).items() if isinstance(thing, type) else ()
        for method, function in methods:
            if callable(function) and not method.startswith("_") and function.__doc__:
                lines.append(f"- `{method}`: {function.__doc__.strip().splitlines()[0]}")
        lines.append("")
    return "\n".join(lines)


def main() -> int:
    """Write the reference, then run the documentation's tests; return their exit status."""
    OUT.mkdir(parents=True, exist_ok=True)
    (OUT / "openapi.json").write_text(openapi() + "\n")
    (OUT / "sdk.md").write_text(sdk() + "\n")
    print(f"wrote {OUT.relative_to(ROOT)}/openapi.json and sdk.md")
    command = [sys.executable, "-m", "pytest", "-q", "tests/docs", *sys.argv[1:]]
    return subprocess.run(command, cwd=ROOT, check=False).returncode


if __name__ == "__main__":
    raise SystemExit(main())
