"""AT-073: a page that opened ours, clicks that were meant for something else, and going back after signing out."""

from playwright.sync_api import expect

from accounts.models import Login

ELSEWHERE = "http://another.example/"
ENTICING = "<p>Free tickets</p>"


def test_a_page_that_opens_ours_holds_nothing_of_it(portal, contexts):
    """AT-073: what has been opened is cut off from its opener, both ways (Cross-Origin-Opener-Policy)."""
    page = contexts().new_page()
    page.route(f"{ELSEWHERE}**", lambda route: route.fulfill(body=ENTICING, content_type="text/html"))
    page.goto(ELSEWHERE)
    with page.context.expect_page() as opened:
        page.evaluate("(address) => { window.ours = window.open(address) }", f"{portal}/sign-in/")
    ours = opened.value
    log_in = ours.get_by_role("button", name="Log in")
    expect(log_in).to_be_visible()
    assert ours.evaluate("window.opener") is None
    assert page.evaluate("window.ours.closed"), "what is cut off looks closed from there"
    page.evaluate("window.ours.location = 'about:blank'")
    expect(log_in).to_be_visible()


def test_clicks_alone_approve_nothing_and_going_back_shows_nothing(known, desk, phone):
    """AT-073: whoever is made to click twice has not given a PIN; a page of before does not come back with its data."""
    desk.give_password("mara")
    phone.expect_asked()
    phone.button("Approve").dblclick(force=True)
    phone.expect_asked()
    assert Login.objects.latest("created").state == "pending"
    phone.approve()
    desk.expect_signed_in()
    desk.page.goto("/security/")
    expect(desk.page.get_by_role("heading", level=1)).to_be_visible()
    shown = desk.page.get_by_role("main").inner_text()
    desk.sign_out()
    desk.page.go_back()
    expect(desk.page.get_by_label("Password")).to_be_visible()
    assert desk.page.get_by_role("main").inner_text() != shown
