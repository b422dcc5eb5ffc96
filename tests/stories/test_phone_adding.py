"""A telephone number is typed, gets a confirmation number, and belongs to its person once that is typed back."""

import pytest

from accounts.models import AuditEvent
from tests.factories import desk, give_password, person
from tests.stories.carried import (
    BRITISH,
    NUMBER,
    OTHER,
    ask_number,
    carry,
    code_to,
    codes_to,
    confirm,
    mails,
    messages,
    sent,
    texts,
)
from tests.stories.ways import dump, events, is_in, text
from twofactor.models import Delivery, Phone

PAGE = "/security/phone/"


@pytest.fixture
def home(handset, mara, here):
    """Mara's browser, signed in a moment ago."""
    give_password(here, mara)
    return here


def number_of(user):
    return [(phone.ending, phone.state) for phone in Phone.objects.filter(user=user).order_by("pk")]


# --- Adding ---


def test_a_number_is_confirmed_by_the_code_that_was_sent_to_it(home, mara):
    assert ask_number(home).status_code == 302
    assert number_of(mara) == [("67", "unverified")]
    assert confirm(home, code_to()).status_code == 302
    assert number_of(mara) == [("67", "verified")]
    page = text(home.get(PAGE))
    assert "+852 •••• 67" in page
    assert "Confirmed" in page
    assert events("phone.ask") == events("phone.verify") == [("ok", "")]


def test_the_people_of_these_stories_are_as_this_road_leaves_them(home, mara, eli):
    """What `given_number` writes is what was written here."""
    ask_number(home)
    confirm(home, code_to())
    theirs = {"id", "user_id", "seal_id", "sealed_number", "created", "verified_at", "version"}
    rows = [dict(row) for row in Phone.objects.order_by("pk").values()]
    assert len(rows) == 2
    given, walked = ({name: row[name] for name in row.keys() - theirs} for row in rows)
    assert given == walked


def test_the_text_says_what_it_is_for_and_ends_with_the_line_that_binds_it_to_the_portal(home):
    """R-23."""
    ask_number(home)
    code = code_to()
    (message,) = messages(NUMBER)
    assert message.text == f"{code} confirms this number at Client Portal. Tell it to nobody.\n@localhost #{code}"
    assert (message.way, message.language) == ("text", "en")


def test_the_text_is_in_the_language_of_the_person(home, mara):
    home.post("/language/", {"language": "zh-hant"})
    ask_number(home)
    code_to()
    assert messages(NUMBER)[0].language == "zh-Hant"


def test_no_word_of_a_text_comes_from_the_person(handset, here):
    """R-23: nobody sends their own words to a stranger's phone at our cost."""
    give_password(here, person("dana", name="FREE MONEY evil.example"))
    ask_number(here)
    carry()
    confirm(here, code_to())
    carry()
    assert texts(NUMBER)
    assert not [said for said in texts(NUMBER) if "MONEY" in said or "evil" in said]


def test_the_number_stands_in_full_before_whoever_typed_it_and_nowhere_after(home):
    """R-80: to see a slip of the finger one needs all digits; later the last two are enough."""
    ask_number(home)
    assert "+852 5123 4567" in text(home.get(PAGE))
    confirm(home, code_to())
    for path in (PAGE, "/", "/security/"):
        page = home.get(path).content.decode()
        assert "5123" not in page
        assert "51234567" not in page


def test_the_form_offers_the_countries_that_are_served_and_begins_with_our_own(home):
    form = home.get(PAGE).context["form"]
    assert {code for code, _name in form["country"].field.choices} == {"HK", "US", "GB", "IN"}
    assert form["country"].value() == "HK"
    assert form["country"].field.choices[0] == ("HK", "Hong Kong (+852)")


def test_a_national_number_is_read_for_the_country_that_was_chosen(home, mara):
    ask_number(home, "07400 123456", "GB")
    assert Phone.objects.get(user=mara).country == "GB"
    assert code_to(BRITISH)


REFUSED = [
    ("", "Enter your mobile number"),
    ("mara", "no phone number"),
    ("5123 4567,,,123", "Leave out extensions"),
    ("5123 4567;ext=9", "Leave out extensions"),
    ("123", "too short"),
    ("+1 201 555 0123 4567", "too long"),
    ("+852 1000 0000", "No phone has this number"),
    ("900 1234 5678", "premium-rate"),
    ("+44 56 1234 5678", "internet phone"),
    ("2123 4567", "landline"),
    ("8123 4567", "not the number of a mobile phone"),
    ("+86 131 2345 6789", "does not send texts to China"),
    ("+8816 1234 5678", "belongs to no country"),
    ("999", "too short"),
    ("9" * 10_240, "at most 64"),
]


def test_a_number_that_gets_no_code_is_refused_with_its_reason(home):
    """AT-042: before any carrier hears of it."""
    for typed, words in REFUSED:
        response = ask_number(home, typed)
        assert response.status_code == 200, typed
        assert words in text(response), typed
    assert not Phone.objects.exists()
    assert sent() == []


def test_a_country_that_is_not_in_the_list_cannot_be_chosen(home):
    response = ask_number(home, "131 2345 6789", "CN")
    assert response.status_code == 200
    assert sent() == []


def test_two_people_may_have_the_same_number(home, mara):
    """AT-093: whoever tries does not learn that somebody else has it."""
    dana, there = person("dana"), desk()
    give_password(there, dana)
    first = ask_number(there)
    second = ask_number(home)
    assert (first.status_code, first.headers["Location"]) == (second.status_code, second.headers["Location"])
    codes = codes_to()
    assert len(set(codes)) == 2
    confirm(home, codes[1])
    confirm(there, codes[0])
    assert number_of(mara) == number_of(dana) == [("67", "verified")]


def test_the_number_that_is_confirmed_already_is_not_confirmed_again(home, mara):
    ask_number(home)
    confirm(home, code_to())
    before = sent()
    assert "This is your number already" in text(ask_number(home, "+852 51 23 45 67"))
    assert sent() == before


# --- Afterwards ---


def test_a_text_follows_that_shows_that_texts_arrive(home, mara):
    """B5."""
    ask_number(home)
    confirm(home, code_to())
    carry()
    assert texts(NUMBER)[-1] == "Client Portal: texts to this number arrive. There is nothing to do."
    assert home.get(PAGE).context["proof"][-1]["state"] == "handed"


def test_the_person_is_told_by_mail(home, mara):
    """R-96."""
    ask_number(home)
    confirm(home, code_to())
    carry()
    (told,) = mails(mara.email)
    assert "the number +852 •••• 67 was confirmed" in told
    assert "Not you?" in told


def test_without_a_mail_server_it_works_all_the_same(settings, home, mara):
    mara.email = ""
    mara.save()
    ask_number(home)
    confirm(home, code_to())
    carry()
    assert number_of(mara) == [("67", "verified")]
    assert mails() == []


def test_every_other_browser_is_signed_out_and_this_one_goes_on(home, mara):
    other = desk()
    give_password(other, mara)
    ask_number(home)
    confirm(home, code_to())
    assert is_in(home)
    assert not is_in(other)


def test_an_unconfirmed_number_is_worth_nothing(home, mara):
    """It gets no codes to sign in and no notices, and nobody is asked for one."""
    ask_number(home)
    carry()
    there = desk()
    give_password(there, mara)
    assert is_in(there)
    there.post("/security/phone/texts/", {"texts": "on"})
    there.post("/security/phone/test/")
    assert sent(kind="sign-in") == sent(kind="test") == sent(kind="texts-on") == []


# --- The record ---


def test_the_record_knows_the_last_two_digits_only(home):
    """R-80."""
    ask_number(home)
    confirm(home, code_to())
    carry()
    facts = str(list(AuditEvent.objects.values_list("facts", flat=True)))
    assert "'ending': '67'" in facts
    assert "4567" not in facts


def test_a_reload_sends_nothing(home):
    ask_number(home)
    carry()
    before = dump()
    for _ in range(5):
        assert home.get(PAGE).status_code == home.head(PAGE).status_code == 200
        assert home.get(f"{PAGE}?change=1").status_code == 200
    assert dump() == before


def test_when_nothing_can_be_carried_nothing_is_kept(settings, home, mara):
    settings.PORTAL_CARRIERS = []
    response = ask_number(home)
    assert response.status_code == 503
    assert "No text can be sent right now" in text(response)
    assert not Phone.objects.exists()
    assert not Delivery.objects.exists()


def test_another_persons_code_is_not_mine(home, mara):
    """AT-049."""
    dana, there = person("dana"), desk()
    give_password(there, dana)
    ask_number(there, OTHER)
    ask_number(home)
    assert "not the digits that were sent" in text(confirm(home, code_to(OTHER)))
    assert number_of(mara) == [("67", "unverified")]
