"""What the tests of devices share: a program that begins, and a person who types its code."""

from django.test import RequestFactory

from applications import device
from applications.models import Application
from tests.stories.ways import text

UNKNOWN = "AAAA-AAAA"


def trading(**fields):
    """A public program on a desktop, as its maker would register it."""
    fields = {
        "name": "Trading Platform",
        "client_type": Application.CLIENT_PUBLIC,
        "signs_in": False,
        "signs_in_devices": True,
        **fields,
    }
    return Application.objects.create(**fields)


def asking(address="203.0.113.9", agent="TWS/10.30 (Linux)"):
    """What the program sends, from where it runs."""
    return RequestFactory().post("/oauth/device/", headers={"user-agent": agent}, REMOTE_ADDR=address)


def begun(application, **how):
    return device.begin(asking(**how), application, "openid")


def type_code(browser, code):
    return browser.post("/device/", {"code": code})


def page(browser, begun):
    return text(browser.get(f"/device/{begun.row.pk}/"))


def press(browser, begun, act="go"):
    return browser.post(f"/device/{begun.row.pk}/", {"act": act})


def question(pocket):
    """What the phone is asked about a device."""
    (found,) = [each for each in pocket.challenges() if each["purpose"] == "action"]
    return found


def redeem(begun, application=None):
    return device.redeem(application or begun.row.application, begun.device_code)


def standing(begun):
    begun.row.refresh_from_db()
    device.settle(begun.row)
    return begun.row.standing
