"""The proxy's configuration: the files of deploy/nginx, which others run as well, within what is this folder's own."""

from __future__ import annotations

from portal.cluster.place import PROXYS_USER, Place
from portal.cluster.programs import ROOT

_SHIPPED = ROOT / "deploy" / "nginx"
_MAIN = """\
{user}worker_processes 2;
error_log stderr warn;
pid {place}/nginx.pid;

events {{
    worker_connections 4096;
}}

http {{
    include "{shipped}/http.conf";
    access_log {logs}/requests.log portal;
    client_body_temp_path {place}/body;
    proxy_temp_path {place}/answers;
    fastcgi_temp_path {place}/unused;
    uwsgi_temp_path {place}/unused;
    scgi_temp_path {place}/unused;

    upstream portal {{
        zone portal 64k;
{servers}
    }}

    server {{
{listens}
        include "{shipped}/server.conf";
    }}
}}
"""


def write(place: Place) -> None:
    """Put nginx.conf into the proxy's folder."""
    servers = [f"        server unix:{place.door(number)} max_fails=0;" for number in place.numbers]
    addresses = (f"[{address}]" if ":" in address else address for address in place.listens.addresses)
    text = _MAIN.format(
        user=f"user {PROXYS_USER};\n" if place.by_root else "",
        place=place.proxy,
        logs=place.logs,
        shipped=_SHIPPED,
        servers="\n".join(servers),
        listens="\n".join(f"        listen {address}:{place.listens.port};" for address in addresses),
    )
    (place.proxy / "nginx.conf").write_text(text, encoding="utf-8")
