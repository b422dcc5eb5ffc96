"""The demo's folder, outside the code: the database, the collected static files and the secrets."""

import base64
import fcntl
import json
import os
import secrets
import tempfile
from collections.abc import Mapping
from pathlib import Path

from portal.demo.refusal import Refusal

# Typed by people from a screen: lower case without 0 o 1 l i.
_TYPEABLE = "abcdefghjkmnpqrstuvwxyz23456789"


def open_folder(environment: Mapping[str, str], name: str = "client-portal", elsewhere: str = "") -> Path:
    """Make the folder that PORTAL_DATA names and see that it can be written. Raises Refusal.

    Without that it is the usual one: `elsewhere`, or one of this name among the person's own data.
    """
    usual = elsewhere or Path(environment.get("XDG_DATA_HOME") or "~/.local/share") / name
    folder = Path(os.path.abspath(os.path.expanduser(environment.get("PORTAL_DATA") or usual)))
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        why = (error.strerror or str(error)).lower()
        raise Refusal(f"The data folder {folder} cannot be used ({why}): choose another with PORTAL_DATA=.") from None
    return folder


def occupy(folder: Path) -> None:
    """Keep others out of the folder for as long as this process lives: the descriptor is never closed.

    Live status travels inside one process here, so two on the same data would each tell only half of the story.
    """
    path = folder / "running.lock"
    try:
        fcntl.flock(os.open(path, os.O_RDWR | os.O_CREAT, 0o600), fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise Refusal(
            f"Another portal is running on the data in {folder}: stop it, or choose another folder with PORTAL_DATA=."
        ) from None
    except OSError as error:
        raise Refusal(f"{path} cannot be opened ({error.strerror}): is the folder somebody else's?") from None


def read_or_make_secrets(folder: Path) -> dict[str, str]:
    """The secrets of this folder, made once: secret_key, pepper, field_keys and demo_password. Raises Refusal."""
    path = folder / "secrets.json"
    try:
        kept = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        kept = {}
    except (OSError, ValueError):
        kept = None
    if not isinstance(kept, dict) or not all(isinstance(value, str) for value in kept.values()):
        # Never replaced in silence: the data is sealed with what stood there.
        raise Refusal(f"{path} cannot be read: bring it back, or remove the folder {folder} to begin anew.")
    whole = {**_new_secrets(), **kept}
    if whole != kept:
        write_private(path, json.dumps(whole, indent=2) + "\n")
    return whole


def _new_secrets() -> dict[str, str]:
    key = base64.urlsafe_b64encode(secrets.token_bytes(32)).decode().rstrip("=")
    # Any number below the order of the curve (P-256) is a private key; one bit less is always below it.
    scalar = secrets.randbits(255) | 1
    groups = ("".join(secrets.choice(_TYPEABLE) for _ in range(4)) for _ in range(3))
    return {
        "secret_key": secrets.token_urlsafe(48),
        "pepper": secrets.token_urlsafe(32),
        "field_keys": f"1:{key}",
        "vapid_key": base64.urlsafe_b64encode(scalar.to_bytes(32, "big")).decode().rstrip("="),
        "demo_password": "-".join(groups),
    }


def write_private(path: Path, text: str) -> None:
    """Write the whole file or nothing, readable by its owner only (mkstemp makes it so)."""
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=path.name)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        os.replace(name, path)
    except BaseException:
        os.unlink(name)
        raise
