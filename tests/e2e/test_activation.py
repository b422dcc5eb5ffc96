"""A phone becomes somebody's Portal Key: by the picture, by hand, instead of another one, beside another user."""

import re

import pytest
from playwright.sync_api import expect

from tests.e2e.screens import Desk, Phone, activate
from tests.factories import person
from twofactor.models import PortalKey


def test_a_phone_is_activated_by_the_link_in_the_picture(mara, desk, phone):
    desk.give_password("mara")
    desk.expect_signed_in()
    link = desk.scanned()
    assert link.partition("#")[2] == desk.activation_code().replace("-", "")
    phone.scan(link)
    phone.create_pin("Mara Lee")
    # The desk says so by itself, without a reload.
    expect(desk.page.get_by_role("heading", name="Portal Key is active")).to_be_visible()
    assert PortalKey.objects.get(user=mara).state == "active"


def test_a_phone_is_activated_by_the_typed_code(mara, desk, phone):
    desk.give_password("mara")
    code = desk.activation_code()
    phone.open()
    phone.button("Register two-factor").click()
    phone.type_code(code.lower().replace("-", " "))
    phone.create_pin("Mara Lee")
    expect(desk.page.get_by_role("heading", name="Portal Key is active")).to_be_visible()


def test_the_desk_sees_a_phone_take_the_code_before_it_is_activated(mara, desk, phone):
    desk.give_password("mara")
    phone.scan(desk.scanned())
    expect(desk.page.get_by_role("heading", name="A phone has taken the code")).to_be_visible()
    expect(desk.page.get_by_text("Chrome on Android")).to_be_visible()
    desk.page.get_by_role("button", name="This was not me").click()
    expect(desk.page.get_by_role("heading", name="The activation was stopped")).to_be_visible()
    phone.field("Create PIN").fill("24x7")
    phone.field("Repeat PIN").fill("24x7")
    phone.button("Activate").click()
    phone.expect_wrong("Activation code", "ended before the activation was complete")
    assert not PortalKey.objects.filter(user=mara, state="active").exists()


def test_a_code_works_for_one_phone_only(mara, desk, phone, contexts):
    desk.give_password("mara")
    link = desk.scanned()
    phone.scan(link)
    phone.create_pin("Mara Lee")
    other = Phone(contexts(**Phone.SHAPE).new_page())
    other.scan(link)
    other.expect_wrong("Activation code", "This code does not work")
    more = other.page.get_by_role("link", name="What to do when a code does not work")
    expect(more).to_have_attribute("href", "/help/activation/#used")


@pytest.mark.long
def test_a_new_code_ends_the_one_before(mara, desk, phone):
    desk.give_password("mara")
    before = desk.activation_code()
    desk.page.get_by_role("button", name="New code").click()
    expect(desk.page.get_by_label("Activation code")).not_to_contain_text(before)
    phone.scan(f"/a#{before.replace('-', '')}")
    phone.expect_wrong("Activation code", "This code does not work")
    phone.scan(desk.scanned())
    phone.create_pin("Mara Lee")
    expect(desk.page.get_by_role("heading", name="Portal Key is active")).to_be_visible()


def test_a_new_phone_takes_the_place_of_the_old_one(known, desk, phone, contexts):
    desk.give_password("mara")
    phone.approve()
    desk.expect_signed_in()
    desk.page.goto("/security/key/")
    desk.page.get_by_role("link", name="Move", exact=True).click()
    desk.page.get_by_role("button", name="Ask the old phone").click()
    # The desk shows the code by itself when the old phone has approved.
    phone.allow("Move Portal Key to a new phone?")
    new = Phone(contexts(**Phone.SHAPE).new_page())
    new.scan(desk.scanned())
    new.create_pin("Mara Lee")
    expect(desk.page.get_by_role("heading", name="Portal Key has moved")).to_be_visible()
    # The old phone forgets the user, and only the new one is asked.
    phone.expect_moved()
    desk.sign_out()
    desk.give_password("mara")
    new.approve(number=desk.number())
    desk.expect_signed_in()


def test_two_people_share_one_phone_and_its_pin(active, desk, phone, contexts):
    person("eli")
    elis = Desk(contexts().new_page())
    elis.give_password("eli")
    code = elis.activation_code()
    phone.button("Add user").click()
    phone.type_code(code)
    phone.give_pin("Eli Wong")
    expect(elis.page.get_by_role("heading", name="Portal Key is active")).to_be_visible()
    elis.sign_out()
    for whose, username, account in ((elis, "eli", "Eli Wong"), (desk, "mara", "Mara Lee")):
        whose.give_password(username)
        phone.expect_asked()
        expect(phone.page.get_by_text(account).first).to_be_visible()
        phone.approve(number=whose.number())
        whose.expect_signed_in()
        phone.expect_idle()


def test_a_further_user_needs_the_pin_of_the_phone(active, phone, contexts):
    person("eli")
    elis = Desk(contexts().new_page())
    elis.give_password("eli")
    code = elis.activation_code()
    phone.button("Add user").click()
    phone.type_code(code)
    expect(phone.page.get_by_text("Eli Wong").first).to_be_visible()
    phone.field("PIN").fill("9z9z")
    phone.button("Activate").click()
    phone.expect_wrong("PIN", "You have 2 more tries")
    phone.give_pin("Eli Wong")
    expect(elis.page.get_by_role("heading", name="Portal Key is active")).to_be_visible()


@pytest.mark.long
def test_a_phone_can_be_given_up_at_the_desk(known, desk, phone):
    desk.give_password("mara")
    phone.approve()
    desk.expect_signed_in()
    desk.page.goto("/security/key/")
    desk.page.get_by_role("link", name="Deactivate").click()
    desk.page.get_by_role("button", name="Deactivate").click()
    phone.expect_switched_off()
    assert not PortalKey.objects.filter(user=known, state="active").exists()


def test_a_second_activation_on_the_same_phone_is_told_as_such(known, desk, phone):
    desk.give_password("mara")
    phone.approve()
    desk.expect_signed_in()
    desk.page.goto("/security/key/move/")
    desk.page.get_by_role("button", name="Ask the old phone").click()
    phone.allow("Move Portal Key to a new phone?")
    phone.scan(desk.scanned())
    phone.field("PIN").fill("24x7")
    phone.button("Activate").click()
    expect(desk.page.get_by_role("heading", name="That phone is active already")).to_be_visible()
    expect(desk.page.get_by_role("button", name="Test it now")).to_be_visible()
    assert PortalKey.objects.get(user=known, state="active")


def test_where_the_operator_demands_it_the_desk_types_the_number_of_the_phone(settings, mara, desk, phone):
    settings.PORTAL_ACTIVATION_CONFIRM = True
    desk.give_password("mara")
    phone.scan(desk.scanned())
    phone.choose_pin("Mara Lee")
    number = phone.field("Type this number at the desk").inner_text()
    desk.page.get_by_label("Number shown on the phone").fill(number)
    desk.page.get_by_role("button", name="Confirm").click()
    expect(desk.page.get_by_role("heading", name="Portal Key is active")).to_be_visible()
    assert PortalKey.objects.get(user=mara).state == "active"


def test_a_test_notification_is_answered_like_a_sign_in_and_signs_nobody_in(mara, desk, phone):
    activate(desk, phone, "mara", "Mara Lee")
    desk.page.get_by_role("button", name="Test it now").first.click()
    expect(phone.page.get_by_role("heading", name="Test from Client Portal")).to_be_visible()
    phone.field("PIN").fill("24x7")
    phone.button("Approve").click()
    expect(desk.page.get_by_text("The test was approved.")).to_be_visible()


@pytest.mark.long
def test_a_code_that_the_phone_has_taken_is_not_lost_with_the_page(mara, desk, phone):
    desk.give_password("mara")
    phone.scan(desk.scanned())
    expect(phone.field("Create PIN")).to_be_visible()
    phone.page.reload()
    phone.button("Register two-factor").click()
    expect(phone.field("Activation code")).to_have_value(re.compile(r"^\w{4}-\w{4}-\w{4}$"))
    phone.button("Continue").click()
    phone.create_pin("Mara Lee")
    expect(desk.page.get_by_role("heading", name="Portal Key is active")).to_be_visible()


@pytest.mark.long
def test_back_leads_from_a_page_of_the_settings_to_the_settings(active, phone):
    phone.button("Settings").click()
    phone.page.get_by_role("button", name=re.compile("^Change PIN")).click()
    expect(phone.page.get_by_role("heading", name="Change PIN")).to_be_visible()
    phone.page.go_back()
    expect(phone.page.get_by_role("heading", name="Settings")).to_be_visible()
