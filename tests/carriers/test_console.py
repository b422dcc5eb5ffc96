"""What a developer sees: everything, on standard output and nowhere else."""

import pytest

from tests.carriers.messages import CODE, NUMBER, SCRIPT, a_call, text
from twofactor import gateways
from twofactor.gateways import console

pytestmark = pytest.mark.usefixtures("quiet")


def test_a_text_is_written_out(capsys):
    assert gateways.send("console", text()) == ""
    shown = capsys.readouterr()
    assert shown.out.splitlines() == [f"=== text to {NUMBER} (en)", *text().text.splitlines(), "==="]
    assert shown.err == ""


def test_a_call_is_written_out_with_both_ends(capsys):
    gateways.send("console", a_call())
    shown = capsys.readouterr().out
    assert f"[a key] {SCRIPT.intro} {' '.join(CODE)}. {SCRIPT.again} {' '.join(CODE)}. {SCRIPT.goodbye}" in shown
    assert f"[no key] {SCRIPT.nobody}" in shown


def test_a_mail_is_written_out_with_its_subject(capsys):
    gateways.send("console", text(way="mail", to="mara@client.example", subject="A subject", text="Words."))
    assert capsys.readouterr().out.splitlines() == [
        "=== mail to mara@client.example (en)",
        "A subject",
        "Words.",
        "===",
    ]


def test_it_carries_everything_and_reports_nothing(settings):
    settings.PORTAL_CARRIERS = ["console"]
    assert [gateways.carriers_for(way) for way in ("text", "call", "mail")] == [["console"]] * 3
    assert not console.reports()
