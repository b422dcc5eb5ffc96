"""The support desk: behind the same sign-in, without a secret, and with effect at once (R-82 to R-85)."""

import pytest
from django.contrib.auth.models import Permission

from accounts.models import User
from tests.doors.addresses import CLOSED
from tests.factories import desk, finish, give_password, person
from tests.stories.carried import carry, messages
from tests.stories.ways import activated, approve, dump, sign_in


@pytest.fixture
def sol(db):
    return person("sol", is_staff=True, is_superuser=True)


def test_staff_without_a_key_do_not_pass_the_admins_door(sol, here):
    """AT-106."""
    give_password(here, sol)
    for _name, path in CLOSED:
        if path.startswith("/admin/"):
            assert (
                here.get(path)["Location"] in ("/security/key/console/", "/sign-in/")
                or "login" in here.get(path)["Location"]
            )
            assert here.post(path).status_code == 302


def test_clients_do_not_pass_the_admins_door(mara, pocket, here):
    sign_in(here, mara, pocket)
    for _name, path in CLOSED:
        if path.startswith("/admin/") and "logout" not in path and "password_change" not in path:
            response = here.get(path, follow=True)
            assert response.status_code in (403, 404), path


def test_staff_come_to_the_admin_by_our_own_sign_in(sol, here):
    pocket = activated(desk(), sol)
    chain = here.get("/admin/", follow=True).redirect_chain
    assert chain[-1][0] == "/sign-in/?next=/admin/"
    here.post("/sign-in/", {"username": "sol", "password": "correct horse battery staple", "next": "/admin/"})
    approve(here, pocket)
    assert here.get(finish(here)["Location"]).status_code == 200


def test_the_stock_password_pages_do_not_exist(sol, mara, here):
    """AT-100: nothing at the admin takes a password."""
    before = dump()
    sent = {"username": "sol", "password": "correct horse battery staple", "next": "/admin/"}
    for path in ("/admin/login/", "/admin/login/?next=//evil.example"):
        response = here.post(path, sent)
        assert response["Location"] == "/sign-in/?next=/admin/"
    assert dump() == before
    pocket = activated(here, sol)
    assert pocket
    new = "four entirely different words"
    here.post("/admin/password_change/", {"old_password": sent["password"], "new_password1": new, "new_password2": new})
    assert here.get("/admin/password_change/")["Location"] == "/security/password/"
    assert User.objects.get(pk=sol.pk).check_password(sent["password"])


def test_the_admin_shows_no_secret_and_takes_none(sol, mara, pocket, here):
    """AT-101, AT-102."""
    activated(here, sol)
    key = mara.portal_keys.get()
    pages = [f"/admin/twofactor/portalkey/{key.pk}/change/", f"/admin/accounts/user/{mara.pk}/change/"]
    for page in pages:
        shown = here.get(page)
        assert shown.status_code == 200
        for secret in (key.sealed_response_key, mara.password, key.install, key.kid):
            assert secret not in shown.content.decode()
    forged = {"user": sol.pk, "state": "revoked", "public_jwk": "{}", "confirmed": "on", "sealed_response_key": "x"}
    assert here.post(pages[0], forged).status_code == 403
    here.post(pages[1], {"username": "mara", "language": "en", "is_active": "on", "auth_epoch": 99, "password": "x"})
    key.refresh_from_db()
    mara.refresh_from_db()
    assert (key.state, key.user_id) == ("active", mara.pk)
    assert mara.check_password("correct horse battery staple")
    assert mara.auth_epoch < 99


SECRETS = [
    "accounts/user/?password__startswith=a",
    "accounts/user/?password=a",
    "accounts/auditevent/?user__password__startswith=a",
    "twofactor/portalkey/?sealed_response_key__startswith=v",
    "twofactor/portalkey/?install__startswith=a",
    "twofactor/portalkey/?user__password__startswith=a",
    "twofactor/portalkey/?activation__salt__startswith=a",
]


@pytest.mark.parametrize("query", SECRETS)
def test_nothing_in_the_admin_is_found_by_a_secret(sol, here, query):
    """A list that answers with or without a row tells a secret letter by letter."""
    activated(here, sol)
    response = here.get(f"/admin/{query}")
    assert response.status_code == 400 or "e=1" in response.get("Location", "")


def test_who_edits_people_does_not_choose_where_the_warnings_of_an_account_go(sol, mara, here):
    dee = person("dee", is_staff=True)
    dee.user_permissions.set(Permission.objects.filter(codename__in=["change_user", "view_user"]))
    activated(here, dee)
    sent = {"username": "mara", "name": "Mara", "language": "en", "is_active": "on", "email": "thief@evil.example"}
    assert here.post(f"/admin/accounts/user/{mara.pk}/change/", sent).status_code == 302
    mara.refresh_from_db()
    assert (mara.name, mara.email) == ("Mara", "mara@client.example")


def test_who_edits_people_does_not_edit_those_who_administrate(sol, here):
    """AT-102: by whatever is posted, nobody becomes staff or loses it but by a superuser."""
    dee = person("dee", is_staff=True)
    dee.user_permissions.set(Permission.objects.filter(codename__in=["change_user", "view_user"]))
    activated(here, dee)
    before = dump()
    sent = {"username": "sol", "name": "Thief", "language": "en", "is_staff": "", "is_active": ""}
    assert here.post(f"/admin/accounts/user/{sol.pk}/change/", sent).status_code == 403
    assert here.post(f"/admin/accounts/user/{dee.pk}/change/", {**sent, "is_superuser": "on"}).status_code == 403
    assert dump() == before


def test_an_account_is_switched_off_at_the_desk_alone(sol, mara, here):
    """Not by a tick in a form, which would need no reason and tell nobody."""
    activated(here, sol)
    here.post(f"/admin/accounts/user/{mara.pk}/change/", {"username": "mara", "name": "Mara L.", "language": "en"})
    mara.refresh_from_db()
    assert (mara.name, mara.is_active) == ("Mara L.", True)


def test_a_changed_mail_address_is_told_at_the_one_before_it_too(sol, mara, here, handset):
    """R-96: whoever of the staff sends an account's warnings elsewhere is heard where they went until then."""
    activated(here, sol)
    sent = {"username": "mara", "name": "Mara Lee", "language": "en", "is_active": "on", "email": "new@client.example"}
    here.post(f"/admin/accounts/user/{mara.pk}/change/", sent)
    carry()
    told = [each.to for each in messages() if "changed the username or the e-mail address" in each.text]
    assert sorted(told) == ["mara@client.example", "new@client.example"]


def test_what_is_no_way_to_sign_in_is_changed_without_a_notice(sol, mara, here, handset):
    activated(here, sol)
    carry()
    before = len(messages("mara@client.example"))
    sent = {"username": "mara", "name": "M. Lee", "language": "en", "is_active": "on", "email": mara.email}
    here.post(f"/admin/accounts/user/{mara.pk}/change/", sent)
    carry()
    assert len(messages("mara@client.example")) == before
