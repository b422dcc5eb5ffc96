"""Telephone numbers: read as people type them, kept as E.164, refused with a reason where no code should go (R-25)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

import phonenumbers
from babel import Locale, UnknownLocaleError
from phonenumbers import PhoneNumberType as Kind

from twofactor.protocol import typed

# What costs the caller extra or belongs to nobody. VoIP and pagers are refused too: whoever holds the account of such a
# number reads its texts without any phone (OWASP ASVS 6.6).
_REFUSED = {
    Kind.PREMIUM_RATE: "premium",
    Kind.SHARED_COST: "shared-cost",
    Kind.TOLL_FREE: "no-mobile",
    Kind.UAN: "no-mobile",
    Kind.VOICEMAIL: "no-mobile",
    Kind.PERSONAL_NUMBER: "no-mobile",
    Kind.VOIP: "voip",
    Kind.PAGER: "no-mobile",
    Kind.FIXED_LINE: "landline",
}
_LONGEST = 40
# Countries are called otherwise in Taiwan.
_READ_AS = {"zh-hant": "zh-Hant-HK"}
# CLDR's short forms (alt="short") of what is long otherwise; Babel keeps the long ones only.
_SHORT = {"en": {"HK": "Hong Kong", "MO": "Macao"}, "zh": {"HK": "香港", "MO": "澳門"}}


class BadNumber(Exception):
    """Why this is not a number to send codes to: `reason` is one of the words below.

    empty, unreadable, extension, short, long, unassigned, premium, shared-cost, voip, landline, no-mobile, country.
    """

    def __init__(self, reason: str, country: str = "") -> None:
        super().__init__(reason)
        self.reason = reason
        self.country = country


@dataclass(frozen=True)
class Number:
    """A mobile number. `country` is ISO 3166-1 alpha-2; `prefix` is what the conversion breaker counts by (P-21)."""

    e164: str
    country: str

    @property
    def ending(self) -> str:
        """The last two digits: all that is ever shown or recorded of a number (R-80)."""
        return self.e164[-2:]

    @property
    def prefix(self) -> str:
        """Calling code and four digits."""
        parsed = phonenumbers.parse(self.e164)
        return f"+{parsed.country_code}{phonenumbers.national_significant_number(parsed)[:4]}"

    @property
    def calling_code(self) -> str:
        return f"+{phonenumbers.parse(self.e164).country_code}"

    def __repr__(self) -> str:
        return f"<Number {self.country} ..{self.ending}>"


def read(text: str, country: str, served: frozenset[str] | set[str]) -> Number:
    """Read what a person typed for `country`, or an international number with + or 00, of the `served` countries.

    Blanks, dashes, brackets and full-width digits do not matter: one number has one spelling, E.164, and so one budget.
    Raises BadNumber.
    """
    plain = typed.readable(text, _LONGEST)
    if plain is None:
        raise BadNumber("long")
    if not plain:
        raise BadNumber("empty")
    # SECURITY: nothing that a telephone network could take for a command, a pause or an extension goes any further.
    if re.search(r"[;,#*]|ext|x", plain, re.IGNORECASE):
        raise BadNumber("extension")
    if not re.fullmatch(r"[+(]{0,2}[0-9][0-9 ()./-]*", plain):
        raise BadNumber("unreadable")
    international = re.sub(r"^00", "+", plain)
    try:
        parsed = phonenumbers.parse(international, country)
    except phonenumbers.NumberParseException:
        raise BadNumber("unreadable") from None
    return _judged(parsed, served)


def _judged(parsed: phonenumbers.PhoneNumber, served: frozenset[str] | set[str]) -> Number:
    possible = phonenumbers.is_possible_number_with_reason(parsed)
    if possible in (phonenumbers.ValidationResult.TOO_SHORT, phonenumbers.ValidationResult.IS_POSSIBLE_LOCAL_ONLY):
        raise BadNumber("short")
    if possible == phonenumbers.ValidationResult.TOO_LONG:
        raise BadNumber("long")
    # Assigned ranges only: what is in no plan has no country either, and is nobody's phone.
    region = phonenumbers.region_code_for_number(parsed)
    kind = phonenumbers.number_type(parsed)
    if not region or kind == Kind.UNKNOWN:
        raise BadNumber("unassigned")
    if kind in _REFUSED:
        raise BadNumber(_REFUSED[kind], region)
    # Satellite networks and the like have a calling code and no country ("001"): no list can name them.
    for country in (region, *_also_in(parsed, region)):
        if country not in served:
            raise BadNumber("country", country)
    return Number(phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164), region)


def _also_in(parsed: phonenumbers.PhoneNumber, region: str) -> list[str]:
    """The other countries of this calling code whose plan has the number, as the Isle of Man's has some of Britain's.

    Left out is whoever has no mobiles apart, as the Vatican beside Italy: nobody can tell theirs from its neighbour's.
    """
    fits = phonenumbers.is_valid_number_for_region
    usual = phonenumbers.example_number_for_type(region, Kind.MOBILE)
    others = phonenumbers.region_codes_for_country_code(parsed.country_code or 0)
    return [other for other in others if other != region and fits(parsed, other) and not (usual and fits(usual, other))]


def known(e164: str, country: str) -> Number:
    """A number that was read before and comes back from where it is kept."""
    return Number(e164, country)


def calling_code(country: str) -> int:
    return int(phonenumbers.country_code_for_region(country))


def example(country: str) -> str:
    """What a mobile number of this country looks like, in national form; empty where nobody knows."""
    number = phonenumbers.example_number_for_type(country, Kind.MOBILE) if country else None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.NATIONAL) if number else ""


def name(country: str, language: str = "en") -> str:
    """The name of a country in this language (CLDR), else in English; the code itself for what is none."""
    return _names(language).get(country, country)


@cache
def _names(language: str) -> dict[str, str]:
    try:
        locale = Locale.parse(_READ_AS.get(language, language), sep="-")
    except (UnknownLocaleError, ValueError):
        locale = Locale("en")
    return {**locale.territories, **_SHORT.get(locale.language, {})}


def supported() -> frozenset[str]:
    """Every country that has a numbering plan."""
    return frozenset(phonenumbers.SUPPORTED_REGIONS)
