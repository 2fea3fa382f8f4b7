"""ECDSA signatures at the edges: AWS-LC, which verifies, says what OpenSSL says."""

import hashlib
import threading

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from hypothesis import given, settings
from hypothesis import strategies as st

from digital_resume.core.errors import ProofError
from digital_resume.core.keys.multikey import Curve
from digital_resume.core.keys.signing import _EC, LocalSigner, PublicKey

CURVES: tuple[Curve, ...] = ("P-256", "P-384")
SIGNERS = {curve: LocalSigner(curve, b"\x07" * _EC[curve].size) for curve in CURVES}
HASHES: dict[str, hashes.HashAlgorithm] = {"P-256": hashes.SHA256(), "P-384": hashes.SHA384()}
DATA = b"what was signed"


def holds(key: PublicKey, signature: bytes, data: bytes) -> bool:
    try:
        key.verify(signature, data)
    except ProofError:
        return False
    return True


def openssl_holds(key: PublicKey, signature: bytes, data: bytes) -> bool:
    size = _EC[key.curve].size
    r, s = (int.from_bytes(part, "big") for part in (signature[:size], signature[size:]))
    point = ec.EllipticCurvePublicKey.from_encoded_point(_EC[key.curve].curve, key.raw)
    try:
        point.verify(encode_dss_signature(r, s), data, ec.ECDSA(HASHES[key.curve]))
    except InvalidSignature:
        return False
    return True


@pytest.mark.parametrize("curve", CURVES)
def test_numbers_at_the_edges_are_refused_as_openssl_refuses_them(curve: Curve) -> None:
    key, size, order = SIGNERS[curve].public_key, _EC[curve].size, _EC[curve].order
    good = SIGNERS[curve].sign(DATA)
    r, s = int.from_bytes(good[:size], "big"), int.from_bytes(good[size:], "big")
    edges = (0, 1, 2, order - 1, order, order + 1, 2 ** (8 * size) - 1, r, s, order - s)
    accepted = []
    for first in edges:
        for second in edges:
            signature = first.to_bytes(size, "big") + second.to_bytes(size, "big")
            found = holds(key, signature, DATA)
            assert found == openssl_holds(key, signature, DATA)
            if found:
                accepted.append((first, second))
    # Both signatures of one r are valid ECDSA; what must be one is told by what was signed.
    assert sorted(accepted) == sorted([(r, s), (r, order - s)])


@pytest.mark.parametrize("curve", CURVES)
@pytest.mark.parametrize("change", [-1, 1, -64, 8])
def test_another_length_is_refused(curve: Curve, change: int) -> None:
    signature = SIGNERS[curve].sign(DATA)
    other = signature + b"\0" * change if change > 0 else signature[:change]
    assert not holds(SIGNERS[curve].public_key, other, DATA)


@settings(max_examples=200, deadline=None)
@given(
    curve=st.sampled_from(CURVES),
    place=st.integers(0, 95),
    bit=st.integers(0, 7),
    data=st.binary(max_size=99),
)
def test_one_changed_bit_is_refused(curve: Curve, place: int, bit: int, data: bytes) -> None:
    key, signature = SIGNERS[curve].public_key, bytearray(SIGNERS[curve].sign(data))
    assert holds(key, bytes(signature), data)
    signature[place % len(signature)] ^= 1 << bit
    assert not holds(key, bytes(signature), data)
    assert not holds(key, SIGNERS[curve].sign(data), data + b"\0")


def test_a_key_verifies_in_many_threads_at_once() -> None:
    key = SIGNERS["P-256"].public_key
    signed = [(SIGNERS["P-256"].sign(bytes([number])), bytes([number])) for number in range(64)]
    wrong: list[int] = []

    def work() -> None:
        for turn in range(20):
            for number, (signature, data) in enumerate(signed):
                expected = (turn + number) % 2 == 0
                if holds(key, signature, data if expected else hashlib.sha256(data).digest()) != expected:
                    wrong.append(number)

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong
