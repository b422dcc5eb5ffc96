"""Keys that were activated while the demo had another address.

A key signs for one address, and lies in the storage that a browser keeps for that address alone: on a demo that has
moved its owner is asked for an answer that no page can give. So the folder remembers which key was made where.
"""

import json
from pathlib import Path

from portal.demo.folder import write_private
from twofactor import enrolled
from twofactor.models import PortalKey
from twofactor.models.key import BINDING

# Where demos stood that did not write it down yet.
_BEFORE = "http://localhost:8000"


def note(folder: Path, base_url: str) -> dict[str, list[str]]:
    """Write down where the keys were made; those of other addresses come back, as address: usernames."""
    path = folder / "address.json"
    last, known = _read(path)
    rows = dict(PortalKey.objects.filter(state__in=BINDING).values_list("kid", "user__username"))
    keys = {kid: known.get(kid, last) for kid in rows}
    write_private(path, json.dumps({"base_url": base_url, "keys": keys}, indent=2) + "\n")
    elsewhere: dict[str, list[str]] = {}
    for kid, address in keys.items():
        if address != base_url:
            elsewhere.setdefault(address, []).append(rows[kid])
    return {address: sorted(names) for address, names in sorted(elsewhere.items())}


def forget(usernames: list[str]) -> None:
    """Switch these people's keys off, as the support desk would: they sign in without one and activate anew."""
    for key in PortalKey.objects.filter(state__in=BINDING, user__username__in=usernames):
        enrolled.end_key(key, reason="staff")


def _read(path: Path) -> tuple[str, dict[str, str]]:
    """Where the demo stood last, and where each key was made; only a hint, so nothing where it cannot be read."""
    try:
        kept = json.loads(path.read_text(encoding="utf-8"))
        return str(kept["base_url"]), {str(kid): str(address) for kid, address in kept["keys"].items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return _BEFORE, {}
