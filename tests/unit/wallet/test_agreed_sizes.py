"""One constant's worth: core, wallet server, verifier and both pages agree on the largest share."""

from digital_resume.core.resume.envelope import BLOCK_BYTES, MAX_BLOB_BYTES, MAX_PRESENTATION_BYTES
from digital_resume.web.hosting import SHARED
from verifier.settings import VerifierSettings
from wallet.routes import MAX_BODY


def test_every_page_and_service_agrees_on_the_largest_share() -> None:
    text = (SHARED / "protocol" / "envelope.js").read_text("utf-8")
    assert f"export const MAX_BLOB = {MAX_BLOB_BYTES // 1024} * 1024;" in text
    settings = VerifierSettings.model_validate({"database_url": "postgresql://unused"})
    assert settings.max_presentation_bytes > MAX_PRESENTATION_BYTES + 65_536
    assert MAX_BODY * 3 // 4 > MAX_BLOB_BYTES + BLOCK_BYTES
