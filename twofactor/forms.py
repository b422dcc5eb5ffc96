"""What people type: shaped here, judged by the stories."""

from __future__ import annotations

from typing import Any, cast

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import MaxLengthValidator
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from accounts import policy as accounts_policy
from accounts import text
from twofactor import numbers

_LONGEST_TYPED = 64


class SignIn(forms.Form):
    """The password step."""

    username = forms.CharField(
        label=_("Username"),
        max_length=256,
        widget=forms.TextInput(
            attrs={"autocomplete": "username", "autocapitalize": "none", "spellcheck": "false", "data-keep": True}
        ),
        error_messages={"required": _("Enter your username.")},
    )
    password = forms.CharField(
        label=_("Password"),
        # Not `max_length`, which browsers obey by cutting what is pasted.
        validators=[MaxLengthValidator(accounts_policy.PASSWORD_LONGEST)],
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


def _letters(label: object, hint: object, required: object) -> forms.CharField:
    """Sixteen letters and digits in groups of four, read from paper."""
    attributes = {"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false"}
    return forms.CharField(
        label=label,  # type: ignore[arg-type]
        help_text=hint,  # type: ignore[arg-type]
        max_length=_LONGEST_TYPED,
        widget=forms.TextInput(attrs=attributes),
        error_messages={"required": required},  # type: ignore[dict-item]
    )


class RecoveryCodeField(forms.Form):
    """One code of the sheet."""

    code = _letters(
        _("Recovery code"),
        _("16 letters and digits. Capitals, spaces and dashes do not matter."),
        _("Enter one of the codes on your sheet."),
    )


class TemporaryPasscode(forms.Form):
    """What the support desk has issued."""

    code = _letters(
        _("Temporary passcode"),
        _("16 letters and digits. Capitals, spaces and dashes do not matter."),
        _("Enter the passcode that you wrote down."),
    )


class ConfirmationNumber(forms.Form):
    """The code that confirms a telephone number."""

    code = _code(_("Confirmation number"), _("6 digits. Spaces do not matter."))


class MobileNumber(forms.Form):
    """Country and national number, or an international one."""

    country = forms.ChoiceField(
        label=_("Country"), widget=forms.Select(attrs={"autocomplete": "country", "data-keep": True})
    )
    number = forms.CharField(
        label=_("Mobile number"),
        max_length=_LONGEST_TYPED,
        widget=forms.TextInput(
            attrs={"type": "tel", "inputmode": "tel", "autocomplete": "tel-national", "data-keep": True}
        ),
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


class AppCode(forms.Form):
    """The six digits that an authenticator app shows."""

    code = forms.CharField(
        label=_("Code from your app"),
        help_text=_("6 digits, new every half minute. Spaces do not matter."),
        max_length=_LONGEST_TYPED,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "one-time-code", "spellcheck": "false"}),
        error_messages={"required": _("Enter the six digits that your app shows.")},
    )


class PasskeyAnswer(forms.Form):
    """What the browser says for a passkey. Nobody types it, so nothing of it is shown again."""

    answer = forms.CharField(
        max_length=16 * 1024,
        strip=False,
        widget=forms.HiddenInput,
        error_messages={"required": _("The browser gave no passkey. Press the button, and follow your device.")},
    )


class NewPasskey(PasskeyAnswer):
    """A passkey that the browser has made, and what its person calls it."""

    # Not required: by now the device holds the passkey, which nobody could use if it were refused for its name.
    label = forms.CharField(
        label=_("Name of this passkey"),
        help_text=_("So that you know it again: the device or the keychain it is on."),
        max_length=_LONGEST_TYPED,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )


class Label(forms.Form):
    """Another name for the phone."""

    label = forms.CharField(
        label=_("Name of this phone"),
        max_length=_LONGEST_TYPED,
        widget=forms.TextInput(attrs={"data-keep": True}),
    )


class Reason(forms.Form):
    """Why staff do what they are about to do. It is kept in the record, so it names no secret."""

    reason = forms.CharField(
        label=_("Why"),
        help_text=_("For the record: a ticket number and a few words. No passwords, codes or telephone numbers."),
        error_messages={"required": _("Say why: it is kept in the record.")},
        widget=forms.TextInput(attrs={"autocomplete": "off", "size": "60", "data-keep": True}),
    )
    compromised = forms.BooleanField(
        label=_("Somebody else may know the password: it is worth nothing from now on"), required=False
    )

    def __init__(self, *args: Any, longest: int, asks_compromised: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # Not `max_length`, which browsers obey by cutting what is pasted.
        self.fields["reason"].validators.append(MaxLengthValidator(longest))
        if longest > _LONGEST_TYPED:
            self.fields["reason"].widget = forms.Textarea(
                attrs={"rows": "4", "cols": "60", "autocomplete": "off", "data-keep": True}
            )
        if not asks_compromised:
            del self.fields["compromised"]

    def clean_reason(self) -> str:
        """R-74: another of the staff reads it."""
        reason = text.lines(str(self.cleaned_data["reason"]))
        if not reason:
            raise ValidationError(self.fields["reason"].error_messages["required"])
        return reason


class ConsoleCode(forms.Form):
    """The code that the console has printed, for the first key of somebody who administrates."""

    code = forms.CharField(
        label=_("Code from the console"),
        help_text=_("12 letters and digits. Case, blanks and dashes do not matter."),
        max_length=_LONGEST_TYPED,
        error_messages={"required": _("Enter the code that the console printed.")},
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false"}),
    )
