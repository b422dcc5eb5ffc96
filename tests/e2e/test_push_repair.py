"""Notifications repair themselves: what has gone deaf, has ended, or was made for another key is made anew, unseen."""

import json

import pytest
from playwright.sync_api import expect

from tests.e2e.pushing import ENDED, WAITING, b64
from twofactor.models import Challenge, Subscription
from twofactor.protocol.webpush import Sender

pytestmark = pytest.mark.whole_browser

HOPS = "How far the notification has come"


@pytest.fixture
def familiar(called, desk):
    """The same, at a desk that has finished a sign-in before."""
    desk.give_password("mara")
    called.deliver()
    called.approve(number=desk.number())
    desk.expect_signed_in()
    called.drawer()
    desk.sign_out()
    return called


def hops(desk):
    return desk.page.get_by_role("list", name=HOPS)


def test_after_a_sign_in_by_hand_the_phone_repairs_what_has_gone_deaf(familiar, desk):
    """The repair procedure of the help, step by step, and its promise: next time the notification arrives."""
    broken = Subscription.objects.get().where.endpoint
    familiar.service.lose(broken)
    # a, b: to the sign-in page, name and password. c: there is one kind of second factor.
    desk.give_password("mara")
    # d: no notification comes; the link, and six digits.
    expect(hops(desk)).to_contain_text("Taken over by the push service at")
    question = desk.go_manual()
    # e, f: Authenticate on the phone, the digits, the PIN. g, h: the eight digits at the desk, and in.
    desk.give_response(familiar.respond(question))
    desk.expect_signed_in()
    # Unseen, the phone makes itself another address, and a push without a question proves it.
    familiar.button("Done").click()
    familiar.prove(ended=Challenge.objects.filter(silent=False).latest("created").pk)
    assert Subscription.objects.get().where.endpoint != broken
    # i: out, and in again: this time it arrives, at a phone whose page is closed.
    desk.sign_out()
    familiar.page.close()
    desk.give_password("mara")
    familiar.deliver()
    familiar.drawer(WAITING)
    expect(hops(desk)).to_contain_text("Shown on the phone at")


@pytest.mark.long
def test_an_address_that_its_push_service_has_ended_is_renewed_when_the_page_is_opened(called, desk):
    ended = Subscription.objects.get().where.endpoint
    called.service.end(ended)
    called.page.close()
    desk.give_password("mara")
    expect(desk.page.get_by_text("have ended at its push service")).to_be_visible()
    called.reopen()
    called.approve(number=desk.number())
    desk.expect_signed_in()
    called.button("Done").click()
    called.prove()
    assert Subscription.objects.get().where.endpoint != ended


def test_a_portal_with_a_new_key_is_given_a_new_address(called, settings):
    before = Subscription.objects.get().where.endpoint
    settings.PORTAL_VAPID = Sender(Sender.new())
    called.reopen()
    # The page is kept on the phone, the portal's key in it: the new one comes with a new version.
    with called.page.expect_navigation():
        called.button("Load it now").click()
    called.prove()
    assert Subscription.objects.get().where.endpoint != before
    assert called.page.evaluate("localStorage.getItem('push-key')") == settings.PORTAL_VAPID.public


@pytest.mark.long
def test_a_phone_that_stays_deaf_does_not_try_without_end(called, desk):
    for address in called.service.addresses:
        called.service.lose(address.endpoint)
    made = "Number(localStorage.getItem('push-made'))"
    assert called.page.evaluate(made) == 1
    Subscription.objects.get().move("doubt")
    with called.page.expect_response("**/push"):
        called.open()
    assert called.page.evaluate(made) == 2
    expect(called.page.get_by_role("heading", name="Nothing to answer")).to_be_visible()
    Subscription.objects.get().move("doubt")
    with called.page.expect_response("**/api/inbox"):
        called.open()
    called.button("Settings").click()
    called.page.get_by_role("button", name="Notifications").click()
    expect(called.page.get_by_role("heading", name="A notification was missed")).to_be_visible()
    assert called.page.evaluate(made) == 2


@pytest.mark.long
def test_a_new_address_that_could_not_be_told_is_told_as_soon_as_the_portal_is_there_again(called):
    before = Subscription.objects.get()
    before.move("doubt")
    called.context.route("**/push", lambda route: route.abort())
    with called.page.expect_event("requestfailed", lambda request: request.url.endswith("/push")):
        called.open()
    called.context.unroute("**/push")
    called.page.evaluate("() => void dispatchEvent(new Event('online'))")
    called.prove()
    assert Subscription.objects.get().where.endpoint != before.where.endpoint


def test_a_subscription_that_the_browser_exchanges_reaches_the_portal_without_a_page(called):
    called.page.close()
    new = called.service.addresses[5]
    called.worker.evaluate(EXCHANGE, [new.endpoint, {"p256dh": new.told["p256dh"], "auth": new.told["auth"]}])
    assert Subscription.objects.get().where.endpoint == new.endpoint
    called.deliver()
    called.drawer(ENDED)


EXCHANGE = """async ([endpoint, keys]) => {
  let work = Promise.resolve();
  const event = new ExtendableEvent("pushsubscriptionchange");
  const newSubscription = { endpoint, toJSON: () => ({ endpoint, keys }) };
  event.newSubscription = newSubscription;
  event.waitUntil = (promise) => (work = promise);
  dispatchEvent(event);
  await work;
}"""


@pytest.mark.long
def test_who_forbids_notifications_later_is_not_written_to_any_more(called, desk):
    called.context.clear_permissions()
    called.open()
    called.page.evaluate(f"async () => {{ while (await ({NOTE})()) await new Promise(requestAnimationFrame); }}")
    expect(called.say("Keep this page open while you sign in")).to_be_visible()
    forgotten = Subscription.objects.get()
    assert (forgotten.state, forgotten.sealed) == ("none", "")


def test_the_keys_of_a_subscription_stay_between_phone_and_portal(called):
    """Nothing of the address is in what the page keeps but the address itself."""
    kept = called.page.evaluate(NOTE)
    assert set(kept) == {"endpoint", "kids", "tries", "at", "rests"}
    assert b64(Subscription.objects.get().where.auth) not in json.dumps(kept)


NOTE = """() => new Promise((done) => {
  indexedDB.open("portal-key").onsuccess = ({ target }) => {
    target.result.transaction("notes").objectStore("notes").get("push").onsuccess = ({ target }) => done(target.result);
  };
})"""
