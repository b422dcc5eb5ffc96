"""The demo's own certificate authority: no public one vouches for a machine in somebody's own network.

A phone that trusts it believes whoever holds its key. So it can vouch for this network's names and addresses and for
nothing else, it ends by itself after two years, and its key lies in the demo's folder, readable by its owner only.
"""

import hashlib
import ipaddress
import ssl
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import trustme
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from portal.demo.folder import write_private
from portal.demo.refusal import Refusal

AUTHORITY_LIFE = timedelta(days=730)
# iOS refuses certificates of servers that hold for longer than 825 days, also from an authority that was added by hand.
SERVER_LIFE = timedelta(days=365)
# What has less than this left is renewed at the next start.
RENEW_BEFORE = timedelta(days=30)
# A phone's clock may be slow.
_BEFORE = timedelta(days=1)

# Names and addresses that nobody owns in the world: RFC 6761, 6762, 8375; RFC 1918, 3927, 4193, 6598.
_NAMES = ("local", "localhost", "test", "home.arpa", "internal")
_NETWORKS = (
    "10.0.0.0/8",
    "172.16.0.0/12",
    "192.168.0.0/16",
    "100.64.0.0/10",
    "169.254.0.0/16",
    "127.0.0.0/8",
    "fc00::/7",
    "fe80::/10",
    "::1/128",
)


@dataclass(frozen=True)
class Authority:
    """The authority itself, and the file in which the server finds its key and its certificate."""

    certificate: x509.Certificate
    server_file: Path
    # Whether phones that trusted an earlier one have to do so again.
    is_new: bool

    @property
    def der(self) -> bytes:
        return self.certificate.public_bytes(Encoding.DER)

    @property
    def fingerprint(self) -> str:
        """SHA-256 of the certificate, as phones show it: ``A1:B2:...``."""
        return hashlib.sha256(self.der).digest().hex(":").upper()

    @property
    def title(self) -> str:
        """What a phone calls it in its list."""
        (name,) = self.certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
        return str(name.value)

    def trust(self) -> ssl.SSLContext:
        """For a client that believes this authority and no other."""
        return ssl.create_default_context(cadata=self.certificate.public_bytes(Encoding.PEM).decode())


def open_authority(folder: Path, names: Iterable[str], title: str) -> Authority:
    """The authority kept in `folder`, made or renewed where it must be, with a server's certificate for `names`.

    Raises Refusal when what stands there cannot be used.
    """
    names = tuple(names)
    folder.mkdir(mode=0o700, exist_ok=True)
    kept, kept_server = folder / "authority.pem", folder / "server.pem"
    try:
        pem = kept.read_bytes() if kept.exists() else b""
        certificate = x509.load_pem_x509_certificate(pem) if pem else None
    except (OSError, ValueError):
        raise Refusal(f"{kept} cannot be read: remove it, and phones have to trust a new one.") from None
    is_new = certificate is None or _ends_soon(certificate) or not all(_may(certificate, name) for name in names)
    if is_new:
        pem = _new_authority(names, title)
        write_private(kept, pem.decode())
    certificate = x509.load_pem_x509_certificate(pem)
    write_private(folder / "authority.crt", certificate.public_bytes(Encoding.PEM).decode())
    if not _serves(kept_server, certificate, names):
        write_private(kept_server, _new_server(pem, certificate, names).decode())
    return Authority(certificate, kept_server, is_new)


def _new_authority(names: tuple[str, ...], title: str) -> bytes:
    """Key and certificate. trustme's own authorities are for every name there is, and until the year 3000."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, title)])
    now = datetime.now(UTC)
    permitted: list[x509.GeneralName] = [x509.DNSName(name) for name in _NAMES]
    permitted += [x509.IPAddress(ipaddress.ip_network(network)) for network in _NETWORKS]
    # Chosen with HOST=, so it is somebody's own: a name of a home's router, say.
    permitted += [_subtree(name) for name in names if not _covered(name, permitted)]
    signs = {"key_cert_sign": True, "crl_sign": True}
    others = ("digital_signature", "content_commitment", "key_encipherment", "data_encipherment", "key_agreement")
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - _BEFORE)
        .not_valid_after(now + AUTHORITY_LIFE)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(
            x509.KeyUsage(**signs, **dict.fromkeys(others, False), encipher_only=False, decipher_only=False),
            critical=True,
        )
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        # SECURITY: with this, a stolen key of this authority opens no bank and no mail to whoever holds it.
        .add_extension(x509.NameConstraints(permitted_subtrees=permitted, excluded_subtrees=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    return _pem(key) + certificate.public_bytes(Encoding.PEM)


def _new_server(authority: bytes, certificate: x509.Certificate, names: tuple[str, ...]) -> bytes:
    signer = trustme.CA.from_pem(authority, authority)
    now = datetime.now(UTC)
    end = min(now + SERVER_LIFE, certificate.not_valid_after_utc)
    made = signer.issue_cert(
        *names,
        organization_name="Client Portal",
        organization_unit_name=names[0],
        not_before=now - _BEFORE,
        not_after=end,
    )
    return made.private_key_and_cert_chain_pem.bytes()


def _pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def _serves(file: Path, authority: x509.Certificate, names: tuple[str, ...]) -> bool:
    """Whether the server's certificate is this authority's, for exactly these names, and holds for a while yet."""
    try:
        pem = file.read_bytes()
        certificate = x509.load_pem_x509_certificate(pem)
        load_pem_private_key(pem, None)
        certificate.verify_directly_issued_by(authority)
        held = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except Exception:  # noqa: BLE001 - whatever is wrong with it, a new one is made
        return False
    return not _ends_soon(certificate) and {str(name.value) for name in held} == set(names)


def _ends_soon(certificate: x509.Certificate) -> bool:
    return certificate.not_valid_after_utc - datetime.now(UTC) < RENEW_BEFORE


def _may(certificate: x509.Certificate, name: str) -> bool:
    """Whether this authority can vouch for the name."""
    held = certificate.extensions.get_extension_for_class(x509.NameConstraints).value
    return _covered(name, held.permitted_subtrees or [])


def _covered(name: str, permitted: Iterable[x509.GeneralName]) -> bool:
    wanted = _subtree(name)
    same = [each.value for each in permitted if type(each) is type(wanted)]
    if isinstance(wanted, x509.DNSName):
        return any(wanted.value == each or wanted.value.endswith(f".{each}") for each in same)
    return any(ipaddress.ip_address(name) in each for each in same)


def _subtree(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_network(name.partition("%")[0]))
    except ValueError:
        return x509.DNSName(name)
