"""Metadata of every type."""

from digital_resume.core.credentials.catalog import default_catalog
from issuer.openid4vci.metadata import build_type_document


def test_every_type_has_metadata_in_two_languages() -> None:
    for kind in default_catalog().all_types():
        document = build_type_document(kind)
        assert document["vct"] == kind.vct
        assert [entry["locale"] for entry in document["display"]] == ["ko-KR", "en-US"]
        for claim in document["claims"]:
            assert all(entry["label"] for entry in claim["display"])
            assert claim["sd"] in {"always", "never"}
