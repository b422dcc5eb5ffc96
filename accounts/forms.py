from __future__ import annotations

from typing import Any

from django import forms
from django.contrib.auth import password_validation
from django.core.exceptions import ValidationError
from django.core.validators import MaxLengthValidator
from django.utils.translation import gettext_lazy as _

from accounts import policy, recognising
from accounts.models import User

# Not `max_length`, which browsers obey by cutting what is pasted: a password is taken whole, or refused.
_LONGEST = MaxLengthValidator(
    policy.PASSWORD_LONGEST,
    _("Choose a password of at most %(limit_value)d characters; this one has %(show_value)d."),
)


def refuse(form: forms.BaseForm, field: str | None, code: str, words: Any) -> None:
    """Say what is wrong. By its code the page finds the article that helps: portal/help/reasons.py."""
    form.add_error(field, ValidationError(words, code=code))


class NewPassword(forms.Form):
    """A new password for a person who has just proved who they are."""

    password = forms.CharField(
        label=_("New password"),
        validators=[_LONGEST],
        strip=False,
        help_text=_("At least 12 characters. A few words in a row are easy to remember and hard to guess."),
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}, render_value=True),
        error_messages={"required": _("Choose a new password.")},
    )
    again = forms.CharField(
        label=_("Repeat the new password"),
        validators=[_LONGEST],
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}, render_value=True),
        error_messages={"required": _("Type the new password a second time.")},
    )

    def __init__(self, user: User, *args: Any, **kwargs: Any) -> None:
        self.user = user
        super().__init__(*args, **kwargs)

    def clean_password(self) -> str:
        password: str = self.cleaned_data["password"]
        password_validation.validate_password(password, self.user)
        if recognising.has_known(self.user, password):
            raise ValidationError(_("This is the password you have now. Choose another one."), code="password-same")
        return password

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if data.get("password") and data.get("password") != data.get("again"):
            refuse(self, "again", "password-differs", _("The two passwords are not the same."))
        return data


class Forgotten(forms.Form):
    """For whom a link to a new password is asked. Whether there is such a person, no answer tells."""

    username = forms.CharField(
        label=_("Username"),
        max_length=256,
        widget=forms.TextInput(
            attrs={"autocomplete": "username", "autocapitalize": "none", "spellcheck": "false", "data-keep": True}
        ),
        error_messages={"required": _("Enter your username.")},
    )
