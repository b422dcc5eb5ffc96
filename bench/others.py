"""What is measured beside ours and is no part of it: pinned in others.lock, and gone with the run."""

from __future__ import annotations

import functools
import os
import subprocess
import sys
import tempfile

from bench.broken import Broken
from bench.server import ROOT


def with_others(environment: dict[str, str]) -> dict[str, str]:
    """This environment, and in it those packages before ours. Raises Broken where they cannot be had."""
    return environment | {"PYTHONPATH": _installed().name}


@functools.cache
def _installed() -> tempfile.TemporaryDirectory[str]:
    folder = tempfile.TemporaryDirectory(prefix="portal-bench-")
    command = [
        sys.executable,
        "-m",
        "pip",
        "install",
        "--quiet",
        "--no-deps",
        "--require-hashes",
        "--only-binary=:all:",
    ]
    command += ["--target", folder.name, "--requirement", str(ROOT / "bench" / "others.lock")]
    # Everything of the surroundings: they say how packages are had here.
    done = subprocess.run(command, env=dict(os.environ), capture_output=True, text=True)
    if done.returncode:
        raise Broken(f"What is measured beside ours could not be installed:\n{done.stderr[-1000:]}")
    return folder
