"""RFC 8628, for the program: Authlib's client begins, shows a code, asks again and again, and has its tokens."""

import pytest
from authlib.integrations.base_client import OAuthError
from django.conf import settings

from accounts.models import AuditEvent
from applications import policy
from applications.models import AccessToken, Application, DeviceSignIn
from tests.applications.rp import Party, registered
from tests.factories import PIN

GRANT = Application.GRANT_DEVICE_CODE


class Program(Party):
    """A platform on somebody's desktop. It knows the portal's address, and reads all else in its discovery."""

    def begin(self, **more):
        """What it may show, and the code that it keeps."""
        return self.answer(**more).json()

    def answer(self, **more):
        fields = {"scope": "openid profile email offline_access", **self.named(), **more}
        return self.web.post(self.knows["device_authorization_endpoint"], data=fields)

    def named(self):
        application = self.application
        if application.client_type == "public":
            return {"client_id": application.client_id}
        return {"client_id": application.client_id, "client_secret": application.secret}

    def ask(self, begun):
        """Its tokens. Raises OAuthError."""
        url = self.knows["token_endpoint"]
        return self.client.fetch_token(url, grant_type=GRANT, device_code=begun["device_code"])

    def refusal(self, begun):
        with pytest.raises(OAuthError) as told:
            self.ask(begun)
        return told.value.error


def program(name="Trading Platform", **fields):
    given = {"client_type": "public", "redirect_uris": "https://x.example/", "signs_in_devices": True, **fields}
    return Program(registered(name, signs_in=False, **given))


@pytest.fixture
def platform(db):
    return program()


def approve(browser, pocket, begun):
    """What its person does: the code, and the phone."""
    went = browser.post("/device/", {"code": begun["user_code"]})["Location"]
    browser.post(went, {"act": "go"})
    (question,) = [each for each in pocket.challenges() if each["purpose"] == "action"]
    pocket.approve(question, PIN)


# --- The road ---


@pytest.mark.parametrize("kind", ["public", "confidential"])
def test_a_stock_client_signs_somebody_in_and_reads_who_they_are(inside, pocket, mara, kind, one_clock):
    platform = program(client_type=kind)
    begun = platform.begin()
    assert platform.refusal(begun) == "authorization_pending"
    one_clock.shift(begun["interval"])
    approve(inside, pocket, begun)
    tokens = platform.ask(begun)
    claims = platform.told(tokens, nonce=None)
    assert (claims["sub"], claims["acr"], claims["amr"]) == (str(mara.pk), "key", ["pwd", "swk", "pin", "mfa"])
    assert platform.person(tokens).json()["name"] == mara.name
    assert platform.refresh(tokens)["access_token"] != tokens["access_token"]


def test_only_whoever_asks_for_it_goes_on_without_its_person(inside, pocket, platform):
    begun = platform.begin(scope="openid")
    approve(inside, pocket, begun)
    assert "refresh_token" not in platform.ask(begun)


def test_it_is_told_all_that_it_needs_and_nothing_that_its_person_could_mistake(platform):
    begun = platform.begin()
    assert begun["verification_uri"] == f"{settings.PORTAL_BASE_URL}/device/"
    assert begun["verification_uri_complete"] == f"{begun['verification_uri']}?user_code={begun['user_code']}"
    assert (begun["expires_in"], begun["interval"]) == (600, 5)
    assert not set(begun["user_code"]) & set("OILU")


def test_discovery_names_what_is_served(platform):
    assert GRANT in platform.knows["grant_types_supported"]
    assert platform.answer().headers["Cache-Control"] == "no-store"


def test_without_openid_there_is_no_id_token(inside, pocket, platform):
    begun = platform.begin(scope="profile")
    approve(inside, pocket, begun)
    assert "id_token" not in platform.ask(begun)


def test_this_was_not_me_ends_what_the_program_was_given(inside, pocket, platform):
    """Remote phishing that has succeeded: the activity names the sign-in, and takes it back."""
    begun = platform.begin()
    approve(inside, pocket, begun)
    tokens = platform.ask(begun)
    assert platform.person(tokens).status_code == 200
    told = AuditEvent.objects.get(kind="device.sign-in").name
    assert f"/security/activity/{told}/not-me/" in inside.get("/security/activity/").content.decode()
    inside.post(f"/security/activity/{told}/not-me/")
    assert platform.person(tokens).status_code == 401
    with pytest.raises(OAuthError, match="invalid_grant"):
        platform.refresh(tokens)


# --- Section 3.5 ---


def test_slow_down_and_then_pending_at_the_new_pace(platform, one_clock):
    begun = platform.begin()
    assert platform.refusal(begun) == "authorization_pending"
    assert platform.refusal(begun) == "slow_down"
    one_clock.shift(6)
    assert platform.refusal(begun) == "slow_down"
    one_clock.shift(15)
    assert platform.refusal(begun) == "authorization_pending"


def test_access_denied_when_the_person_declines(inside, platform):
    begun = platform.begin()
    went = inside.post("/device/", {"code": begun["user_code"]})["Location"]
    inside.post(went, {"act": "deny"})
    assert platform.refusal(begun) == "access_denied"


def test_expired_token_after_ten_minutes(platform, one_clock):
    begun = platform.begin()
    one_clock.shift(policy.DEVICE_LIFE.total_seconds() + 1)
    assert platform.refusal(begun) == "expired_token"


def test_invalid_grant_for_a_code_that_was_used_or_never_was(inside, pocket, platform):
    begun = platform.begin()
    approve(inside, pocket, begun)
    platform.ask(begun)
    assert platform.refusal(begun) == "invalid_grant"
    assert platform.refusal({"device_code": "x" * 43}) == "invalid_grant"
    assert platform.refusal({"device_code": "\x00"}) == "invalid_request"


def test_invalid_grant_for_another_programs_code(inside, pocket, platform):
    begun = platform.begin()
    approve(inside, pocket, begun)
    assert program("Another").refusal(begun) == "invalid_grant"
    assert platform.ask(begun)


# --- Who may ---


def test_a_program_with_a_secret_has_to_say_it(inside, pocket):
    platform = program(client_type="confidential")
    for wrong in ({"client_secret": "wrong"}, {"client_secret": ""}):
        refused = platform.answer(**wrong)
        assert (refused.status_code, refused.json()["error"]) == (401, "invalid_client")
    begun = platform.begin()
    approve(inside, pocket, begun)
    platform.client.client_secret = "wrong"
    assert platform.refusal(begun) == "invalid_client"
    assert DeviceSignIn.objects.get().state == "claimed"


def test_only_applications_that_sign_in_devices_may(platform):
    other = program("Trading Web", signs_in_devices=False)
    assert other.answer().json()["error"] == "unauthorized_client"
    assert other.refusal(platform.begin()) == "unauthorized_client"


def test_one_that_is_switched_off_begins_nothing_and_gets_nothing(inside, pocket, platform):
    begun = platform.begin()
    approve(inside, pocket, begun)
    Application.objects.update(is_active=False)
    assert platform.answer().json()["error"] == "invalid_client"
    assert platform.refusal(begun) == "invalid_client"


@pytest.mark.parametrize(
    ("more", "error"),
    [
        ({"scope": "openid admin"}, "invalid_scope"),
        ({"scope": " "}, "invalid_scope"),
        ({"client_id": ""}, "invalid_client"),
        ({"client_id": ["a", "b"]}, "invalid_request"),
        ({"scope": ["openid", "profile"]}, "invalid_request"),
    ],
)
def test_what_is_asked_wrongly_is_refused_in_the_protocols_words(platform, more, error):
    assert platform.answer(**more).json()["error"] == error
    assert not DeviceSignIn.objects.exists()


def test_no_address_begins_without_end(platform):
    for _ in range(policy.DEVICE_ADDRESS[0].count):
        assert platform.answer().status_code == 200
    refused = platform.answer()
    assert refused.status_code == 429
    assert int(refused.headers["Retry-After"]) > 0


# --- What is kept ---


def test_no_code_and_no_token_stands_in_a_row_or_in_the_record(inside, pocket, platform):
    begun = platform.begin()
    approve(inside, pocket, begun)
    tokens = platform.ask(begun)
    kept = str([*DeviceSignIn.objects.values(), *AccessToken.objects.values(), *AuditEvent.objects.values()])
    for secret in (begun["device_code"], begun["user_code"], begun["user_code"].replace("-", ""), *_secrets(tokens)):
        assert secret not in kept


def _secrets(tokens):
    return tokens["access_token"], tokens["refresh_token"], tokens["id_token"]
