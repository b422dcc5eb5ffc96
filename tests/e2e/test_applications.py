"""The examples as people run them: each a process of its own, its person at a desk with a phone beside it."""

import os
import socket
import subprocess
import sys

import pytest
from playwright.sync_api import expect

from applications import pinging, policy
from portal.demo import examples
from tests.given import PASSWORD, PIN


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as door:
        return door.getsockname()[1]


class Example:
    """A program of examples/, and what it prints."""

    def __init__(self, name, *options, port, **registered):
        given = {**examples.register(name, **registered), "PATH": os.environ["PATH"], "EXAMPLE_PORT": str(port)}
        command = [sys.executable, str(examples.FOLDER / f"{name}.py"), *options]
        self.process = subprocess.Popen(command, env=given, stdout=subprocess.PIPE, text=True)

    def line(self):
        return self.process.stdout.readline().strip()

    def end(self):
        self.process.kill()
        self.process.wait()
        self.process.stdout.close()


@pytest.fixture
def start(active, portal, monkeypatch):
    """Starts an example; it asks every second and not every five."""
    monkeypatch.setattr(policy, "DEVICE_INTERVAL", 1)
    running = []

    def begin(name, *options, **registered):
        running.append(Example(name, *options, **{"port": free_port(), **registered}))
        return running[-1]

    yield begin
    for example in running:
        example.end()


@pytest.fixture
def inside(active, desk, phone):
    """Mara at a desk, signed in with her phone."""
    desk.give_password("mara")
    phone.approve(number=desk.number())
    desk.expect_signed_in()
    return desk


def test_a_program_without_a_browser_signs_somebody_in(start, inside, phone):
    """RFC 8628: it shows a code, its person types it, reads what asks, and their phone approves. Then it has an order
    approved there, word by word, and checks what the phone has signed.
    """
    program = start("trade")
    code = program.line().rpartition(" ")[2]
    program.line()
    page = inside.page
    page.goto("/device/")
    page.get_by_label("Code on the device").fill(code.lower())
    page.get_by_role("button", name="Continue").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Sign in to Example Trading Platform")
    expect(page.get_by_text("The same network as you")).to_be_visible()
    page.get_by_role("button", name="I started this: ask my phone").click()
    phone.allow("Sign in to Example Trading Platform on a device?")
    expect(page.get_by_text("You can go back to your device")).to_be_visible()
    assert program.line() == "Signed in as Mara Lee (acr key, amr pwd swk pin mfa)."
    order = "Buy 100 shares of Tracker Fund of Hong Kong?"
    assert program.line() == f"Your phone asks: {order}"
    expect(phone.page.get_by_role("heading", name=f"Example Trading Platform asks: {order}")).to_be_visible()
    expect(phone.page.get_by_text("2,450.00 HKD")).to_be_visible()
    phone.field("PIN").fill(PIN)
    phone.button("Approve").click()
    assert program.line().startswith("Ordered. The receipt holds: [['Limit', '24.50 HKD'],")


def test_a_web_application_signs_somebody_in_and_out_again(start, known, portal, desk, phone):
    """OpenID Connect: off to the portal, the phone says for whom it asks, and back; then stronger, and out."""
    address = start("web").line().split()[-1]
    page = desk.page
    page.goto(address)
    page.get_by_role("link", name="Sign in").click()
    page.get_by_label("Username").fill("mara")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Log in").click()
    phone.approve()
    expect(page.get_by_text("Signed in as Mara Lee")).to_be_visible()
    expect(page).to_have_url(address)
    expect(page.get_by_text("Level: key, by pwd swk pin mfa")).to_be_visible()
    page.get_by_role("link", name="Sign in with the key of your phone").click()
    expect(page.get_by_text("Signed in as Mara Lee")).to_be_visible()
    page.get_by_role("link", name="Sign out").click()
    page.get_by_role("button", name="Sign out of all of them").click()
    expect(page.get_by_text("You are not signed in here.")).to_be_visible()
    page.goto(f"{portal}/")
    expect(page.get_by_label("Username")).to_be_visible()


def test_a_call_centre_is_told_by_the_phone_who_is_on_the_line(start, phone, monkeypatch):
    """CIBA by ping: the phone shows the word that the caller has heard, and the answer is brought to the listener."""
    monkeypatch.setattr(pinging, "_is_ours", lambda _url: True)
    port = free_port()
    told = f"http://127.0.0.1:{port}/told"
    program = start("backchannel", "mara", "--ping", port=port, delivery="ping", notified_at_url=told)
    word = program.line().rpartition(" ")[2]
    expect(phone.page.get_by_text(word)).to_be_visible()
    phone.approve()
    assert program.line() == "On the line is Mara Lee (acr key, amr swk pin mfa)."
