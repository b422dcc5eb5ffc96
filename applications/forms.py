"""What people type on the pages of applications: shaped here, judged by the stories."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

LONGEST_TYPED = 64


class UserCode(forms.Form):
    """The code that a device shows."""

    code = forms.CharField(
        label=_("Code on the device"),
        help_text=_("8 letters and digits. Capitals, spaces and dashes do not matter."),
        max_length=LONGEST_TYPED,
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false"}),
        error_messages={"required": _("Enter the code that your device shows.")},
    )
