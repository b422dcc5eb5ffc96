from __future__ import annotations

from typing import Any

from django import forms
from django.contrib.auth import password_validation
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from accounts import policy
from accounts.models import User


class NewPassword(forms.Form):
    """A new password for a person who has just proved who they are."""

    password = forms.CharField(
        label=_("New password"),
        min_length=policy.PASSWORD_SHORTEST,
        max_length=policy.PASSWORD_LONGEST,
        strip=False,
        help_text=_("At least 12 characters. A few words in a row are easy to remember and hard to guess."),
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}, render_value=True),
        error_messages={
            "required": _("Choose a new password."),
            "min_length": _("Choose a password of at least %(limit_value)d characters; this one has %(show_value)d."),
        },
    )
    again = forms.CharField(
        label=_("Repeat the new password"),
        max_length=policy.PASSWORD_LONGEST,
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
        if self.user.check_password(password):
            raise ValidationError(_("This is the password you have now. Choose another one."))
        return password

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if data.get("password") and data.get("password") != data.get("again"):
            self.add_error("again", _("The two passwords are not the same."))
        return data
