"""Telephone numbers: one spelling for each, and a reason for every one that gets no code (R-25, AT-041, AT-042)."""

import pytest

from twofactor import numbers
from twofactor.numbers import BadNumber, Number

SERVED = frozenset({"HK", "US", "GB", "IN", "DE", "FR", "SG"})


def read(typed, country="HK", served=SERVED):
    return numbers.read(typed, country, served)


def refusal(typed, country="HK", served=SERVED):
    with pytest.raises(BadNumber) as caught:
        read(typed, country, served)
    return caught.value


# --- AT-041: one number, one spelling ---

SPELLINGS = [
    "51234567",
    "5123 4567",
    "5123-4567",
    "5123.4567",
    "+85251234567",
    "+852 5123 4567",
    "00852 5123 4567",
    "852 5123 4567",
    "+852 (5123) 4567",
    "  +852  5123  4567  ",
    "51/23/45/67",
]
PASTED = [
    "５１２３４５６７",
    "＋８５２　５１２３　４５６７",
    "5123\u00a04567",
    "5123\u20094567",
    "5123\u20134567",
    "5123\u22124567",
    "\u202a+852 5123 4567\u202c",
    "\u200e51234567\u200f",
    "\u206651234567\u2069",
    "5123\u200b4567\ufeff",
    "51234567\r\n",
]


@pytest.mark.parametrize("typed", SPELLINGS)
def test_every_way_of_writing_a_number_is_that_number(typed):
    assert read(typed) == Number("+85251234567", "HK")


@pytest.mark.parametrize("typed", PASTED)
def test_what_comes_along_when_a_number_is_pasted_does_not_matter(typed):
    """Full-width digits, blanks and dashes of all kinds, marks of writing direction."""
    assert read(typed) == Number("+85251234567", "HK")


@pytest.mark.parametrize("typed", ["(201) 555-0123", "201-555-0123", "1 201 555 0123", "+1 (201) 555-0123"])
def test_a_number_is_read_the_way_its_country_writes_it(typed):
    assert read(typed, "US") == Number("+12015550123", "US")


def test_the_trunk_prefix_of_a_country_is_no_part_of_a_number():
    assert read("07400 123456", "GB") == read("+44 7400 123456", "US") == Number("+447400123456", "GB")


def test_an_international_number_is_of_its_own_country_whatever_was_chosen():
    assert read("+91 81234 56789", "HK").country == "IN"
    assert read("+1 201 555 0123", "GB").country == "US"


# --- AT-042: every number that gets none, with its reason ---


@pytest.mark.parametrize("typed", ["", " ", "\u200b", "\u202a\u202c", "\n"])
def test_nothing_is_no_number(typed):
    assert refusal(typed).reason == "empty"


@pytest.mark.parametrize(
    "typed",
    [
        "mara",
        "+",
        "+852",
        "-5123 4567",
        "tel:51234567",
        "+0 123",
        "51234567\x00",
        "5123=4567",
        "+999",
    ],
)
def test_what_cannot_be_read_is_refused(typed):
    assert refusal(typed).reason == "unreadable"


@pytest.mark.parametrize("digits", ["٥١٢٣٤٥٦٧", "۵۱۲۳۴۵۶۷", "५१२३४५६७", "五一二三四五六七"])
def test_digits_of_other_scripts_are_not_guessed_at(digits):
    assert refusal(digits).reason == "unreadable"


@pytest.mark.parametrize(
    "typed",
    [
        "51234567;ext=12",
        "51234567 ext. 12",
        "51234567 EXT 12",
        "51234567x12",
        "51234567ｘ12",
        "51234567,,,123",
        "51234567，，，123",
        "51234567;postd=1",
        "51234567#4",
        "*21*51234567#",
        "＊31＃51234567",
        "+85251234567;phone-context=+1",
    ],
)
def test_nothing_that_a_network_could_take_for_a_command_goes_further(typed):
    assert refusal(typed).reason == "extension"


@pytest.mark.parametrize(
    ("typed", "country"),
    [("999", "HK"), ("112", "HK"), ("911", "US"), ("999", "GB"), ("112", "IN"), ("110", "DE"), ("+852999", "HK")],
)
def test_an_emergency_number_is_never_called(typed, country):
    assert refusal(typed, country).reason == "short"


@pytest.mark.parametrize(
    ("typed", "country"), [("1234", "HK"), ("51234567", "US"), ("5550123", "US"), ("+49 1 23", "HK")]
)
def test_a_number_without_all_of_its_digits_is_refused(typed, country):
    assert refusal(typed, country).reason == "short"


@pytest.mark.parametrize("typed", ["+1 201 555 0123 4567", "5" * 41, "1" * 10_240, "5123 4567 " * 1_024])
def test_a_number_with_too_many_digits_is_refused(typed):
    assert refusal(typed, "US").reason == "long"


@pytest.mark.parametrize("typed", ["5123456", "+852 1000 0000", "+852 0000 0000", "+1 111 111 1111"])
def test_what_is_in_no_numbering_plan_is_nobodys_phone(typed):
    assert refusal(typed).reason == "unassigned"


@pytest.mark.parametrize(
    ("typed", "reason", "country"),
    [
        ("900 1234 5678", "premium", "HK"),
        ("+1 900 555 0123", "premium", "US"),
        ("+44 909 879 0000", "premium", "GB"),
        ("+979 1 2345 6789", "premium", "001"),
        ("+33 8 20 00 00 00", "shared-cost", "FR"),
        ("+808 1234 5678", "shared-cost", "001"),
        ("+44 56 1234 5678", "voip", "GB"),
        ("+65 3158 1234", "voip", "SG"),
        ("+883 5100 12345", "voip", "001"),
        ("2123 4567", "landline", "HK"),
        ("+44 20 7946 0958", "landline", "GB"),
        ("800 123 456", "no-mobile", "HK"),
        ("+1 800 555 0199", "no-mobile", "US"),
        ("+44 70 1234 5678", "no-mobile", "GB"),
        ("+44 7640 123456", "no-mobile", "GB"),
        ("+44 55 1234 5678", "no-mobile", "GB"),
        ("8123 4567", "no-mobile", "HK"),
    ],
)
def test_what_costs_extra_or_is_no_mobile_is_refused_with_its_reason(typed, reason, country):
    refused = refusal(typed)
    assert (refused.reason, refused.country) == (reason, country)


@pytest.mark.parametrize("typed", ["+8816 1234 5678", "+870 773 111 222"])
def test_a_satellite_phone_belongs_to_no_country_that_a_list_could_name(typed):
    refused = refusal(typed, served=numbers.supported())
    assert refused.reason == "country"
    assert refused.country not in numbers.supported()


@pytest.mark.parametrize(
    ("typed", "country"),
    [("+86 131 2345 6789", "CN"), ("+1 876 210 1234", "JM"), ("+44 7781 123456", "GG"), ("+7 912 345 6789", "RU")],
)
def test_a_country_that_is_not_listed_gets_nothing(typed, country):
    """P-20. Also one that shares its calling code with a country that is."""
    refused = refusal(typed)
    assert (refused.reason, refused.country) == ("country", country)


def test_a_number_that_two_plans_have_is_served_where_both_are():
    """P-20: mobiles of the Isle of Man stand in the plan of the United Kingdom too."""
    refused = refusal("+44 7924 123456")
    assert (refused.reason, refused.country) == ("country", "IM")
    assert read("+44 7924 123456", "GB", SERVED | {"IM"}).country == "GB"
    assert refusal("+44 7924 123456", "GB", frozenset({"IM"})).country == "GB"


@pytest.mark.parametrize("country", ["AU", "FI", "GP", "IT", "MA", "NO"])
def test_a_country_whose_mobiles_are_another_ones_too_is_served_alone(country):
    """The Vatican has no range of its own, nor have Svalbard, Christmas Island and their like."""
    assert read(numbers.example(country), country, frozenset({country})).country == country


def test_a_number_is_served_as_soon_as_its_country_is():
    assert refusal("+852 5123 4567", "HK", frozenset()).reason == "country"
    assert read("+852 5123 4567", "US", frozenset({"HK"})).country == "HK"


# --- What the rest of the portal knows a number by ---


def test_the_breaker_counts_by_calling_code_and_four_digits():
    """P-21."""
    assert read("51234567").prefix == "+8525123"
    assert read("+1 201 555 0123").prefix == "+12015"
    assert read("+44 7400 123456").prefix == "+447400"


def test_of_a_number_only_the_last_two_digits_are_shown():
    """R-80: also where a debugger or a log would print it."""
    number = read("51234567")
    assert number.ending == "67"
    assert "5123456" not in repr(number)
    assert "5123456" not in str(number)
    assert "5123456" not in f"{number}"


def test_a_refusal_does_not_quote_the_number():
    refused = refusal("+86 131 2345 6789")
    assert "131" not in str(refused) + repr(refused)
    assert refused.__cause__ is None


@pytest.mark.parametrize("country", sorted(SERVED))
def test_the_example_of_a_country_is_one_of_its_numbers(country):
    assert read(numbers.example(country), country, SERVED).country == country


def test_countries_have_names_in_both_languages():
    assert numbers.name("GB") == "United Kingdom"
    assert numbers.name("GB", "zh-hant") == "英國"
    assert numbers.name("XX") == "XX"


def test_a_country_is_called_what_people_call_it():
    assert (numbers.name("HK"), numbers.name("HK", "zh-hant")) == ("Hong Kong", "香港")
    assert (numbers.name("MO"), numbers.name("MO", "zh-hant")) == ("Macao", "澳門")
