"""Reads a document in a process of its own, so that a file made to do harm can't hang or swell the one that asks."""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from knowledge.importing.document import Document, Unreadable
from knowledge.importing.portable import as_json, from_json
from knowledge.importing.reading import read_document

_PROJECT = Path(__file__).resolve().parents[2]
_MOST_MEMORY = 2 * 1024**3
_TOO_LONG = "This file took too long to read, so reading was stopped; save it more simply and import it again."
_GAVE_UP = "This file could not be read: it needs more memory than a document ever does, or is damaged."


def read_apart(path: Path, *, root: Path, seconds: int = 60) -> Document:
    """As ``read_document``, for files uploaded together into the folder ``root``, within so many seconds and 2 GiB of
    memory. Raises Unreadable, also for a file that takes longer or brings its reader down."""
    with tempfile.TemporaryDirectory(prefix="reading-") as folder:
        run_apart("knowledge.importing.apart", str(path), str(root), folder, seconds=seconds)
        told = json.loads(Path(folder, "told.json").read_text())
        if "unreadable" in told:
            raise Unreadable(told["unreadable"])
        return from_json(told, lambda sha256: Path(folder, sha256).read_bytes())


def run_apart(module: str, *arguments: str, seconds: int) -> None:
    """Run the ``main`` of a module with these arguments in a process of its own, which calls ``keep_within`` first.
    Raises Unreadable where it takes longer or comes to grief."""
    command = [sys.executable, "-m", module, *arguments, str(seconds)]
    # Nothing secret goes along, and what the child remarks is nobody's business.
    plain = {name: os.environ[name] for name in ("PATH", "LANG", "LC_ALL", "TMPDIR") if name in os.environ}
    quiet: dict[str, Any] = {"stdin": subprocess.DEVNULL, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    try:
        subprocess.run(command, cwd=_PROJECT, env=plain, timeout=seconds, check=True, **quiet)
    except subprocess.TimeoutExpired:
        raise Unreadable(_TOO_LONG) from None
    except subprocess.CalledProcessError:
        raise Unreadable(_GAVE_UP) from None


def keep_within(seconds: int) -> None:
    """Have this process end where it takes more memory or time than reading ever should."""
    resource.setrlimit(resource.RLIMIT_AS, (_MOST_MEMORY, _MOST_MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (seconds + 5, seconds + 5))  # should its parent have died


def _here(path: Path, root: Path, folder: Path) -> None:
    """What the process of its own does: read, and write down what it read, or why it can't be."""
    try:
        document = read_document(path, root=root, flat=True)
    except Unreadable as why:
        told: dict[str, object] = {"unreadable": str(why)}
    else:
        told = as_json(document)
        for image in document.images:
            (folder / image.sha256).write_bytes(image.content)
    (folder / "told.json").write_text(json.dumps(told))


def main(path: str, root: str, folder: str, seconds: str) -> None:
    keep_within(int(seconds))
    _here(Path(path), Path(root), Path(folder))


if __name__ == "__main__":
    main(*sys.argv[1:])
