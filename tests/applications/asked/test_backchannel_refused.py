"""What the security considerations of CIBA warn of, each tried: whose request, whose person, how often, which words."""

import pytest
from django.utils import timezone

from accounts.models import AuditEvent, User
from applications.models import PhoneSignIn, Refusal, Visit
from tests.applications.asked.asker import GRANT, Asker
from tests.applications.rp import registered
from tests.factories import PIN, give_password, person
from tests.pocket import Problem
from twofactor.models import Challenge


def error(answer):
    return answer.json()["error"]


# --- Who may ask ---


def test_an_application_that_may_not_ask_phones_is_told_so(mara, pocket, bank):
    other = Asker(registered("News"))
    assert error(other.ask(login_hint="mara")) == "unauthorized_client"
    assert error(other.poll(bank.begin())) == "unauthorized_client"


def test_one_with_a_wrong_secret_is_nobody(mara, pocket, bank):
    answer = bank.web.post("/oauth/backchannel/", data={"login_hint": "mara"}, auth=(bank.application.client_id, "no"))
    assert (answer.status_code, error(answer)) == (401, "invalid_client")


def test_one_that_can_keep_no_secret_may_not_ask(mara, pocket):
    everywhere = Asker(registered("Pocket Money", client_type="public", asks_phones=True))
    assert error(everywhere.ask(login_hint="mara")) == "invalid_client"


def test_one_that_is_switched_off_asks_nobody(mara, pocket, bank):
    asked = bank.begin()
    bank.application.is_active = False
    bank.application.save()
    assert error(bank.ask(login_hint="mara")) == "invalid_client"
    assert error(bank.poll(asked)) == "invalid_client"


# --- Whose request ---


def test_another_applications_request_is_as_unknown_as_one_that_never_was(mara, pocket, bank):
    """AT-213."""
    other = Asker(registered("Other Bank", asks_phones=True))
    asked = bank.begin()
    pocket.approve(pocket.challenge(), PIN)
    assert other.poll(asked).json() == other.poll("never-was").json()
    assert error(other.poll(asked)) == "invalid_grant"
    assert bank.poll(asked).status_code == 200


def test_an_approval_answers_the_request_that_it_was_given_to_and_no_other(mara, pocket, bank):
    """AT-202: nobody slips a request of their own under an approval: each has its own question, with its own words."""
    first = bank.begin(binding_message="AAAA")
    second = bank.begin(binding_message="BBBB")
    questions = {dict(each["display"]["facts"])["Message"]: each for each in pocket.challenges()}
    pocket.approve(questions["AAAA"], PIN)
    assert error(bank.poll(second)) == "authorization_pending"
    assert bank.poll(first).status_code == 200


def test_a_token_is_asked_for_with_a_request(mara, pocket, bank):
    assert error(bank.web.post("/oauth/token/", data={"grant_type": GRANT})) == "invalid_request"


def test_its_name_is_kept_nowhere(mara, pocket, bank):
    asked = bank.begin()
    row = PhoneSignIn.objects.values().get()
    assert asked not in {str(value) for value in row.values()}


# --- Which person ---


def test_somebody_unknown_and_somebody_without_a_key_look_like_somebody_who_does_not_answer(
    one_clock, mara, pocket, bank
):
    """AT-290."""
    person("nokey")
    answers = [bank.ask(login_hint=hint) for hint in ("mara", "nokey", "nobody")]
    assert [answer.status_code for answer in answers] == [200, 200, 200]
    assert len({frozenset(answer.json()) for answer in answers}) == 1
    assert len({answer.json()["expires_in"] for answer in answers}) == 1
    names = [answer.json()["auth_req_id"] for answer in answers]
    assert {error(bank.poll(name)) for name in names} == {"authorization_pending"}
    one_clock.shift(301)
    assert {error(bank.poll(name)) for name in names} == {"expired_token"}


def test_somebody_whose_account_is_locked_is_not_asked(mara, pocket, bank):
    User.objects.filter(pk=mara.pk).update(is_active=False)
    assert error(bank.poll(bank.begin())) == "authorization_pending"
    assert not Challenge.objects.filter(asker=str(bank.application.pk)).exists()


def test_a_lock_after_the_approval_ends_it(mara, pocket, bank):
    asked = bank.begin()
    pocket.approve(pocket.challenge(), PIN)
    User.objects.filter(pk=mara.pk).update(is_active=False)
    assert error(bank.poll(asked)) == "access_denied"
    assert not Visit.objects.exists()


def test_a_new_password_after_the_approval_ends_it(mara, pocket, bank):
    asked = bank.begin()
    pocket.approve(pocket.challenge(), PIN)
    mara.refresh_from_db()
    mara.bump_epoch()
    assert error(bank.poll(asked)) == "access_denied"


@pytest.mark.parametrize(
    "given",
    [
        {},
        {"login_hint": "mara", "id_token_hint": "x"},
        {"login_hint_token": "x"},
        {"login_hint": "mara", "user_code": "1234"},
        {"login_hint": "mara", "request": "ey.."},
        {"id_token_hint": "no.token.of"},
        {"login_hint": "m" * 5000},
        {"login_hint": "mara", "requested_expiry": "soon"},
        {"login_hint": "mara", "requested_expiry": "0"},
    ],
)
def test_exactly_one_hint_that_we_can_read_is_asked_for(mara, pocket, bank, given):
    assert error(bank.ask(**given)) == "invalid_request"


def test_an_id_token_names_its_person_to_the_application_that_it_was_given_to(mara, pocket, bank):
    asked = bank.begin()
    pocket.approve(pocket.challenge(), PIN)
    hint = bank.poll(asked).json()["id_token"]
    assert bank.ask(id_token_hint=hint).status_code == 200
    assert [each["purpose"] for each in pocket.challenges()] == ["sign-in"]
    other = Asker(registered("Other Bank", asks_phones=True))
    assert error(other.ask(id_token_hint=hint)) == "invalid_request"
    mara.delete()
    assert error(bank.ask(id_token_hint=hint)) == "unknown_user_id"


# --- Which words ---


@pytest.mark.parametrize("message", ["a" * 65, "5,000\nApproved", "\u202eevil", "zero\u200bwidth", " blank "])
def test_a_message_that_a_phone_would_show_otherwise_is_refused(mara, pocket, bank, message):
    answer = bank.web.post(
        "/oauth/backchannel/", data={"scope": "openid", "login_hint": "mara", "binding_message": message}
    )
    assert error(answer) == "invalid_binding_message"


def test_where_the_number_is_always_asked_for_a_message_has_to_take_its_place(settings, mara, pocket, bank):
    settings.PORTAL_NUMBER_MATCH = "always"
    assert error(bank.ask(login_hint="mara")) == "invalid_binding_message"
    bank.begin(binding_message="W4SCT")
    assert pocket.challenge()["mode"] == "tap"


def test_without_openid_there_is_nothing_to_sign_in_to(mara, pocket, bank):
    assert error(bank.ask(login_hint="mara", scope="profile")) == "invalid_scope"
    assert error(bank.ask(login_hint="mara", scope="openid payments")) == "invalid_scope"


def test_somebody_elses_application_says_on_the_phone_what_it_learns(mara, pocket):
    other = Asker(registered("News", asks_phones=True, skip_authorization=False))
    other.begin(scope="openid email")
    learns = dict(pocket.challenge()["display"]["facts"])["It learns"]
    assert "e-mail" in learns


# --- How often ---


def test_what_an_application_asks_takes_nothing_from_the_persons_own_sign_ins(mara, pocket, bank, known):
    """AT-260."""
    for _ in range(6):
        bank.begin()
    assert Challenge.objects.filter(asker=str(bank.application.pk), notified_at=None).count() == 1
    give_password(known, mara)
    question = Challenge.objects.filter(asker="").latest("created")
    assert question.notified_at is not None
    assert question.mode == "tap"


def test_three_that_nobody_answers_pause_this_application_alone(one_clock, mara, pocket, bank):
    """AT-260."""
    for _ in range(3):
        bank.begin(requested_expiry=60)
        one_clock.shift(240)
    bank.begin()
    assert not pocket.challenges()
    other = Asker(registered("Other Bank", asks_phones=True))
    other.begin()
    assert pocket.challenge()["display"]["application"] == "Other Bank"


def test_not_me_refuses_this_application_for_a_day_and_punishes_nobody(one_clock, mara, pocket, bank, inside):
    """AT-262."""
    asked = bank.begin()
    pocket.not_me(pocket.challenge())
    assert error(bank.poll(asked)) == "access_denied"
    answer = bank.ask(login_hint="mara")
    assert (answer.status_code, error(answer)) == (403, "access_denied")
    assert inside.get("/").status_code == 200
    mara.refresh_from_db()
    assert not mara.password_change_required
    assert Refusal.objects.get().user == mara
    assert AuditEvent.objects.filter(kind="application.disowned", reason="alert").count() == 1
    other = Asker(registered("Other Bank", asks_phones=True))
    assert other.ask(login_hint="mara").status_code == 200
    one_clock.shift(24 * 3600 + 60)
    assert bank.ask(login_hint="mara").status_code == 200


def test_nobody_approves_what_the_application_can_no_longer_fetch(mara, pocket, bank):
    bank.begin()
    question = pocket.challenge()
    PhoneSignIn.objects.update(expires=timezone.now())
    with pytest.raises(Problem) as refusal:
        pocket.approve(question, PIN)
    assert refusal.value.code == "settled"
    assert Challenge.objects.get(pk=question["id"]).state == "pending"
