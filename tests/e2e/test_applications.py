"""The examples as people run them: each a process of its own, its person at a desk with a phone beside it."""

import os
import subprocess
import sys

import pytest
from playwright.sync_api import expect

from applications import policy
from portal.demo import examples


class Example:
    """A program of examples/, and what it prints."""

    def __init__(self, name, *options):
        given = {**examples.register(name), "PATH": os.environ["PATH"], "PYTHONUNBUFFERED": "1"}
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

    def begin(name, *options):
        running.append(Example(name, *options))
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
    """RFC 8628: it shows a code, its person types it, reads what asks, and their phone approves."""
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
