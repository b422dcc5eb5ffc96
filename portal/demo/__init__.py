"""The demo: `python -m portal.demo` starts a whole portal with made-up people, on this machine only.

Its people share one password that is printed on the screen, so nothing in here may run beside real ones:
`require_demo` stands at the door of every part that Django can load.
"""

import os

from django.core.exceptions import ImproperlyConfigured


def require_demo() -> None:
    """Raise ImproperlyConfigured unless the environment says that this is the demo (PORTAL_DEMO=1)."""
    # SECURITY: without this line, "portal.demo" in a real portal's settings would let a printed password in.
    if os.environ.get("PORTAL_DEMO", "").lower() not in {"1", "true", "yes", "on"}:
        raise ImproperlyConfigured("portal.demo makes people with a known password and loads only with PORTAL_DEMO=1.")
