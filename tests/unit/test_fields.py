"""A plain input says what Django's templates say of it, and nothing that was typed becomes part of the page."""

import pytest
from django import forms
from django.forms.renderers import DjangoTemplates, TemplatesSetting
from django.utils.safestring import mark_safe
from django.utils.translation import gettext_lazy

from portal.fields import Fields
from tests.unit.test_folding import said

WIDGETS = {
    "text": forms.TextInput(attrs={"autocomplete": "off", "data-keep": True, "hidden": False, "size": 60}),
    "password": forms.PasswordInput(render_value=True),
    "hidden": forms.HiddenInput(),
    "email": forms.EmailInput(attrs={"placeholder": gettext_lazy("Sign in")}),
    "number": forms.NumberInput(attrs={"max": 9}),
}
TYPED = (None, "", "mara", 7, "\"><script>alert('1')</script>&amp;", mark_safe("a &amp; b"))


@pytest.mark.parametrize("kind", WIDGETS)
@pytest.mark.parametrize("typed", TYPED)
def test_it_is_the_tag_that_djangos_templates_make(kind, typed):
    widget = WIDGETS[kind]
    ours = widget.render("field", typed, {"id": "id_field"}, Fields())
    assert ours == widget.render("field", typed, {"id": "id_field"}, DjangoTemplates())


class Asked(forms.Form):
    default_renderer = Fields()
    name = forms.CharField(label=gettext_lazy("Sign in"))
    odd = forms.CharField(label="<b>&")
    hinted = forms.CharField(help_text="A hint", required=False)
    either = forms.ChoiceField(choices=[("a", "A")], widget=forms.RadioSelect, required=False)


@pytest.mark.parametrize("typed", [None, {"name": "<i>", "odd": "x"}, {"name": ""}])
@pytest.mark.parametrize("name", ["name", "odd", "hinted", "either"])
def test_a_field_is_what_its_template_makes_of_it(name, typed):
    ours = Asked(typed)[name].as_field_group()
    theirs = TemplatesSetting().render("django/forms/field.html", {"field": Asked(typed)[name]})
    assert said(ours) == said(theirs)
    assert "<b>" not in ours
