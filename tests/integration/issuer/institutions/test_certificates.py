"""An institution's certificates: requested, checked, carried by its credentials and its metadata."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID
from openvc import VerificationPolicy, verify_credential

from digital_resume.core.errors import ResumeError
from digital_resume.core.identifiers.did import verification_key
from digital_resume.core.securing.jws import parse_compact
from issuer.institutions import repository
from issuer.institutions.certificates import certificate_request, set_certificates
from tests.integration.issuer.rig import Rig, Wallet

DAY = timedelta(days=1)


@dataclass
class Authority:
    """An authority of X.509 with its key and certificate."""

    name: x509.Name
    key: ec.EllipticCurvePrivateKey
    certificate: x509.Certificate

    @classmethod
    def make(cls, rig: Rig, common_name: str, issuer: "Authority | None" = None) -> "Authority":
        """Make an authority: a root, or one that another has certified."""
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])
        key = ec.generate_private_key(ec.SECP256R1())
        by = issuer or cls(name, key, None)  # type: ignore[arg-type] # a root has no certificate before this one
        return cls(name, key, _sign(rig, by, name, key.public_key(), authority=True))

    def certify(
        self,
        rig: Rig,
        request: x509.CertificateSigningRequest,
        *,
        san: Sequence[x509.GeneralName] | None = None,
        starts: timedelta = -DAY,
    ) -> x509.Certificate:
        """Certify what was requested; other names where they are given."""
        requested = request.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        names = list(requested) if san is None else list(san)
        return _sign(rig, self, request.subject, request.public_key(), names=names, starts=starts)


def _sign(
    rig: Rig,
    by: Authority,
    subject: x509.Name,
    public: Any,
    *,
    authority: bool = False,
    names: Sequence[x509.GeneralName] = (),
    starts: timedelta = -DAY,
) -> x509.Certificate:
    now = rig.clock.now()
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(by.name)
        .public_key(public)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now + starts)
        .not_valid_after(now + starts + 2 * DAY)
        .add_extension(x509.BasicConstraints(ca=authority, path_length=None), critical=True)
    )
    usage = dict.fromkeys(
        (
            "content_commitment",
            "key_encipherment",
            "data_encipherment",
            "key_agreement",
            "encipher_only",
            "decipher_only",
        ),
        False,
    )
    builder = builder.add_extension(
        x509.KeyUsage(digital_signature=True, key_cert_sign=authority, crl_sign=authority, **usage),
        critical=True,
    )
    identifier = x509.AuthorityKeyIdentifier.from_issuer_public_key(by.key.public_key())
    builder = builder.add_extension(identifier, critical=False)
    builder = builder.add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
    if names:
        builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=False)
    return builder.sign(by.key, hashes.SHA256())


def pem(*certificates: x509.Certificate) -> bytes:
    return b"".join(certificate.public_bytes(Encoding.PEM) for certificate in certificates)


async def request_of(rig: Rig) -> x509.CertificateSigningRequest:
    async with rig.context.database.sessions() as session:
        institution = await repository.by_slug(session, "univ")
        assert institution is not None
        made = await certificate_request(session, rig.context, institution)
    return x509.load_pem_x509_csr(made)


async def keep(rig: Rig, chain: bytes | None) -> None:
    async with rig.context.database.sessions.begin() as session:
        institution = await repository.by_slug(session, "univ")
        assert institution is not None
        await set_certificates(session, rig.context, institution, chain)


async def issued(rig: Rig) -> str:
    wallet = Wallet(rig)
    _, made = await rig.offered()
    token: str = (await wallet.claim(made["offer"], made["txCode"]))["credentials"][0]["credential"]
    return token


async def test_credentials_carry_the_chain_and_openvc_believes_its_root(rig: Rig) -> None:
    root = Authority.make(rig, "Root")
    middle = Authority.make(rig, "Intermediate", root)
    request = await request_of(rig)
    assert request.is_signature_valid
    leaf = middle.certify(rig, request)
    await keep(rig, pem(leaf, middle.certificate, root.certificate))
    token = await issued(rig)
    # The root is the verifier's own.
    assert len(parse_compact(token.split("~")[0]).header["x5c"]) == 2
    policy = VerificationPolicy(require_status=False)
    believed = verify_credential(token, policy=policy, x5c_trust_anchors=[root.certificate])
    assert believed.issuer == rig.institutions["univ"].accreditable.did
    stranger = Authority.make(rig, "Stranger").certificate
    with pytest.raises(Exception, match="x5c key resolution failed"):
        verify_credential(token, policy=policy, x5c_trust_anchors=[stranger])


async def test_the_metadata_name_every_key_that_has_signed(rig: Rig) -> None:
    method = rig.institutions["univ"].verification_method
    served = await rig.http.get("/.well-known/jwt-vc-issuer/i/univ")
    assert served.headers["content-type"] == "application/json"
    assert served.json()["issuer"] == "http://localhost:8001/i/univ"
    (jwk,) = served.json()["jwks"]["keys"]
    assert jwk == {**verification_key(method).jwk(), "kid": method, "alg": "ES256", "use": "sig"}
    root = Authority.make(rig, "Root")
    await keep(rig, pem(root.certify(rig, await request_of(rig))))
    (certified,) = (await rig.http.get("/.well-known/jwt-vc-issuer/i/univ")).json()["jwks"]["keys"]
    assert len(certified["x5c"]) == 1
    await keep(rig, None)
    assert "x5c" not in parse_compact((await issued(rig)).split("~")[0]).header


FAULTS = [
    "no certificate",
    "another key",
    "not signed by the next",
    "expired",
    "not yet",
    "another name",
    "too many",
]


@pytest.mark.parametrize("fault", FAULTS)
async def test_a_chain_that_does_not_fit_is_refused(rig: Rig, fault: str) -> None:
    root, other = Authority.make(rig, "Root"), Authority.make(rig, "Other")
    request = await request_of(rig)
    good = root.certify(rig, request)
    chain = {
        "no certificate": b"-----BEGIN NOTHING-----",
        "another key": pem(Authority.make(rig, "x", root).certificate),
        "not signed by the next": pem(good, Authority.make(rig, "Root", other).certificate),
        "expired": pem(root.certify(rig, request, starts=-3 * DAY)),
        "not yet": pem(root.certify(rig, request, starts=DAY)),
        "another name": pem(root.certify(rig, request, san=[x509.DNSName("evil.example")])),
        "too many": pem(good, *[root.certificate] * 6),
    }[fault]
    with pytest.raises(ResumeError) as refused:
        await keep(rig, chain)
    assert refused.value.code == "certificate_invalid"
