"""Notices by e-mail, to a server that speaks SMTP: TLS where there is a password, and refusals understood."""

import time

import environ
import pytest

from tests.carriers.certificates import Root
from tests.carriers.messages import SECRET, refused, text
from tests.carriers.smtp_side import MailServer
from twofactor import gateways
from twofactor.gateways import mail

pytestmark = pytest.mark.usefixtures("quiet")

ADDRESS = "mara@client.example"


def notice(**changes):
    words = "客戶入口: your number was changed. Not you? Tell it to nobody.\n"
    told = {"id": "delivery-of-a-mail_001", "way": "mail", "to": ADDRESS, "subject": "Your number 號碼 was changed"}
    return text(**{**told, "text": words, "language": "zh-Hant", **changes})


def send(**changes):
    return gateways.send("mail", notice(**changes))


@pytest.fixture
def use(settings):
    """Set PORTAL_MAIL_URL as the environment would."""

    def use(url):
        settings.PORTAL_CARRIERS = ["mail"]
        settings.PORTAL_MAIL_URL = url
        settings.PORTAL_MAIL_FROM = "Portal <portal@portal.example>"
        settings.EMAIL_USE_TLS = settings.EMAIL_USE_SSL = False
        for name, value in environ.Env.email_url_config(url).items():
            setattr(settings, name, value)

    return use


@pytest.fixture
def server(use):
    server = MailServer()
    use(f"smtp://localhost:{server.port}")
    yield server
    server.close()


@pytest.fixture
def locked(use, tmp_path, monkeypatch):
    """A server with TLS and a password, whose certificate this machine trusts."""
    root = Root(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(root.file))
    server = MailServer(tls=root.server("localhost"), password=SECRET)
    use(f"smtp+tls://portal:{SECRET.replace(' ', '%20')}@localhost:{server.port}")
    yield server
    server.close()


def test_a_notice_arrives_as_it_was_written(server):
    assert send() == ""
    (arrived,) = server.mails
    assert (arrived.sender, arrived.to) == ("portal@portal.example", ADDRESS)
    message = arrived.message
    assert message["Subject"] == notice().subject
    assert message["To"] == ADDRESS
    assert message["From"] == "Portal <portal@portal.example>"
    assert message["Content-Language"] == "zh-Hant"
    assert message["Auto-Submitted"] == "auto-generated"
    assert message.get_content_type() == "text/plain"
    assert message.get_content().strip() == notice().text.strip()


def test_a_second_attempt_has_the_same_name(server):
    send()
    send()
    assert {each.message["Message-ID"] for each in server.mails} == {"<delivery-of-a-mail_001@portal.example>"}


def test_with_a_password_it_is_sent_through_tls(locked):
    send()
    (arrived,) = locked.mails
    assert (arrived.sealed, arrived.user) == (True, "portal")


def test_a_server_without_its_promised_tls_gets_nothing(locked):
    locked.tls = None
    failed = refused(send)
    assert (failed.reason, failed.permanent) == ("setup", True)
    assert locked.mails == []


def test_a_certificate_that_nobody_vouches_for_gets_nothing(locked, monkeypatch):
    monkeypatch.delenv("SSL_CERT_FILE")
    failed = refused(send)
    assert (failed.reason, failed.permanent) == ("unreachable", False)
    assert locked.mails == []


def test_a_wrong_password_is_a_matter_of_the_setup(locked, quiet):
    locked.password = "another"
    failed = refused(send)
    assert (failed.reason, failed.permanent) == ("setup", True)
    assert "code 535" in quiet.text


def test_a_password_never_crosses_a_network_in_clear(use, quiet):
    use("smtp://portal:secret@mail.example:25")
    failed = refused(send)
    assert (failed.reason, failed.permanent) == ("setup", True)
    assert "no TLS" in quiet.text


def test_a_relay_of_the_house_may_do_without_both(use):
    use("smtp://relay.example:25")
    assert mail._demand_tls() is None


@pytest.mark.parametrize(
    ("command", "answer", "reason", "permanent"),
    [
        ("RCPT", f"550 5.1.1 <{ADDRESS}> no such user", "number", True),
        ("RCPT", "450 4.2.1 greylisted, come back", "busy", False),
        ("RCPT", "452 4.2.2 mailbox full", "busy", False),
        ("MAIL", "553 5.1.8 sender not allowed", "setup", True),
        ("MAIL", "451 4.3.0 later", "busy", False),
        ("DATA", "554 5.7.1 looks like spam", "blocked", True),
        ("END", "554 5.7.1 looks like spam", "blocked", True),
        ("END", "451 4.3.0 later", "busy", False),
        ("HELLO", "421 4.3.2 too busy", "busy", False),
        ("HELLO", "554 5.3.2 not for you", "setup", True),
        ("EHLO", "not SMTP at all", "unreachable", False),
    ],
)
def test_refusals_of_a_mail_server_are_understood(server, command, answer, reason, permanent):
    server.answers = {command: answer}
    failed = refused(send)
    assert (failed.reason, failed.permanent) == (reason, permanent)
    assert server.mails == []


@pytest.mark.usefixtures("hasty")
@pytest.mark.parametrize("command", ["EHLO", "RCPT", "DATA"])
def test_a_server_that_drips_is_left_in_time(server, command):
    server.stalls_at = command
    began = time.monotonic()
    failed = refused(send)
    assert (failed.reason, failed.permanent) == ("unreachable", False)
    assert time.monotonic() - began < 5


def test_a_server_that_is_not_there_is_tried_again(server):
    server.close()
    failed = refused(send)
    assert (failed.reason, failed.permanent) == ("unreachable", False)


@pytest.mark.parametrize(
    "changes", [{"subject": "a\nBcc: all@client.example"}, {"to": "a@b.example\nBcc: c@d.example"}]
)
def test_nobody_writes_a_header_by_what_they_are_called(server, changes):
    failed = refused(lambda: send(**changes))
    assert (failed.reason, failed.permanent) == ("malformed", True)
    assert server.mails == []


def test_without_an_address_of_a_server_there_is_no_mail(settings):
    settings.PORTAL_CARRIERS = ["mail"]
    settings.PORTAL_MAIL_URL = ""
    assert gateways.carriers_for("mail") == []
    assert not mail.reports()
