"""One constant's worth: core, wallet server, verifier and both pages agree on the largest share."""

from pathlib import Path

from digital_resume.core.resume.envelope import BLOCK_BYTES, MAX_BLOB_BYTES, MAX_PRESENTATION_BYTES
from verifier.settings import VerifierSettings
from wallet.routes import MAX_BODY


def test_every_page_and_service_agrees_on_the_largest_share() -> None:
    root = Path(__file__).parents[3]
    for page in ("wallet", "verifier"):
        text = (root / page / "web" / "protocol" / "share.js").read_text("utf-8")
        assert f"const MAX_CIPHERTEXT = {MAX_BLOB_BYTES // 1024} * 1024;" in text
    settings = VerifierSettings.model_validate({"database_url": "postgresql://unused"})
    assert settings.max_presentation_bytes > MAX_PRESENTATION_BYTES + 65_536
    assert MAX_BODY * 3 // 4 > MAX_BLOB_BYTES + BLOCK_BYTES
