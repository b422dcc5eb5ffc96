"""What people type: shaped here, judged by the stories."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts import policy as accounts_policy

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


class ConfirmCode(forms.Form):
    """The six digits that a new phone shows, typed at the desk."""

    code = _digits(_("Number shown on the phone"), _("6 digits. Type them only if you hold that phone."))


class Label(forms.Form):
    """Another name for the phone."""

    label = forms.CharField(label=_("Name of this phone"), max_length=_LONGEST_TYPED)
