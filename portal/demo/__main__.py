"""`python -m portal.demo`: everything the demo needs, then the server, in this one process.

Reads HOST, PORT, PORTAL_DATA, PORTAL_BASE_URL, PORTAL_DEMO_PASSWORD and PORTAL_DEMO_ANYWHERE; README.md says what
each does.
"""

import asyncio
import os
import signal
import sys
import threading
from pathlib import Path

from portal.demo import doors, folder
from portal.demo.refusal import Refusal

# The demo keeps everything in its folder; a variable left over from other work must not lead it to other data.
FOREIGN = ("DATABASE_URL", "REDIS_URL")

# How long open sockets and requests may take to end after Ctrl+C.
LAST_SECONDS = 3


def main() -> int:
    os.umask(0o077)
    try:
        chosen = doors.choose(os.environ)
        place = folder.open_folder(os.environ)
        folder.occupy(place)
        print("Starting ...", file=sys.stderr, flush=True)
        password = set_environment(place, chosen)
        start_django(place, password)
        return serve(place, chosen, password)
    except Refusal as refusal:
        print(refusal, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nStopped.")
        return 0


def set_environment(place: Path, chosen: doors.Doors) -> str:
    """Fill in what settings.py reads and nobody has set; gives the demo people's password."""
    secrets = folder.read_or_make_secrets(place)
    for name in FOREIGN:
        if os.environ.pop(name, ""):
            print(f"{name} is set and left aside: the demo keeps its data in {place}.", file=sys.stderr)
    os.environ |= {
        "DJANGO_SETTINGS_MODULE": "portal.settings",
        "PORTAL_DEMO": "1",
        "PORTAL_DATA": str(place),
        "PORTAL_STATIC_ROOT": str(place / "static"),
        "PORTAL_BASE_URL": (os.environ.get("PORTAL_BASE_URL") or f"http://localhost:{chosen.port}").rstrip("/"),
        "PORTAL_SECRET_KEY": os.environ.get("PORTAL_SECRET_KEY") or secrets["secret_key"],
        "PORTAL_PEPPER": os.environ.get("PORTAL_PEPPER") or secrets["pepper"],
        "PORTAL_FIELD_KEYS": os.environ.get("PORTAL_FIELD_KEYS") or secrets["field_keys"],
        "PORTAL_DEMO_PASSWORD": os.environ.get("PORTAL_DEMO_PASSWORD") or secrets["demo_password"],
    }
    return os.environ["PORTAL_DEMO_PASSWORD"]


def start_django(place: Path, password: str) -> None:
    import django
    from django.core.exceptions import ImproperlyConfigured
    from django.db import DatabaseError

    try:
        django.setup()
        from portal.demo.prepare import prepare

        prepare(place, password)
    except ImproperlyConfigured as error:
        raise Refusal(str(error)) from error
    except (DatabaseError, OSError) as error:
        raise Refusal(
            f"The data in {place} could not be prepared ({error}): use another folder with PORTAL_DATA=."
        ) from error


def serve(place: Path, chosen: doors.Doors, password: str) -> int:
    """Run the server until a signal ends it; 0 after an orderly end."""
    from daphne.endpoints import build_endpoint_description_strings as endpoint
    from daphne.server import Server, twisted_loop

    from portal.asgi import application

    server = Server(
        application,
        endpoints=[each for address in chosen.addresses for each in endpoint(host=address, port=chosen.port)],
        # SECURITY: nothing stands in front of the demo, so no header may say where a visitor comes from.
        proxy_forwarded_address_header=None,
        proxy_forwarded_port_header=None,
        proxy_forwarded_proto_header=None,
        action_logger=None,
        verbosity=0,
        server_name="portal",
    )
    threading.Thread(target=announce, args=(place, chosen, password), daemon=True).start()
    server.run()
    end_what_still_runs(twisted_loop)
    if server.abort_start:
        raise Refusal(
            f"Port {chosen.port} could not be opened: choose another port as in `make run PORT={chosen.port + 1}`."
        )
    print(f"\nStopped. The data stays in {place}", flush=True)
    return 0


def end_what_still_runs(loop: asyncio.AbstractEventLoop) -> None:
    """Cancel the coroutines of open sockets; left to the interpreter's end, they crash it (Python 3.11)."""
    left = asyncio.all_tasks(loop)
    for task in left:
        task.cancel()
    if left:
        loop.run_until_complete(asyncio.wait(left, timeout=LAST_SECONDS))


def announce(place: Path, chosen: doors.Doors, password: str) -> None:
    """Print the screen once the port answers."""
    base = os.environ["PORTAL_BASE_URL"]
    if not doors.wait_until_answered(chosen, base.partition("://")[2]):
        print("The portal does not answer; its last messages may say why.", file=sys.stderr, flush=True)
        os.kill(os.getpid(), signal.SIGTERM)
        return
    lines = [
        "",
        f"  {os.environ.get('PORTAL_NAME') or 'Client Portal'}, with made-up people",
        "",
        f"  Portal          {base}/",
        f"  Authenticator   {base}/authenticator/   (open it in another browser, or in a private window)",
        f"  Virtual phone   {base}/demo/phone/   (texts, calls and e-mails arrive here)",
        "  Sign in as      mara, dana or eli (clients), sol (staff), root (superuser)",
        f"  Password        {password}",
        "",
        f"  Ctrl+C stops it; the data stays in {place}",
    ]
    if not chosen.loopback:
        lines.append("  Everyone who can reach this machine can open this demo (PORTAL_DEMO_ANYWHERE=1).")
    print("\n".join([*lines, "", f"Ready: {base}/"]), flush=True)


if __name__ == "__main__":
    sys.exit(main())
