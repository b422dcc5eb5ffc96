"""The same road where something is missing: sockets, scripts, the network of the phone."""

from playwright.sync_api import expect

from tests import pocket
from tests.e2e.screens import Desk, Phone, activate
from tests.factories import with_key


def closed(socket) -> None:
    socket.close()


def test_without_sockets_both_sides_poll(mara, contexts):
    """FI-12: a proxy that lets none pass."""
    desk_context, phone_context = contexts(), contexts(**Phone.SHAPE)
    for context in (desk_context, phone_context):
        context.route_web_socket("**/ws/**", closed)
    desk, phone = Desk(desk_context.new_page()), Phone(phone_context.new_page())
    activate(desk, phone, "mara", "Mara Lee")
    desk.sign_out()
    desk.give_password("mara")
    phone.approve(number=desk.number())
    desk.expect_signed_in()


# The addresses of all sockets of a page; the first is cut once it has told how things stand.
CUT = """
    window.opened = [];
    window.WebSocket = class extends WebSocket {
      constructor(address) {
        super(address);
        opened.push(String(address));
        if (opened.length === 1) this.addEventListener("message", () => this.close(), { once: true });
      }
    };
"""


def test_a_page_whose_line_was_cut_comes_back_with_a_new_ticket(mara, portal, contexts):
    """Its first one has opened a socket, and opens no other."""
    phone, page = with_key(mara, pocket.Pocket(portal, pocket.by_http(portal))), contexts().new_page()
    page.add_init_script(CUT)
    desk = Desk(page)
    desk.give_password("mara")
    page.wait_for_function("() => opened.length > 1")
    assert len(set(page.evaluate("opened"))) == len(page.evaluate("opened"))
    phone.approve(phone.challenge(), "24x7", number=desk.number().replace(" ", ""))
    desk.expect_signed_in()


def test_a_desk_without_scripts_signs_in_with_a_button(mara, portal, contexts):
    phone = with_key(mara, pocket.Pocket(portal, pocket.by_http(portal)))
    desk = Desk(contexts(java_script_enabled=False).new_page())
    desk.give_password("mara")
    phone.approve(phone.challenge(), "24x7", number=desk.number().replace(" ", ""))
    desk.page.get_by_role("button", name="I have approved it").click()
    desk.expect_signed_in()


def test_a_desk_without_scripts_signs_in_by_hand(mara, portal, contexts):
    phone = with_key(mara, pocket.Pocket(portal, pocket.by_http(portal)))
    desk = Desk(contexts(java_script_enabled=False).new_page())
    desk.give_password("mara")
    question = desk.go_manual().replace(" ", "")
    desk.give_response(phone.respond(question, "24x7"))
    desk.expect_signed_in()


def test_a_phone_that_lost_its_network_says_so_and_comes_back(known, desk, phone):
    phone.lose_network()
    desk.give_password("mara")
    phone.find_network()
    phone.approve()
    desk.expect_signed_in()
    expect(phone.page.get_by_role("heading", name="Are you signing in?")).to_have_count(0)
