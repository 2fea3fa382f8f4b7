"""Related resources: what is at hand must have the digest that the credential names."""

import base64
import hashlib
from typing import Any

import pytest

from digital_resume.core.credentials.vcdm_resources import MAX_RESOURCES, check_related_resources
from digital_resume.core.encoding.base64url import b64u_encode
from digital_resume.core.errors import SchemaError

URL = "https://a.example/context"
CONTENT = b"the resource"


def loader(url: str) -> bytes | None:
    return CONTENT if url == URL else None


def sri(content: bytes = CONTENT, algorithm: str = "sha384") -> str:
    digest = hashlib.new(algorithm, content).digest()
    return f"{algorithm}-{base64.b64encode(digest).decode()}"


def multihash(content: bytes = CONTENT) -> str:
    return "u" + b64u_encode(b"\x12\x20" + hashlib.sha256(content).digest())


def check(*resources: dict[str, Any]) -> None:
    check_related_resources({"relatedResource": list(resources)}, loader)


@pytest.mark.parametrize(
    "digests",
    [
        {"digestSRI": sri()},
        {"digestSRI": sri(algorithm="sha256")},
        {"digestSRI": f"{sri()} {sri(algorithm='sha512')}"},
        {"digestMultibase": multihash()},
        {"digestSRI": sri(), "digestMultibase": multihash(), "mediaType": "application/ld+json"},
    ],
)
def test_a_resource_that_has_its_digest_is_accepted(digests: dict[str, Any]) -> None:
    check({"id": URL, **digests})


@pytest.mark.parametrize(
    "digests",
    [
        {"digestSRI": sri(b"other")},
        {"digestMultibase": multihash(b"other")},
        {"digestSRI": sri(), "digestMultibase": multihash(b"other")},
        {"digestSRI": f"{sri()} {sri(b'other')}"},
    ],
)
def test_another_content_is_refused(digests: dict[str, Any]) -> None:
    with pytest.raises(SchemaError) as caught:
        check({"id": URL, **digests})
    assert caught.value.code == "related_resource_digest"


def test_what_is_not_at_hand_is_left_unchecked() -> None:
    check({"id": "https://a.example/elsewhere", "digestSRI": sri(b"whatever")})
    check_related_resources({"relatedResource": {"id": URL, "digestSRI": sri(b"whatever")}})
    check_related_resources({})


@pytest.mark.parametrize(
    "resources",
    [
        [],
        [{"id": "no url", "digestSRI": sri()}],
        [{"id": URL}],
        [{"id": URL, "digestSRI": "md5-AAAA"}],
        [{"id": URL, "digestMultibase": "uAAAA"}],
        [{"id": URL, "digestSRI": sri(), "mediaType": "text"}],
        [{"id": URL, "digestSRI": sri()}, {"id": URL, "digestSRI": sri()}],
        [{"id": f"{URL}/{number}", "digestSRI": sri()} for number in range(MAX_RESOURCES + 1)],
        ["text"],
    ],
)
def test_what_has_not_the_form_is_refused(resources: list[Any]) -> None:
    with pytest.raises(SchemaError) as caught:
        check_related_resources({"relatedResource": resources}, loader)
    assert caught.value.code == "related_resource"
