"""What people type: shaped here, judged by the stories."""

from __future__ import annotations

from typing import Any, cast

from django import forms
from django.conf import settings
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from accounts import policy as accounts_policy
from twofactor import numbers

_LONGEST_TYPED = 64


class SignIn(forms.Form):
    """The password step."""

    username = forms.CharField(
        label=_("Username"),
        max_length=256,
        widget=forms.TextInput(attrs={"autocomplete": "username", "autocapitalize": "none", "spellcheck": "false"}),
        error_messages={"required": _("Enter your username.")},
    )
    password = forms.CharField(
        label=_("Password"),
        max_length=accounts_policy.PASSWORD_LONGEST,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
        error_messages={"required": _("Enter your password.")},
    )
    next = forms.CharField(required=False, widget=forms.HiddenInput)


def _digits(label: object, hint: object) -> forms.CharField:
    return forms.CharField(
        label=label,  # type: ignore[arg-type]
        help_text=hint,  # type: ignore[arg-type]
        max_length=_LONGEST_TYPED,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off", "spellcheck": "false"}),
        error_messages={"required": _("Enter the digits that your phone shows.")},
    )


class Response(forms.Form):
    """The eight digits, typed at the desk."""

    response = _digits(_("Response string"), _("The 8 digits that your phone shows. Spaces do not matter."))


def _code(label: object, hint: object) -> forms.CharField:
    """Six digits that came by text or call. Phones that know one-time codes offer to fill it in."""
    return forms.CharField(
        label=label,  # type: ignore[arg-type]
        help_text=hint,  # type: ignore[arg-type]
        max_length=_LONGEST_TYPED,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "one-time-code", "spellcheck": "false"}),
        error_messages={"required": _("Enter the six digits that were sent to you.")},
    )


class SecurityCode(forms.Form):
    """The code of a sign-in."""

    code = _code(_("Security code"), _("6 digits. Spaces do not matter."))


class ConfirmationNumber(forms.Form):
    """The code that confirms a telephone number."""

    code = _code(_("Confirmation number"), _("6 digits. Spaces do not matter."))


class MobileNumber(forms.Form):
    """Country and national number, or an international one."""

    country = forms.ChoiceField(label=_("Country"), widget=forms.Select(attrs={"autocomplete": "country"}))
    number = forms.CharField(
        label=_("Mobile number"),
        max_length=_LONGEST_TYPED,
        widget=forms.TextInput(attrs={"type": "tel", "inputmode": "tel", "autocomplete": "tel-national"}),
        error_messages={"required": _("Enter your mobile number.")},
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        country = cast(forms.ChoiceField, self.fields["country"])
        country.choices = countries()
        country.initial = settings.PORTAL_COUNTRY
        words = _("In %(country)s for example %(example)s. Spaces do not matter.")
        example = numbers.example(settings.PORTAL_COUNTRY)
        if example:
            self.fields["number"].help_text = words % {
                "country": country_name(settings.PORTAL_COUNTRY),
                # Kept on one line.
                "example": example.replace(" ", "\u00a0"),
            }


def countries() -> list[tuple[str, str]]:
    """The countries that are served, our own first, by name in the language of the moment, with calling codes."""
    served = [(code, country_name(code)) for code in settings.PORTAL_COUNTRIES]
    served.sort(key=lambda each: (each[0] != settings.PORTAL_COUNTRY, each[1]))
    return [(code, f"{name} (+{numbers.calling_code(code)})") for code, name in served]


def country_name(code: str) -> str:
    """The name of a country in the language of the moment."""
    return numbers.name(code, get_language() or settings.LANGUAGE_CODE)


class Kind(forms.Form):
    """Which of several second factors to go on with. The one that is waited for is chosen."""

    kind = forms.ChoiceField(label=_("Select second factor device"))

    def __init__(self, *args: Any, kinds: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        cast(forms.ChoiceField, self.fields["kind"]).choices = kinds


class ConfirmCode(forms.Form):
    """The six digits that a new phone shows, typed at the desk."""

    code = _digits(_("Number shown on the phone"), _("6 digits. Type them only if you hold that phone."))


class Label(forms.Form):
    """Another name for the phone."""

    label = forms.CharField(label=_("Name of this phone"), max_length=_LONGEST_TYPED)
