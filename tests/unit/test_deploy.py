"""What deploy/ ships: each file is read by the program it is for, or as that would read it."""

import re
import shutil
import socket
import ssl
import subprocess
from collections.abc import Iterator
from pathlib import Path
from time import monotonic

import pytest
import trustme
import yaml
from django.conf import settings

from tests.unit.test_supply import ROOT

DEPLOY = ROOT / "deploy"
OURS = re.compile(r"\b(PORTAL_[A-Z_]+|DATABASE_URL|REDIS_URL)=?")
PATIENCE = 20
# Read by compose itself.
COMPOSES_OWN = {"PORTAL_VERSION"}


# --- The proxy -----------------------------------------------------------------------------------------------------


def nginx() -> str:
    found = shutil.which("nginx", path="/usr/sbin:/usr/bin:/usr/local/sbin:/usr/local/bin")
    assert found, "These tests need nginx: apt-get install -y --no-install-recommends nginx (`make test` does it)."
    return found


@pytest.fixture
def installed(tmp_path) -> Path:
    """The files as a machine has them, only that its folders lie in another one and its ports are sockets."""
    shutil.copytree(DEPLOY / "nginx", tmp_path / "portal")
    (tmp_path / "tls").mkdir()
    made = trustme.CA().issue_cert("portal.example")
    made.cert_chain_pems[0].write_to_path(tmp_path / "tls" / "portal.pem")
    made.private_key_pem.write_to_path(tmp_path / "tls" / "portal.key")
    for file in (tmp_path / "portal").iterdir():
        text = file.read_text().replace("/etc/nginx", str(tmp_path)).replace("/run/nginx.pid", f"{tmp_path}/pid")
        text = text.replace("/var/log/nginx", str(tmp_path))
        text = re.sub(r"listen (?:\[::\]:|127\.0\.0\.1:)?(\d+)", rf"listen unix:{tmp_path}/\1.sock", text)
        file.write_text(once(text))
    return tmp_path


def once(text: str) -> str:
    """Of a line for each family of addresses the first: a socket in the file system has none."""
    kept: list[str] = []
    for line in text.splitlines():
        if not (line.strip().startswith("listen ") and kept and line in kept[-4:]):
            kept.append(line)
    return "\n".join(kept) + "\n"


@pytest.mark.parametrize("upstream", ["upstream.conf", "upstream-compose.conf"])
def test_the_proxy_reads_its_configuration_without_a_complaint(installed, upstream):
    text = (installed / "portal" / upstream).read_text()
    # Names that only containers know, and a word that only their nginx knows.
    known = re.sub(r"portal-\d:8000 resolve", "127.0.0.1:9", text)
    (installed / "portal" / "upstream.conf").write_text(re.sub(r"resolver .*;", "", known))
    if upstream != "upstream.conf":
        assert len(set(re.findall(r"portal-\d", text))) == 2
    main = installed / "portal" / "nginx.conf"
    main.write_text(main.read_text().replace("# include", "include"))
    command = [nginx(), "-t", "-c", str(installed / "portal" / "nginx.conf"), "-p", str(installed), "-e", "stderr"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=20)
    assert done.returncode == 0, done.stderr
    assert "[emerg]" not in done.stderr


@pytest.fixture
def proxy(installed) -> Iterator[Path]:
    """It runs; behind it one process refuses, and the other one is gone. Gives the socket of its port for https."""
    text = (installed / "portal" / "upstream.conf").read_text()
    text = text.replace("unix:/run/portal/1.sock", "127.0.0.1:9").replace("/run/portal", str(installed))
    (installed / "portal" / "upstream.conf").write_text(text)
    command = [nginx(), "-c", str(installed / "portal" / "nginx.conf"), "-p", str(installed), "-e", "stderr"]
    with subprocess.Popen(
        [*command, "-g", "daemon off;"], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
    ) as running:
        door = installed / "443.sock"
        end = monotonic() + PATIENCE
        while not (installed / "pid").exists():
            assert running.poll() is None, running.stderr.read()
            assert monotonic() < end
        yield door
        running.terminate()


def handshake(door: Path, name: str) -> ssl.SSLSocket:
    trusting = ssl.create_default_context()
    trusting.check_hostname, trusting.verify_mode = False, ssl.CERT_NONE
    line = socket.socket(socket.AF_UNIX)
    line.settimeout(PATIENCE)
    line.connect(str(door))
    return trusting.wrap_socket(line, server_hostname=name)


def test_where_no_process_answers_the_proxy_says_so_and_when_to_come_again(proxy):
    with handshake(proxy, "portal.example") as line:
        line.sendall(b"GET / HTTP/1.1\r\nHost: portal.example\r\nConnection: close\r\n\r\n")
        said = b"".join(iter(lambda: line.recv(4096), b"")).decode()
    assert said.startswith("HTTP/1.1 503 ")
    assert "Retry-After: 5\r\n" in said
    assert "Please try again" in said
    assert "請稍後再試" in said


def test_the_proxy_notes_no_token_of_what_it_could_not_pass_on(installed, proxy):
    """SECURITY: of each of these it would tell at another level, each time with all that was asked for."""
    for more in ("", f"Content-Length: {65 * 1024}\r\n"):
        with handshake(proxy, "portal.example") as line:
            head = f"POST /stop/marked/?marked HTTP/1.1\r\nHost: portal.example\r\nConnection: close\r\n{more}\r\n"
            line.sendall(head.encode())
            assert re.match(rb"HTTP/1.1 (413|503) ", b"".join(iter(lambda: line.recv(4096), b"")))
    logs = {log.name: log.read_text() for log in installed.glob("*.log")}
    assert logs.keys() == {"access.log", "error.log"}
    assert re.findall(r'"POST /stop/-" (\d+) ', logs["access.log"]) == ["503", "413"]
    assert "marked" not in "".join(logs.values())


def test_the_proxy_knows_no_other_name(proxy):
    with pytest.raises(ssl.SSLError):
        handshake(proxy, "elsewhere.example")


def test_the_proxy_writes_its_logs_where_they_can_be_opened():
    """Under systemd /dev/stdout and /dev/stderr are sockets, which nobody opens: the proxy would not start."""
    text = (DEPLOY / "nginx" / "nginx.conf").read_text()
    assert set(re.findall(r"(?:error|access)_log (\S+)", text)) == {
        "/var/log/nginx/error.log",
        "/var/log/nginx/access.log",
    }


def test_between_containers_the_proxy_asks_for_their_addresses_again():
    """One that is made anew may have another one, and where one has no name at the moment the proxy would not start."""
    servers = re.findall(r"server (\S+) (.*);", (DEPLOY / "nginx" / "upstream-compose.conf").read_text())
    assert [name for name, _ in servers] == ["portal-1:8000", "portal-2:8000"]
    assert all("resolve" in words.split() for _, words in servers)


def test_the_proxy_replaces_what_it_is_told_of_addresses():
    """SECURITY: R-52."""
    text = (DEPLOY / "nginx" / "server.conf").read_text()
    assert "proxy_set_header X-Forwarded-For $remote_addr;" in text
    assert "proxy_set_header X-Forwarded-Proto $scheme;" in text
    assert f"client_max_body_size {settings.DATA_UPLOAD_MAX_MEMORY_SIZE // 1024}k;" in text


# --- Containers ----------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def composed() -> dict:
    return yaml.safe_load((DEPLOY / "compose.yaml").read_text())


def test_every_container_is_guarded(composed):
    """ASVS 13.2.2: no root, no rights, nothing to write on but what is named."""
    for name, service in composed["services"].items():
        assert service["read_only"] is True, name
        assert service["cap_drop"] == ["ALL"], name
        assert service["security_opt"] == ["no-new-privileges:true"], name
        assert service.get("user", "portal") != "root", name
        assert "privileged" not in service, name
        assert "build" in service or service.get("user"), name


def test_images_are_named_by_a_tag_that_stays_and_the_file_says_how_to_pin_them(composed):
    images = {service["image"] for service in composed["services"].values()}
    assert all(re.search(r":[\w.${}:-]+$", image) for image in images)
    assert "@sha256:" in (DEPLOY / "compose.yaml").read_text()


def test_only_the_proxy_listens_to_the_world_and_the_database_to_the_inside(composed):
    listening = {name for name, service in composed["services"].items() if service.get("ports")}
    assert listening == {"proxy"}
    assert composed["networks"]["inside"]["internal"] is True
    for name in ("database", "bell"):
        assert composed["services"][name]["networks"] == ["inside"]


def test_whatever_serves_says_whether_it_is_well(composed):
    for name in ("portal-1", "portal-2", "worker", "database", "bell", "proxy"):
        assert composed["services"][name]["healthcheck"]["test"], name


def test_no_secret_stands_in_what_is_shipped():
    for file in files():
        assert not re.search(r"(SECRET_KEY|PEPPER|FIELD_KEYS|PASSWORD)=[\w-]{8,}", file.read_text()), file


@pytest.mark.parametrize(
    ("folder", "names"),
    [([], {"portal.env", "database.env"}), (["settings"], {"portal.env"})],
    ids=["containers", "units"],
)
def test_secrets_are_made_once_and_for_their_owner_alone(tmp_path, folder, names):
    shutil.copy(DEPLOY / "secrets", tmp_path)
    place = tmp_path.joinpath(*folder)
    command = ["sh", str(tmp_path / "secrets"), "https://portal.example", *(str(place) for _ in folder)]
    assert subprocess.run(command, capture_output=True, timeout=20).returncode == 0
    made = {path.name: path.read_text() for path in place.glob("*.env")}
    assert set(made) == names
    assert all(path.stat().st_mode & 0o077 == 0 for path in place.glob("*.env"))
    assert subprocess.run(command, capture_output=True, timeout=20).returncode == 1
    assert {path.name: path.read_text() for path in place.glob("*.env")} == made
    values = dict(line.split("=", 1) for line in made["portal.env"].splitlines())
    # Django warns of fewer than 50.
    assert len(values["PORTAL_SECRET_KEY"]) == len(values["PORTAL_PEPPER"]) == 64
    assert made.get("database.env", "=").splitlines()[-1].partition("=")[2] in values["DATABASE_URL"]


# --- All of them ---------------------------------------------------------------------------------------------------


def files() -> Iterator[Path]:
    return (path for path in DEPLOY.rglob("*") if path.is_file() and not path.is_symlink())


def test_every_setting_that_they_name_exists():
    named = {name: file for file in files() for name in OURS.findall(file.read_text())}
    assert named
    assert {name: file for name, file in named.items() if name not in {*settings.PORTAL_VARIABLES, *COMPOSES_OWN}} == {}


def test_whoever_hashes_may_give_way_under_systemd():
    """What is allowed last is allowed, though a whole group of calls with it was refused before."""
    unit = (DEPLOY / "systemd" / "portal@.service").read_text()
    assert re.findall(r"^SystemCallFilter=(.*)$", unit, re.MULTILINE)[-1] == "setpriority"
