"""The settings as they would be in another environment."""

import os
import sys
from importlib import import_module


def read(monkeypatch, **environment):
    assert "PORTAL_SECRET_KEY" in os.environ
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    for read_before in [name for name in sys.modules if name.startswith("portal.settings")]:
        monkeypatch.delitem(sys.modules, read_before)
    return vars(import_module("portal.settings"))
