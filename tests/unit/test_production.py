"""The production form of the settings, as the shipped defaults make it: read once, in a process of its own (AT-129)."""

import json
import os
import secrets
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
_TOLD = """
import json, sys
from io import StringIO
import django
from django.conf import settings
from django.core.management import call_command
django.setup()
err = StringIO()
call_command("check", deploy=True, fail_level="WARNING", stdout=err, stderr=err)
kinds = ("SESSION", "CSRF", "LANGUAGE", "SECURE", "ALLOWED", "DEBUG")
names = [name for name in dir(settings) if name.split("_")[0] in kinds]
print(json.dumps({"check": err.getvalue(), **{name: getattr(settings, name) for name in names}}, default=str))
"""


@pytest.fixture(scope="module")
def production(tmp_path_factory):
    """What the settings are for a portal that names a host, three secrets and nothing else."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("PORTAL_", "DJANGO_"))}
    environment |= {
        "DJANGO_SETTINGS_MODULE": "portal.settings",
        "PORTAL_BASE_URL": "https://portal.example",
        "PORTAL_DATA": str(tmp_path_factory.mktemp("production")),
        "PORTAL_SECRET_KEY": secrets.token_urlsafe(48),
        "PORTAL_PEPPER": secrets.token_urlsafe(48),
        "PORTAL_FIELD_KEYS": f"1:{secrets.token_urlsafe(32)}",
    }
    done = subprocess.run([sys.executable, "-c", _TOLD], cwd=ROOT, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-2000:]
    return json.loads(done.stdout)


def test_the_checks_for_deployment_find_nothing(production):
    """AT-129: no warning, no error; what could be better with a setting more is only mentioned."""
    assert "WARNINGS" not in production["check"]
    assert "ERRORS" not in production["check"]
    assert "portal.I01" in production["check"]


@pytest.mark.parametrize("name", ["SESSION", "CSRF", "LANGUAGE"])
def test_cookies_are_locked_to_the_host_and_to_https(production, name):
    """R-53, AT-130."""
    assert production[f"{name}_COOKIE_NAME"].startswith("__Host-")
    assert production[f"{name}_COOKIE_SECURE"] is True
    assert production[f"{name}_COOKIE_HTTPONLY"] is True
    assert production[f"{name}_COOKIE_SAMESITE"] == "Lax"
    assert production[f"{name}_COOKIE_PATH"] == "/"
    assert production[f"{name}_COOKIE_DOMAIN"] is None


def test_browsers_keep_to_https_for_a_year(production):
    """P-50."""
    assert production["SECURE_HSTS_SECONDS"] == 365 * 86_400
    assert production["SECURE_HSTS_INCLUDE_SUBDOMAINS"] is True
    assert production["SECURE_SSL_REDIRECT"] is True


def test_it_answers_to_its_own_name_alone(production):
    """R-92, AT-054."""
    assert production["ALLOWED_HOSTS"] == ["portal.example"]
    assert production["DEBUG"] is False
