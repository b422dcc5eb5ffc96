"""The whole form through its proxy: what is true of one process is true of all that stand behind it."""

import http.client
import os
import re
import signal
import stat
import subprocess
import sys
from pathlib import Path
from time import monotonic
from urllib.parse import urlsplit

from tests.running.portal import free_port
from tests.services.people import SOON, Desk, Owner, hear
from tests.services.subscribers import Subscriber
from tests.services.talk import PATIENCE, Message


def test_a_sign_in_leads_over_all_processes_and_its_socket_passes_the_proxy(whole, owner: Owner):
    """Who answered is in the proxy's log: what one has begun the other finishes."""
    whole.note_anew()
    owner.begin()
    with owner.desk.watch(whole.servers[0]) as watching:
        hear(watching, "waiting", SOON)
        owner.approve(owner.phone.challenge())
        hear(watching, "approved", SOON)
    assert owner.desk.post("/sign-in/finish/").leads_to == "/"
    assert owner.desk.is_in()
    noted = whole.noted("POST /sign-in/", "POST /sign-in/finish/", "GET /ws/sign-in/", "GET /")
    assert set(re.findall(r"/(\d)\.sock", "".join(noted.values()))) == {"1", "2"}


def test_it_believes_its_own_proxy_and_no_further(whole, owner: Owner):
    """R-52: whoever asks may claim any address; the proxy puts the one that it sees in its place."""
    desk = Desk(whole, address="203.0.113.77")
    answer = desk.give_password(owner.username)
    assert answer.leads_to == "/sign-in/verify/"
    assert answer.message.headers["X-Forwarded-For"] == "203.0.113.77"
    assert whole.one("SELECT host(address) FROM accounts_login WHERE id = %s", owner.newest_login) == "127.0.0.1"


def test_a_body_that_no_page_reads_is_refused_by_the_proxy(whole):
    whole.note_anew()
    headers = {"Host": urlsplit(whole.address).netloc, "Content-Type": "application/json"}
    assert whole.send(Message("POST", "/carriers/largest/", headers, b" " * 65536)).status == 404
    assert whole.send(Message("POST", "/carriers/larger/", headers, b" " * 65537)).status == 413
    noted = whole.noted("POST /carriers/largest/", "POST /carriers/larger/")
    assert ".sock" in noted["POST /carriers/largest/"]
    assert ".sock" not in noted["POST /carriers/larger/"]


def test_a_request_has_one_name_in_the_logs_of_all(whole):
    whole.note_anew()
    name = Desk(whole).get("/help/").headers["X-Request-ID"]
    assert whole.noted("GET /help/")["GET /help/"].endswith(f" {name}")


def test_figures_are_for_those_within(whole):
    """What one process counts is nobody's business out there, and would be another's at the next answer."""
    whole.note_anew()
    assert Desk(whole).get("/metrics").status == 404
    assert ".sock" not in whole.noted("GET /metrics")["GET /metrics"]


def test_a_text_is_carried_by_the_worker(whole):
    somebody = Subscriber(whole)
    somebody.verify_number()
    somebody.sign_in()
    log = (whole.folder / "logs" / "worker.log").read_text()
    assert log.count("twofactor.deliver") >= 2


def test_static_files_are_kept_for_ever_and_carry_the_headers_of_pages(whole):
    desk = Desk(whole)
    desk.get("/sign-in/")
    found = re.findall(r'(?:href|src)="(/static/[^"]+)"', desk.page)
    assert found
    for path in found:
        answer = desk.get(path)
        assert answer.status == 200
        assert "max-age=315360000" in answer.headers["Cache-Control"]
        assert "immutable" in answer.headers["Cache-Control"]
        assert answer.headers["X-Content-Type-Options"] == "nosniff"


def test_the_proxy_notes_no_token(whole):
    """SECURITY: a link of a mail opens something to whoever reads it in a log."""
    whole.note_anew()
    desk = Desk(whole)
    for path in ("/stop/a-token-of-a-link/", "/password/new/a-token-of-a-link/", "/help/?a-token-of-a-link"):
        desk.get(path)
    headers = {"Host": urlsplit(whole.address).netloc}
    large = Message("POST", "/stop/a-token-of-a-link/?a-token-of-a-link", headers, b" " * 65537)
    assert whole.send(large).status == 413
    noted = whole.noted("GET /stop/-", "GET /password/new/-", "GET /help/", "POST /stop/-")
    assert "a-token-of-a-link" not in "".join(noted.values())
    assert "a-token-of-a-link" not in (whole.folder / "logs" / "proxy.log").read_text()


def test_nobody_else_reaches_a_process_or_a_secret(whole):
    modes = {path: stat.S_IMODE(path.stat().st_mode) for path in [whole.folder, *whole.folder.iterdir()]}
    assert modes[whole.folder / "secrets.json"] == 0o600
    assert not any(modes[whole.folder / name] & 0o007 for name in ("database", "bell", "doors", "logs"))
    # Root's own have to be passed by the users of the database and of the proxy.
    assert modes[whole.folder] == (0o711 if os.geteuid() == 0 else 0o700)


def test_its_commands_reach_the_data_of_the_running_form(whole, owner: Owner):
    done = whole.manage("audit", "verify")
    assert done.returncode == 0, done.stderr
    count = whole.one("SELECT count(*) FROM accounts_auditevent")
    assert str(count) in done.stdout.replace(",", "")


def test_a_second_one_on_the_same_folder_is_refused(whole):
    done = subprocess.run(
        [sys.executable, "-m", "portal.cluster"],
        env=whole.environment(PORT=str(free_port())),
        capture_output=True,
        text=True,
        timeout=PATIENCE,
    )
    assert done.returncode == 1
    assert "is running on the data in" in done.stderr


def test_a_proxy_that_is_killed_leaves_nobody_behind_who_keeps_its_port(whole, owner: Owner):
    """What its master has begun would serve people for as long as nothing changes, and let no other come up."""
    first = proxies(whole)
    owner.begin()
    started = Path(f"/proc/{whole.process.pid}/task/{whole.process.pid}/children").read_text().split()
    os.kill((first & set(map(int, started))).pop(), signal.SIGKILL)
    whole.expect("proxy has ended by itself")
    end = monotonic() + PATIENCE
    while first & proxies(whole) or not proxies(whole) or not whole.answers_at_its_door():
        assert monotonic() < end, (first, proxies(whole))
        whole.sql.execute("SELECT pg_sleep(0.05)")
    owner.approve(owner.phone.challenge())
    assert owner.desk.post("/sign-in/finish/").leads_to == "/"


def proxies(whole) -> set[int]:
    """The master and what it has begun, whoever is their parent now: they alone have its log open."""
    log = str(whole.folder / "logs" / "requests.log")
    return {int(open_file.parts[2]) for open_file in Path("/proc").glob("[0-9]*/fd/*") if _leads(open_file) == log}


def _leads(link: Path) -> str:
    try:
        return os.readlink(link)
    except OSError:  # it was just closed
        return ""


def test_an_upgrade_loses_no_sign_in(whole, owner: Owner):
    """Begun before it, approved in the midst of it, finished after it, and nobody on the way sees an accident."""
    owner.begin()
    challenge = owner.phone.challenge()
    before = len(whole.answers)
    with owner.desk.watch(whole.servers[0]) as watching:
        hear(watching, "waiting", SOON)
        with whole.renewing():
            while not whole.has_said("portal-1 has started anew"):
                assert owner.desk.state() == "waiting"
            # The other one is just about to end.
            owner.approve(challenge)
            while not whole.has_said("portal-2 has started anew"):
                assert owner.desk.state() == "approved"
    assert owner.desk.post("/sign-in/finish/").leads_to == "/"
    assert owner.desk.is_in()
    assert [str(answer) for answer in whole.answers[before:] if answer.status >= 500] == []


def test_it_keeps_its_data_from_one_start_to_the_next(whole, owner: Owner):
    owner.begin()
    assert whole.end() == 0
    try:
        http.client.HTTPConnection("127.0.0.1", whole.port, timeout=1).request("GET", "/")
    except ConnectionRefusedError:
        pass
    else:
        raise AssertionError("somebody still listens")
    whole.sql.close()
    whole.begin()
    whole.connect()
    owner.approve(owner.phone.challenge())
    assert owner.desk.post("/sign-in/finish/").leads_to == "/"
