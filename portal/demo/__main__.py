"""`python -m portal.demo`: everything the demo needs, then the server, in this one process.

Reads LAN, HOST, PORT, PLAIN_PORT, FORGET_KEYS, PORTAL_DATA, PORTAL_BASE_URL, PORTAL_DEMO_PASSWORD and
PORTAL_DEMO_ANYWHERE; README.md says what each does.
"""

import asyncio
import os
import signal
import socket
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from portal.demo import doors, folder, network, screen
from portal.demo.refusal import Refusal

if TYPE_CHECKING:
    from portal.demo.authority import Authority

# The demo keeps everything in its folder; a variable left over from other work must not lead it to other data.
FOREIGN = ("DATABASE_URL", "REDIS_URL")

# How long open sockets and requests may take to end after Ctrl+C.
LAST_SECONDS = 3


def main() -> int:
    os.umask(0o077)
    try:
        joined = network.join(os.environ)
        chosen = joined.portal if joined else doors.choose(os.environ)
        place = folder.open_folder(os.environ)
        folder.occupy(place)
        print("Starting ...", file=sys.stderr, flush=True)
        authority = vouch(place, joined) if joined else None
        set_environment(place, chosen, joined)
        elsewhere = start_django(place)
        return serve(screen.Stand(place, chosen, joined, authority, elsewhere))
    except Refusal as refusal:
        print(refusal, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nStopped.")
        return 0


def vouch(place: Path, joined: network.Network) -> "Authority":
    """The certificates of LAN=1."""
    try:
        from portal.demo import authority
    except ImportError as missing:
        raise Refusal(f"LAN=1 needs the package {missing.name}: `make run LAN=1` installs it.") from missing
    # Of the machine and not of the address: it outlives that. 64 bytes are what certificates hold (RFC 5280).
    title = f"{os.environ.get('PORTAL_NAME') or 'Client Portal'} demo on {socket.gethostname()}"
    title = title.encode()[:64].decode(errors="ignore")
    try:
        return authority.open_authority(place / "lan", joined.names, title)
    except OSError as error:
        raise Refusal(f"The certificates in {place / 'lan'} cannot be written ({error.strerror}).") from error


def set_environment(place: Path, chosen: doors.Doors, joined: network.Network | None) -> None:
    """Fill in what the settings read and nobody has set."""
    secrets = folder.read_or_make_secrets(place)
    for name in FOREIGN:
        if os.environ.pop(name, ""):
            print(f"{name} is set and left aside: the demo keeps its data in {place}.", file=sys.stderr)
    usual = joined.base_url if joined else f"http://localhost:{chosen.port}"
    os.environ |= {
        "DJANGO_SETTINGS_MODULE": "portal.settings",
        "PORTAL_DEMO": "1",
        "PORTAL_DATA": str(place),
        "PORTAL_STATIC_ROOT": str(place / "static"),
        "PORTAL_BASE_URL": (os.environ.get("PORTAL_BASE_URL") or usual).rstrip("/"),
        "PORTAL_SECRET_KEY": os.environ.get("PORTAL_SECRET_KEY") or secrets["secret_key"],
        "PORTAL_PEPPER": os.environ.get("PORTAL_PEPPER") or secrets["pepper"],
        "PORTAL_FIELD_KEYS": os.environ.get("PORTAL_FIELD_KEYS") or secrets["field_keys"],
        "PORTAL_VAPID_KEY": os.environ.get("PORTAL_VAPID_KEY") or secrets["vapid_key"],
        "PORTAL_DEMO_PASSWORD": os.environ.get("PORTAL_DEMO_PASSWORD") or secrets["demo_password"],
    }
    if joined:
        # Whoever says LAN=1 has said that others may come.
        os.environ["PORTAL_DEMO_ANYWHERE"] = "1"


def start_django(place: Path) -> dict[str, list[str]]:
    """Tables, files, people; gives the people whose key was activated at another address, by that address."""
    import django
    from django.core.exceptions import ImproperlyConfigured
    from django.db import DatabaseError

    try:
        django.setup()
        from portal.demo.prepare import prepare

        return prepare(place, os.environ["PORTAL_DEMO_PASSWORD"], forget=os.environ.get("FORGET_KEYS") == "1")
    except ImproperlyConfigured as error:
        raise Refusal(str(error)) from error
    except (DatabaseError, OSError) as error:
        raise Refusal(
            f"The data in {place} could not be prepared ({error}): use another folder with PORTAL_DATA=."
        ) from error


def serve(stand: screen.Stand) -> int:
    """Run the server until a signal ends it; 0 after an orderly end."""
    from daphne.server import Server, twisted_loop
    from twisted.internet import reactor

    from portal.asgi import application

    server = Server(
        application,
        endpoints=endpoints(stand),
        # SECURITY: nothing stands in front of the demo, so no header may say where a visitor comes from.
        proxy_forwarded_address_header=None,
        proxy_forwarded_port_header=None,
        proxy_forwarded_proto_header=None,
        action_logger=None,
        verbosity=0,
        server_name="portal",
    )
    if stand.network and stand.authority:
        from portal.demo import plain

        for address in stand.network.plain.addresses:
            site = plain.site(stand.network, stand.authority)
            cast(Any, reactor).listenTCP(stand.network.plain.port, site, interface=address)
    threading.Thread(target=announce, args=(stand,), daemon=True).start()
    server.run()
    end_what_still_runs(twisted_loop)
    port = stand.doors.port
    if server.abort_start:
        raise Refusal(f"Port {port} could not be opened: choose another port as in `make run PORT={port + 1}`.")
    print(f"\nStopped. The data stays in {stand.place}", flush=True)
    return 0


def endpoints(stand: screen.Stand) -> list[str]:
    """Where the portal listens, as Twisted writes it."""
    from twisted.internet.endpoints import quoteStringArgument

    def quoted(text: str) -> str:
        return str(quoteStringArgument(text))  # type: ignore[no-untyped-call]

    at = [f"{stand.doors.port}:interface={quoted(address)}" for address in stand.doors.addresses]
    if stand.authority is None:
        return [f"tcp:{each}" for each in at]
    file = quoted(str(stand.authority.server_file))
    return [f"ssl:{each}:privateKey={file}:certKey={file}" for each in at]


def end_what_still_runs(loop: asyncio.AbstractEventLoop) -> None:
    """Cancel the coroutines of open sockets; left to the interpreter's end, they crash it (Python 3.11)."""
    left = asyncio.all_tasks(loop)
    for task in left:
        task.cancel()
    if left:
        loop.run_until_complete(asyncio.wait(left, timeout=LAST_SECONDS))


def announce(stand: screen.Stand) -> None:
    """Print the screen once the port answers."""
    host = os.environ["PORTAL_BASE_URL"].partition("://")[2]
    trust = stand.authority.trust() if stand.authority else None
    if not doors.wait_until_answered(stand.doors, host, trust):
        print("The portal does not answer; its last messages may say why.", file=sys.stderr, flush=True)
        os.kill(os.getpid(), signal.SIGTERM)
        return
    print("\n".join(screen.lines(stand)), flush=True)


if __name__ == "__main__":
    sys.exit(main())
