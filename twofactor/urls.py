from typing import Any, cast

from django.contrib.auth.decorators import login_not_required
from django.urls import path, re_path
from django.views.decorators.csrf import csrf_exempt

from twofactor import consumers
from twofactor.answering import in_one_form
from twofactor.api import api
from twofactor.views import (
    activity,
    authenticator,
    carriers,
    codes,
    console,
    enrolment,
    forgotten,
    landing,
    moving,
    passkeys,
    phones,
    proposals,
    recovery,
    sheets,
    signin,
    totp,
)

_api, _app, _namespace = api.urls
for _route in _api:
    # The device's API knows no session: every path asks for a signed statement or an activation code instead.
    _route.callback = login_not_required(csrf_exempt(in_one_form(cast(Any, _route.callback))))

# What the authenticator's own host answers as well, and nothing else.
authenticators_own: list[Any] = [
    path("a", landing.landing, name="activate-link"),
    path("authenticator/", authenticator.page, name="authenticator"),
    path("authenticator/screens/", authenticator.screens, name="authenticator-screens"),
    path("authenticator/manifest.webmanifest", authenticator.manifest, name="authenticator-manifest"),
    path("authenticator/sw.js", authenticator.service_worker, name="authenticator-worker"),
    path("authenticator/mark/", authenticator.mark, name="authenticator-mark"),
    path("authenticator/api/", (_api, _app, _namespace)),
]

urlpatterns = [
    # First: an answer is looked up anew for each question, whose number is a part of its path.
    *authenticators_own,
    path("sign-in/", signin.sign_in, name="sign-in"),
    path("sign-in/verify/", signin.verify, name="verify"),
    path("sign-in/verify/manual/", signin.verify_manual, name="verify-manual"),
    path("sign-in/verify/again/", signin.verify_again, name="verify-again"),
    path("sign-in/verify/code/", codes.code, name="verify-code"),
    path("sign-in/verify/code/again/", codes.again, name="verify-code-again"),
    path("sign-in/verify/code/call/", codes.call, name="verify-code-call"),
    path("sign-in/verify/passkey/", passkeys.verify, name="verify-passkey"),
    path("sign-in/verify/app/", totp.verify, name="verify-totp"),
    path("sign-in/verify/choose/", codes.choose, name="verify-choose"),
    path("sign-in/verify/lost/", recovery.lost, name="verify-lost"),
    path("sign-in/verify/lost/text/", recovery.text, name="verify-lost-text"),
    path("sign-in/verify/recovery/", recovery.recovery_code, name="verify-recovery"),
    path("sign-in/verify/passcode/", recovery.passcode, name="verify-passcode"),
    path("sign-in/verify/desk/", recovery.desk, name="verify-desk"),
    path("sign-in/cancel/", signin.cancel, name="sign-in-cancel"),
    path("sign-in/status/", signin.status, name="sign-in-status"),
    path("sign-in/finish/", signin.finish, name="sign-in-finish"),
    path("security/key/", enrolment.key, name="security-key"),
    path("security/key/new-code/", enrolment.invite, name="key-invite"),
    path("security/key/move/", moving.move, name="key-move"),
    path("security/key/status/", enrolment.key_status, name="key-status"),
    path("security/key/console/", console.code, name="enrolment-code"),
    path("security/key/confirm/", enrolment.confirm, name="key-confirm"),
    path("security/key/not-me/", enrolment.not_me, name="key-not-me"),
    path("security/key/test/", enrolment.test, name="key-test"),
    path("security/key/rename/", enrolment.rename, name="key-rename"),
    path("security/key/deactivate/", enrolment.deactivate, name="key-deactivate"),
    path("security/activity/", activity.events, name="activity"),
    path("security/activity/<slug:event>/", activity.event, name="activity-event"),
    path("security/activity/<slug:event>/receipt/", activity.download, name="activity-receipt"),
    path("security/activity/<slug:event>/not-me/", activity.not_me, name="activity-not-me"),
    path("security/phone/", phones.phone, name="security-phone"),
    path("security/phone/confirm/", phones.confirm, name="phone-confirm"),
    path("security/phone/again/", phones.again, name="phone-again"),
    path("security/phone/call/", phones.call, name="phone-call"),
    path("security/phone/drop/", phones.drop, name="phone-drop"),
    path("security/phone/texts/", phones.texts, name="phone-texts"),
    path("security/phone/test/", phones.test, name="phone-test"),
    path("security/phone/remove/", phones.remove, name="phone-remove"),
    path("security/passkeys/", passkeys.overview, name="security-passkeys"),
    path("security/passkeys/add/", passkeys.add, name="passkey-add"),
    path("security/passkeys/<int:pk>/rename/", passkeys.rename, name="passkey-rename"),
    path("security/passkeys/<int:pk>/remove/", passkeys.end, name="passkey-end"),
    path("security/app/", totp.overview, name="security-totp"),
    path("security/app/make/", totp.make, name="totp-make"),
    path("security/app/prove/", totp.prove, name="totp-prove"),
    path("security/app/remove/", totp.end, name="totp-end"),
    path("security/recovery-codes/", sheets.sheet, name="security-recovery"),
    path("security/recovery-codes/make/", sheets.make, name="recovery-make"),
    path("security/recovery-codes/prove/", sheets.prove, name="recovery-prove"),
    path("security/recovery-codes/download/", sheets.download, name="recovery-download"),
    path("security/password/due/", forgotten.due, name="password-due"),
    path("password/forgotten/", forgotten.ask, name="password-forgotten"),
    path("password/new/<int:uid>/<str:signed>/", forgotten.new, name="password-new"),
    path("stop/<str:signed>/", phones.stop, name="phone-stop"),
    path("stop/desk/<str:signed>/", proposals.cancel, name="proposal-cancel"),
    path("carriers/<slug:name>/<slug:delivery_id>/", carriers.report, name="carrier-report"),
    path("carriers/<slug:name>/<slug:delivery_id>/call/<slug:step>/", carriers.call, name="carrier-call"),
]

sockets: list[Any] = [
    path("ws/sign-in/", cast(Any, consumers.SignInStatus.as_asgi())),
    path("ws/security/", cast(Any, consumers.KeyStatus.as_asgi())),
    path("ws/authenticator/", cast(Any, consumers.Inbox.as_asgi())),
    re_path("", cast(Any, consumers.Nowhere.as_asgi())),
]
