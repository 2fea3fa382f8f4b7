"""Serving the VC-API as a process, over HTTP or over HTTPS with a certificate that ends with the process.

The certificate is self-signed and for the loopback names: it is for programs that dereference ``https``
addresses only, as the Bitstring Status List suite does, and that are told to trust any certificate. Who
serves others puts a reverse proxy with a real one in front and sets ``VC_API_PUBLIC_URL``.
"""

import ipaddress
import os
import tempfile
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

import uvicorn
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from digital_resume.adapters.clock import SystemClock
from digital_resume.vc_api.app import create_app
from digital_resume.vc_api.settings import VcApiSettings
from digital_resume.web.serving import HARDENED, LOGGING

_LIFETIME: Final = timedelta(days=397)
_NAMES: Final[tuple[x509.GeneralName, ...]] = (
    x509.DNSName("localhost"),
    x509.IPAddress(ipaddress.IPv4Address("127.0.0.1")),
    x509.IPAddress(ipaddress.IPv6Address("::1")),
)


def serve(host: str, port: int, *, https: bool = False) -> None:
    """Serve until the process is told to end.

    Args:
        host: address to listen on.
        port: its port.
        https: whether to speak HTTPS with a certificate of its own.
    """
    name = f"[{host}]" if ":" in host else host
    os.environ.setdefault("VC_API_PUBLIC_URL", f"{'https' if https else 'http'}://{name}:{port}")
    options: dict[str, Any] = {
        "host": host,
        "port": port,
        "log_level": "warning",
        "log_config": LOGGING,
        **HARDENED,
    }
    app = create_app(VcApiSettings())
    if not https:
        uvicorn.run(app, **options)
        return
    # A folder that only this user can open, gone when the process ends.
    with tempfile.TemporaryDirectory(prefix="vc-api-") as folder:
        certificate, key = _throwaway_certificate(Path(folder))
        uvicorn.run(app, **options, ssl_certfile=str(certificate), ssl_keyfile=str(key))


def _throwaway_certificate(folder: Path) -> tuple[Path, Path]:
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    now = SystemClock().now()
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(minutes=5))
        .not_valid_after(now + _LIFETIME)
        .add_extension(x509.SubjectAlternativeName(_NAMES), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    certificate_file, key_file = folder / "certificate.pem", folder / "key.pem"
    certificate_file.write_bytes(certificate.public_bytes(Encoding.PEM))
    key_file.touch(0o600)
    key_file.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    return certificate_file, key_file
