"""Applications as staff manage them: with the right alone, a secret seen once, sentences for what is wrong."""

import re

import pytest
from authlib.integrations.base_client.errors import OAuthError
from django.contrib.auth.models import Group
from django.db.models import ProtectedError
from django.utils import timezone

from accounts.models import AuditEvent
from applications.models import Action, Application
from tests.applications.rp import BACK, registered, went
from tests.factories import desk, person
from tests.stories.ways import activated, dump, text

PAGE = "/admin/applications/application/"


def given(**fields):
    form = {"name": "Trading Web", "client_type": "confidential", "redirect_uris": BACK, "is_active": "on"}
    return {**form, "signs_in": "on", "delivery": "poll", **fields}


def test_a_new_application_shows_its_secret_once_and_keeps_its_digest(manager):
    """AT-301."""
    shown = manager.post(f"{PAGE}add/", given())
    (secret,) = re.findall(r"<code>([\w-]{43})</code>", shown.content.decode())
    application = Application.objects.get()
    assert application.is_secret(secret)
    assert secret not in repr(dump(without=set()))
    assert secret not in manager.get(f"{PAGE}{application.pk}/change/").content.decode()
    event = AuditEvent.objects.get(kind="application.make")
    assert event.facts["application"] == "Trading Web"
    assert event.facts["by"].endswith("kim")


def test_a_new_secret_ends_the_one_before_it(manager, party, inside):
    shown = manager.post(f"{PAGE}{party.application.pk}/secret/")
    assert "never again" in text(shown)
    with pytest.raises(OAuthError, match="invalid_client"):
        party.tokens(went(inside.get(party.address())))
    assert AuditEvent.objects.filter(kind="application.secret").count() == 1


def test_a_look_makes_no_secret(manager, party):
    assert manager.get(f"{PAGE}{party.application.pk}/secret/").status_code == 405
    assert Application.objects.get().is_secret(party.application.secret)


WRONG = {
    "https://trading.example/#there": {"redirect_uris": "https://trading.example/#there"},
    "http elsewhere": {"redirect_uris": "http://trading.example/back"},
    "any host": {"redirect_uris": "https://*.example/back"},
    "a name in it": {"redirect_uris": "https://you@trading.example/back"},
    "a script": {"redirect_uris": "javascript:alert(1)"},
    "none": {"redirect_uris": ""},
    "no origin": {"allowed_origins": "https://trading.example/page"},
    "told over http": {"delivery": "ping", "notified_at_url": "http://trading.example/told"},
    "leads anywhere": {"launch_url": "http://trading.example/"},
    "goes anywhere": {"post_logout_redirect_uris": "http://trading.example/"},
}


@pytest.mark.parametrize("what", WRONG)
def test_what_is_wrong_is_said_and_not_kept(manager, what):
    page = manager.post(f"{PAGE}add/", given(**WRONG[what]))
    assert "errorlist" in page.content.decode()
    assert Application.objects.count() == 0


def test_what_runs_on_this_very_machine_may_use_http(manager):
    assert manager.post(f"{PAGE}add/", given(redirect_uris="http://127.0.0.1/back\nhttp://localhost:8081/back"))
    assert Application.objects.count() == 1


def test_one_that_has_asked_for_approvals_is_switched_off_and_not_deleted(manager, party):
    """What was approved stays: neither by its page nor by the list, nor by whatever else deletes."""
    pk = party.application.pk
    Action.objects.create(
        application=party.application, title="Pay?", facts=[], state="approved", expires=timezone.now()
    )
    assert "Switch it off instead." in text(manager.get(f"{PAGE}{pk}/delete/"))
    manager.post(f"{PAGE}{pk}/delete/", {"post": "yes"})
    manager.post(PAGE, {"action": "delete_selected", "_selected_action": [pk], "post": "yes"})
    with pytest.raises(ProtectedError):
        party.application.delete()
    assert Action.objects.exists()
    Action.objects.all().delete()
    manager.post(f"{PAGE}{pk}/delete/", {"post": "yes"})
    assert not Application.objects.exists()


def test_staff_without_the_right_see_none_of_it(manager, party, db):
    """AT-300."""
    other = desk()
    lee = person("lee", is_staff=True)
    lee.groups.add(Group.objects.get(name="Security officer"))
    activated(other, lee)
    assert other.get(PAGE).status_code == 403
    assert other.post(f"{PAGE}{party.application.pk}/secret/").status_code == 403
    assert Application.objects.get().is_secret(party.application.secret)


def test_an_old_session_changes_nothing(manager, party, clock):
    """AT-300."""
    for _each in range(4):
        clock.shift(300)
        manager.get(PAGE)
    answer = manager.post(f"{PAGE}{party.application.pk}/secret/")
    assert answer["Location"].startswith("/sign-in/?again=1")
    assert Application.objects.get().is_secret(party.application.secret)


def test_no_page_of_the_library_shows_what_opens_doors(manager):
    """AT-301."""
    index = manager.get("/admin/").content.decode()
    assert "/admin/applications/application/" in index
    for name in ("accesstoken", "refreshtoken", "grant", "idtoken", "devicegrant"):
        assert name not in index
        assert manager.get(f"/admin/oauth2_provider/{name}/").status_code == 404
        assert manager.get(f"/admin/applications/{name}/").status_code == 404


def test_a_name_that_turns_the_words_around_it_is_made_plain(db):
    assert registered("Trad\u202eing\u200b Web\n").name == "Trading Web"
