"""Recovery codes as a way in: each once, for its owner alone, and told to everybody concerned (R-59)."""

import pytest
from django.utils import timezone

from accounts.models import AuditEvent, Login
from tests.factories import desk, give_password, person
from tests.stories.carried import NUMBER, carry, given_number, mails, texts
from tests.stories.recovering import new_sheet, prove, recovered, sheet_of, type_recovery
from tests.stories.ways import activated, dump, events, is_in, login_of, respond, sign_in, state, text
from twofactor.models import Challenge, Code, PortalKey, RecoveryCode, RecoverySheet


@pytest.fixture
def codes(mara, pocket, known):
    """The ten codes of Mara, who has a key."""
    sign_in(known, mara, pocket)
    return sheet_of(known)


def test_a_code_signs_in_once(mara, codes, here):
    """AT-116."""
    recovered(here, mara, codes[3])
    other = desk()
    give_password(other, mara)
    answer = type_recovery(other, codes[3])
    assert answer.status_code == 200
    assert not is_in(other)
    assert state(other) == "waiting"


def test_the_code_that_proved_the_sheet_stays_usable(mara, codes, here):
    recovered(here, mara, codes[0])


@pytest.mark.parametrize(
    "spelled",
    [
        str.lower,
        lambda code: code.replace("-", ""),
        lambda code: code.replace("-", " "),
        lambda code: f"  {code.replace('-', ' - ')} ",
        lambda code: code.replace("0", "o").replace("1", "l"),
        lambda code: code.replace("-", "\u2013"),
    ],
)
def test_it_is_read_however_it_is_spelled(mara, codes, here, spelled):
    """AT-116: lower and upper case, spaces."""
    recovered(here, mara, spelled(codes[5]))


def test_a_code_of_somebody_else_never_works(mara, codes, here):
    """AT-116: V's code for U."""
    eli, theirs = person("eli"), desk()
    other = activated(theirs, eli)
    sign_in(theirs, eli, other)
    foreign = sheet_of(theirs)
    give_password(here, mara)
    assert type_recovery(here, foreign[2]).status_code == 200
    assert not is_in(here)
    recovered(desk(), eli, foreign[2])


def test_what_a_code_is_known_by_is_worth_nothing_on_another_persons_sheet(mara, codes, here):
    """Bound to the person: a row that was carried to somebody else's sheet opens nothing."""
    eli, theirs = person("eli"), desk()
    other = activated(theirs, eli)
    sign_in(theirs, eli, other)
    foreign = sheet_of(theirs)
    RecoveryCode.objects.filter(sheet__user=eli).update(sheet=RecoverySheet.objects.active(mara))
    give_password(here, mara)
    type_recovery(here, foreign[2])
    assert not is_in(here)


def test_unknown_used_and_foreign_codes_are_refused_in_the_same_words(mara, codes, here):
    eli, theirs = person("eli"), desk()
    other = activated(theirs, eli)
    sign_in(theirs, eli, other)
    foreign = sheet_of(theirs)
    recovered(desk(), mara, codes[1])
    give_password(here, mara)
    said = {
        str(type_recovery(here, code).context["form"].errors) for code in ("ABCD-EFGH-JKMN-PQRS", codes[1], foreign[1])
    }
    assert len(said) == 1


def test_a_code_of_a_replaced_sheet_no_longer_works(mara, pocket, codes, known, here):
    """AT-116: after regenerate."""
    newer = sheet_of(known)
    assert not set(newer) & set(codes)
    give_password(here, mara)
    type_recovery(here, codes[4])
    assert not is_in(here)
    type_recovery(here, newer[4])
    assert is_in(here)


def test_the_earlier_sheet_counts_until_the_new_one_is_proved(mara, codes, known, here):
    newer = new_sheet(known)
    give_password(here, mara)
    type_recovery(here, newer[4])
    assert not is_in(here)
    type_recovery(here, codes[4])
    assert is_in(here)


def test_using_one_does_not_switch_the_key_off(mara, pocket, codes, here):
    """AT-116: the factor stays on."""
    recovered(here, mara, codes[2])
    assert PortalKey.objects.get(user=mara).state == "active"
    other = desk()
    give_password(other, mara)
    assert state(other) == "waiting"
    assert len(pocket.challenges()) == 1


def test_everybody_concerned_is_told_with_how_many_are_left(mara, codes, here, handset, settings):
    """AT-116: the owner is notified, at all addresses."""
    settings.PORTAL_CARRIERS = ["demo"]
    given_number(mara)
    mara.phones.get().touch(verified_at=mara.created)
    recovered(here, mara, codes[2])
    carry()
    for told in (mails(mara.email)[-1], texts(NUMBER)[-1]):
        assert "a recovery code was used" in told
        assert "Codes left: 9" in told
    assert events("recovery.use") == [("ok", "")]
    assert not set(codes) & {str(value) for event in AuditEvent.objects.all() for value in event.facts.values()}


def test_the_home_page_says_what_is_left_and_where_to_go(mara, codes, here):
    recovered(here, mara, codes[2])
    page = text(here.get("/"))
    assert "You signed in with a recovery code. 9 are left on your sheet." in page
    assert "Move to a new phone" in page


def test_the_question_on_the_phone_is_withdrawn(mara, pocket, codes, here):
    give_password(here, mara)
    assert len(pocket.challenges()) == 1
    type_recovery(here, codes[2])
    assert pocket.challenges() == []
    assert Challenge.objects.filter(login__factor="recovery").get().state == "superseded"
    assert Login.objects.filter(user=mara, state="consumed", factor="recovery").count() == 1


def test_an_approval_that_came_first_leaves_the_code_unused(mara, pocket, codes, here):
    """One winner: what was approved already is not approved again."""
    give_password(here, mara)
    challenge = pocket.challenges()[0]
    pocket.approve(challenge, "24x7", number=challenge.get("question") or _number(here))
    type_recovery(here, codes[2])
    assert RecoveryCode.objects.filter(used_at=None).count() == 10
    assert Login.objects.get(pk=login_of_any(mara)).factor == "key"


def _number(browser):
    return browser.get("/sign-in/verify/").context["number"]


def login_of_any(user):
    return Login.objects.filter(user=user).latest("created").pk


def test_a_locked_key_is_no_obstacle(mara, pocket, codes, here):
    pocket.revoke()
    give_password(here, mara)
    assert "Sign in another way" in text(here.get("/sign-in/verify/"))
    type_recovery(here, codes[2])
    assert is_in(here)


def test_the_session_changes_nothing_of_how_its_person_signs_in(mara, codes, here):
    """R-61: less than the strongest factor."""
    recovered(here, mara, codes[2])
    for path in ("/security/recovery-codes/make/", "/security/key/deactivate/", "/security/sessions/end/"):
        answer = here.post(path)
        assert answer.status_code == 302
        assert answer["Location"].startswith("/sign-in/?again=1"), path


def test_wrong_ones_count_with_all_other_wrong_factors(mara, pocket, codes, here):
    """AT-030: the sixth failure within five minutes is refused, whatever was tried before."""
    give_password(here, mara)
    for _ in range(3):
        respond(here, "00000000")
    for _ in range(2):
        assert type_recovery(here, "ABCD-EFGH-JKMN-PQRS").status_code == 200
    refused = type_recovery(here, codes[2])
    assert refused.status_code == 429
    assert "Try again at" in text(refused)
    assert RecoveryCode.objects.filter(used_at=None).count() == 10


def test_what_is_no_code_at_all_costs_nothing(mara, codes, here):
    give_password(here, mara)
    for _ in range(9):
        assert "16 letters and digits" in text(type_recovery(here, "1234"))
    type_recovery(here, codes[2])
    assert is_in(here)


def test_without_a_second_factor_codes_alone_are_none(mara, pocket, codes, known, here):
    """Who has only recovery codes has no second factor yet."""
    known.post("/security/key/deactivate/")
    give_password(here, mara)
    assert is_in(here)
    assert Login.objects.filter(user=mara).latest("created").factor == "password"


def test_a_get_uses_nothing(mara, codes, here):
    give_password(here, mara)
    before = dump()
    for page in ("lost/", "recovery/", "desk/"):
        assert here.get(f"/sign-in/verify/{page}").status_code == 200
    assert dump() == before


def test_no_code_stands_in_the_database(mara, codes, here):
    give_password(here, mara)
    rows = repr(dump())
    bare = [code.replace("-", "") for code in codes]
    assert not [code for code in (*codes, *bare) if code in rows]
    assert Code.objects.count() == 0


def test_a_sheet_that_a_stop_link_undid_is_worth_nothing(mara, codes, known, here):
    """The thief's sheet goes, the owner's comes back."""
    before = timezone.now()
    RecoverySheet.objects.filter(user=mara).update(proved_at=mara.created)
    newer = sheet_of(known)
    assert RecoverySheet.objects.withdraw(mara, before) == 1
    give_password(here, mara)
    type_recovery(here, newer[1])
    assert not is_in(here)
    type_recovery(here, codes[1])
    assert is_in(here)
    assert prove(here, newer[1]).status_code == 302
    assert login_of(desk_with(mara)).state == "pending"


def desk_with(user):
    browser = desk()
    give_password(browser, user)
    return browser
