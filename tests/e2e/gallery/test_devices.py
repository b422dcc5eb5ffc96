"""Signing in on a device without a browser: the code, what asks, the phone, and each end."""

import pytest

from applications.models import DeviceSignIn
from tests.applications.devices import UNKNOWN, begun, trading
from tests.factories import desk as client
from tests.factories import with_key
from tests.given import PIN
from tests.stories.ways import sign_in, sign_out
from twofactor.models import Challenge


@pytest.fixture
def usual(mara):
    """Mara has a key, and has just signed in with it."""
    here = client()
    here.pocket = with_key(mara, browser=here)
    sign_out(here)
    sign_in(here, mara, here.pocket)
    return here


def test_a_device_from_its_code_to_its_end(usual, window, stop):
    page = window(usual, "/device/")
    stop("device/code", page)
    page.locator("#id_code").fill(UNKNOWN)
    page.locator("main form .button.main").click()
    page.locator("[aria-invalid=true]").wait_for()
    stop("device/unknown", page)
    for agent, ours in (
        ("Trading/10.30", True),
        ("Mozilla/5.0 (a device whose name is far too long for any page)", False),
    ):
        device = begun(trading(name="Trading Platform", skip_authorization=ours), agent=agent)
        usual.post("/device/", {"code": device.user_code})
        page.goto(f"/device/{device.row.pk}/")
        stop(f"device/{'ours' if ours else 'of-others'}", page)
    page.locator("main .button.main").click()
    page.locator(".status.waiting").wait_for()
    stop("device/asked", page)
    (question,) = [each for each in usual.pocket.challenges() if each["purpose"] == "action"]
    usual.pocket.approve(question, PIN)
    page.locator(".banner.good").wait_for()
    stop("device/approved", page)
    for state, reason in (("denied", "cancelled"), ("denied", "number"), ("expired", "")):
        DeviceSignIn.objects.filter(pk=device.row.pk).update(state=state, reason=reason)
        page.goto(f"/device/{device.row.pk}/")
        stop(f"device/{reason or state}", page)


def test_without_a_phone_or_in_time(usual, mara, window, stop):
    device = begun(trading(name="Trading Platform"), agent="Trading/10.30")
    usual.post("/device/", {"code": device.user_code})
    usual.post(f"/device/{device.row.pk}/", {"act": "go"})
    Challenge.objects.filter(purpose="action").update(state="expired")
    page = window(usual, f"/device/{device.row.pk}/")
    stop("device/not-answered", page)
    mara.portal_keys.update(state="locked")
    page.goto(f"/device/{device.row.pk}/")
    stop("device/without-a-phone", page)
