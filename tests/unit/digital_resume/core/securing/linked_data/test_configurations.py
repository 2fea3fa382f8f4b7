"""Templates of proof configurations: what they give is what canonicalising gives."""

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from digital_resume.core.errors import ResumeError
from digital_resume.core.keys.signing import LocalSigner
from digital_resume.core.securing.linked_data import configurations
from digital_resume.core.securing.linked_data.canonicalizer import default_canonicalizer
from digital_resume.core.securing.linked_data.configurations import Configurations
from digital_resume.core.securing.linked_data.rdfc import HashName

NOW = datetime(2026, 11, 24, 6, tzinfo=UTC)
V2 = "https://www.w3.org/ns/credentials/v2"
BADGES = "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json"
SIGNERS = {
    "eddsa-rdfc-2022": LocalSigner("Ed25519", b"\x01" * 32),
    "eddsa-jcs-2022": LocalSigner("Ed25519", b"\x01" * 32),
    "ecdsa-rdfc-2019": LocalSigner("P-384", b"\x01" * 48),
    "ecdsa-jcs-2019": LocalSigner("P-256", b"\x01" * 32),
    "ecdsa-sd-2023": LocalSigner("P-256", b"\x01" * 32),
}
CREDENTIAL: dict[str, Any] = {
    "@context": [V2, {"Degree": "urn:t:Degree", "major": "urn:t:major"}],
    "type": ["VerifiableCredential", "Degree"],
    "issuer": "did:example:issuer",
    "credentialSubject": {"id": "did:example:subject", "major": "법학"},
}
OPTIONS = {
    "type": "DataIntegrityProof",
    "cryptosuite": "eddsa-rdfc-2022",
    "created": "2026-11-24T06:00:00Z",
    "verificationMethod": SIGNERS["eddsa-rdfc-2022"].verification_method,
    "proofPurpose": "assertionMethod",
}


class _Text(str):
    __slots__ = ()


contexts = st.sampled_from(
    [V2, [V2], [V2, BADGES], [V2, {"a": "urn:a"}], [], None, "urn:unknown", [V2, "urn:unknown"], 7, {"a": 1}]
)
values = st.sampled_from(
    [
        *OPTIONS.values(),
        "1970-01-01T00:00:00Z",
        "2026-02-30T00:00:00Z",
        "2026-11-24T06:00:00.5Z",
        "",
        "x y",
        '"',
        "\n",
        "_:b",
        "urn:x",
        "urn:1970-01-01T00:00:00Z",
        "authentication",
        "\ud800",
        None,
        1,
        True,
        1.5,
        [],
        ["assertionMethod"],
        {"id": "urn:x"},
        {"type": "Multikey"},
        _Text("assertionMethod"),
    ]
)
names = st.sampled_from([*OPTIONS, "id", "challenge", "domain", "expires", "unknown"])
options = st.one_of(
    st.just(OPTIONS),
    st.datetimes().map(lambda moment: {**OPTIONS, "created": f"{moment:%Y-%m-%dT%H:%M:%SZ}"}),
    st.dictionaries(names, values, max_size=3).map(lambda changes: {**OPTIONS, **changes}),
    st.dictionaries(names, values, max_size=6),
)
CANONICALIZER = default_canonicalizer()
KEPT = Configurations(CANONICALIZER)


def outcome(call: Any) -> Any:
    try:
        return call()
    except ResumeError as error:
        return type(error), error.code, error.message, error.context


@settings(max_examples=400, deadline=None)
@given(options, contexts, st.sampled_from(["sha256", "sha384"]))
def test_a_template_gives_what_canonicalising_gives(
    found: dict[str, Any], context: Any, hash_name: HashName
) -> None:
    wanted = outcome(lambda: CANONICALIZER.canonicalize({**found, "@context": context}, hash_name=hash_name))
    # Once to make the template, once to use it; and another moment may have made it.
    for _ in range(2):
        assert outcome(lambda: KEPT.canonicalize(found, context, hash_name=hash_name)) == wanted


def test_templates_are_used_and_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(configurations, "MAX_TEMPLATES", 3)
    kept = Configurations(CANONICALIZER)
    for number in range(9):
        method = f"did:example:a#{number}"
        for created in ("2026-11-24T06:00:00Z", "2027-11-24T06:00:00Z"):
            found = {**OPTIONS, "verificationMethod": method, "created": created}
            assert created.encode() in kept.canonicalize(found, [V2], hash_name="sha256")
    assert kept._template.cache_info()[:2] == (9, 9)
    assert kept._template.cache_info().currsize == 3
    kept.canonicalize(
        {**OPTIONS, "verificationMethod": "did:example:" + "a" * 2_000}, [V2], hash_name="sha256"
    )
    kept.canonicalize({**OPTIONS, "id": "urn:x"}, [V2], hash_name="sha256")
    kept.canonicalize(OPTIONS, [V2, {"a": "urn:a"}], hash_name="sha256")
    assert kept._template.cache_info().misses == 9
