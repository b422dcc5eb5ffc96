"""Which Python the environment is made with (`scripts/python`)."""

import subprocess
from pathlib import Path

from tests.given import inherited

ROOT = Path(__file__).resolve().parents[2]
CAN = "import ensurepip, sys, venv; print(sys.version_info >= (3, 11))"


def named(folder: Path) -> str:
    script = folder / "scripts" / "python"
    script.parent.mkdir()
    script.write_bytes((ROOT / "scripts" / "python").read_bytes())
    return output("sh", str(script))


def output(*command: str) -> str:
    done = subprocess.run(command, env=inherited(), capture_output=True, text=True, check=True)
    return done.stdout.strip()


def test_the_python_that_is_named_can_make_an_environment_of_ours(tmp_path: Path) -> None:
    assert output(named(tmp_path), "-c", CAN) == "True"


def test_where_there_is_an_environment_any_python_does(tmp_path: Path) -> None:
    there = tmp_path / ".venv" / "bin" / "python"
    there.parent.mkdir(parents=True)
    there.touch(mode=0o755)

    assert named(tmp_path) == "python3"
