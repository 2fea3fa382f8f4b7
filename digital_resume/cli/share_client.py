"""The employer's side without a browser: a link or a QR image in, a verdict out.

``verify_target`` does what the verify page does: reads the QR, takes the link apart, fetches the ciphertext
from the wallet server, opens it here and hands the presentation to the judge that it is given;
``judge_over_http`` asks the verification API. The key never leaves this process. ``print_verdict``
(``digital_resume.cli.verdict_text``) shows the result.
"""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import zxingcpp
from PIL import Image, UnidentifiedImageError

from digital_resume.core.encoding.base64url import b64u_decode
from digital_resume.core.encoding.bounded_json import parse_json_object
from digital_resume.core.errors import EnvelopeError, LimitError, MalformedError, SourceUnavailableError
from digital_resume.core.resume.envelope import MAX_BLOB_BYTES, ShareLink, open_share, parse_link
from digital_resume.core.verification.verdict import sharing_ended

Judge = Callable[[dict[str, Any], str, int], dict[str, Any]]
"""``(presentation, share id, expiry in Unix seconds) -> verdict`` in the API's form."""

_MAX_PIXELS = 50_000_000
_ENDED = {"share_stopped", "share_expired"}


class ShareEndedError(EnvelopeError):
    """The share was stopped or has expired; ``code`` says which."""

    code = "share_stopped"


def verify_target(target: str, *, wallet_url: str, judge: Judge) -> dict[str, Any]:
    """Verify a share by its link or by an image of its QR.

    Args:
        target: ``https://…/v/…#…``, or the path of an image.
        wallet_url: origin of the wallet server; never taken from the link.
        judge: who judges the presentation.

    Returns:
        The verdict in the API's form; a share that has ended is the verdict ``sharing_ended``.

    Raises:
        MalformedError: an image without QR.
        EnvelopeError: a damaged link, key or share, or ``share_unknown``: there never was one, or it is long
            deleted.
        SourceUnavailableError: wallet server or verifier cannot be reached.
    """
    return _verdict_of(_read_target(target), wallet_url=wallet_url, judge=judge)


def _verdict_of(link: ShareLink, *, wallet_url: str, judge: Judge) -> dict[str, Any]:
    try:
        presentation, expires = fetch_presentation(link, wallet_url=wallet_url)
    except ShareEndedError as error:
        return sharing_ended(now=datetime.now(UTC), reason=error.code).to_json()
    return judge(presentation, link.share_id, expires)


def open_target(target: str, verifier_url: str) -> tuple[dict[str, Any], str, int]:
    """Return what a share holds, its id and its expiry in Unix seconds (the rest as ``verify_at``)."""
    link = _read_target(target)
    wallet_url = _wallet_of(verifier_url.rstrip("/"), link)
    presentation, expires = fetch_presentation(link, wallet_url=wallet_url)
    return presentation, link.share_id, expires


def verify_at(target: str, verifier_url: str, *, as_of: str | None = None) -> dict[str, Any]:
    """Verify a share by link or QR image at a verification service.

    Args:
        target: as for ``verify_target``. The link does not choose who judges it: its host is not asked.
        verifier_url: origin of the service that is trusted; it names the wallet server.
        as_of: day or moment to judge as of; ``None`` for now.

    Returns:
        The verdict in the API's form.

    Raises:
        MalformedError, EnvelopeError, SourceUnavailableError: as ``verify_target``; ``other_deployment`` when
            the link does not belong to the service's deployment, and then nothing of the share is asked.
    """
    origin, link = verifier_url.rstrip("/"), _read_target(target)
    return _verdict_of(link, wallet_url=_wallet_of(origin, link), judge=judge_over_http(origin, as_of))


def _read_target(target: str) -> ShareLink:
    return parse_link(target if "://" in target else read_qr(Path(target)))


def _wallet_of(origin: str, link: ShareLink) -> str:
    """Ask a verifier for the origin of the wallet server that keeps the share of a link.

    Raises:
        EnvelopeError: code ``other_deployment``, the link was made for another one's verifier.
        SourceUnavailableError: it does not answer.
    """
    config = _config_of(origin)
    # A service may be reached under another name than its public one, which is that of its links.
    own = {origin, str(config.get("verifierUrl", origin)).rstrip("/")}
    theirs = link.verifier_url.rstrip("/")
    if theirs not in own:
        raise EnvelopeError(
            f"The link belongs to {theirs}, and the verifier that you trust is {origin}: another deployment, "
            "which does not know this share. Nothing was asked. If you trust that one, name it: "
            f"--verifier {theirs}",
            code="other_deployment",
            message_ko=f"이 링크는 {theirs} 의 것이고, 믿는 검증 서비스는 {origin} 입니다. "
            f"다른 곳의 공유라 묻지 않았습니다. 그곳을 믿는다면 --verifier {theirs} 로 지정해 주세요.",
        )
    return str(config["walletUrl"])


def _config_of(origin: str) -> dict[str, Any]:
    try:
        with httpx.Client(timeout=20, trust_env=False) as client:
            config = client.get(f"{origin}/config.json").raise_for_status().json()
        return {**config, "walletUrl": str(config["walletUrl"])}
    except (httpx.HTTPError, ValueError, KeyError, TypeError):
        raise SourceUnavailableError(
            "The verification service does not answer. Check VERIFIER_URL, or try again in a moment.",
            code="verifier_unreachable",
        ) from None


def read_qr(image: Path) -> str:
    """Return the text of an image's QR code.

    Raises:
        MalformedError: ``no_qr`` or ``not_an_image``.
    """
    try:
        with Image.open(image) as opened:
            if opened.width * opened.height > _MAX_PIXELS:
                raise LimitError("The image is too large; crop it to the QR code.", code="image_too_large")
            found = zxingcpp.read_barcodes(
                opened.convert("L"), formats=zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.QRCode)
            )
    except (OSError, UnidentifiedImageError, Image.DecompressionBombError):
        raise MalformedError(
            "The file cannot be opened as an image. Use a PNG or JPG of the QR code.", code="not_an_image"
        ) from None
    text = next((code.text for code in found if code.valid and code.text), None)
    if text is None:
        raise MalformedError(
            "No QR code was found in the image. Use an image that shows the whole code sharply.", code="no_qr"
        )
    return str(text)


def fetch_presentation(link: ShareLink, *, wallet_url: str) -> tuple[dict[str, Any], int]:
    """Fetch and open a share; return the presentation and the share's expiry in Unix seconds.

    Raises:
        ShareEndedError: stopped or expired.
        EnvelopeError: unknown, wrong key, altered or damaged.
        SourceUnavailableError: the wallet server cannot be reached.
    """
    share = _get_share(wallet_url, link.share_id)
    expires = share.get("expires")
    if not isinstance(expires, int) or isinstance(expires, bool) or not 0 <= expires <= 1 << 34:
        raise EnvelopeError("The wallet server's answer is not a share.", code="share_damaged")
    try:
        blob = b64u_decode(share["ciphertext"], max_bytes=MAX_BLOB_BYTES)
    except (KeyError, AttributeError, MalformedError):
        raise EnvelopeError("The wallet server's answer is not a share.", code="share_damaged") from None
    opened = open_share(
        blob,
        key=link.key,
        share_id=link.share_id,
        expires=datetime.fromtimestamp(expires, UTC),
        version=share.get("version", 0),
    )
    try:
        return parse_json_object(opened), expires
    except MalformedError:
        raise EnvelopeError("The share holds no presentation.", code="share_damaged") from None


def _get_share(wallet_url: str, share_id: str) -> dict[str, Any]:
    unavailable = SourceUnavailableError(
        "The wallet server that keeps the sealed resume does not answer. Try again in a moment.",
        code="wallet_unreachable",
    )
    try:
        response = httpx.get(
            f"{wallet_url}/api/v1/shares/{share_id}", timeout=20, trust_env=_beyond_this_machine(wallet_url)
        )
        body = response.json()
    except (httpx.HTTPError, ValueError):
        raise unavailable from None
    if not isinstance(body, dict):
        raise unavailable
    code = body.get("code")
    if response.status_code == 410 and code in _ENDED:
        raise ShareEndedError("This share has ended. Ask the sender for a new link.", code=str(code))
    if response.status_code == 404 and code == "share_unknown":
        raise EnvelopeError(
            "There is no share of this link's number: it is cut off or mistyped, or was deleted long ago. "
            "Copy the whole link again, or ask the sender for a new one.",
            code="share_unknown",
            message_ko="이 링크의 번호로 보관된 이력서가 없습니다. 링크가 잘렸거나 오래전에 지워졌습니다. "
            "링크를 처음부터 끝까지 다시 복사하거나 보낸 사람에게 새 링크를 요청해 주세요.",
        )
    if response.status_code != 200:
        raise unavailable
    return body


def judge_over_http(verifier_url: str, as_of: str | None = None) -> Judge:
    """Return a judge that asks a verification API, for a historical verdict when a day is named."""

    def judge(presentation: dict[str, Any], challenge: str, expires: int) -> dict[str, Any]:
        body: dict[str, Any] = {
            "presentation": presentation,
            "challenge": challenge,
            "domain": None,
            "expires": expires,
        }
        if as_of is not None:
            body["asOf"] = as_of
        try:
            response = httpx.post(
                f"{verifier_url}/api/v1/verifications",
                json=body,
                timeout=60,
                trust_env=_beyond_this_machine(verifier_url),
            )
            answer = response.json()
        except (httpx.HTTPError, ValueError):
            raise SourceUnavailableError(
                "The verification service does not answer. Try again in a moment.",
                code="verifier_unreachable",
            ) from None
        if response.status_code != 200 or not isinstance(answer, dict):
            code = answer.get("code") if isinstance(answer, dict) else None
            raise SourceUnavailableError(
                f"The verification service refused with status {response.status_code}.",
                code=code if isinstance(code, str) else "verifier_unreachable",
            )
        return answer

    return judge


def _beyond_this_machine(url: str) -> bool:
    """Tell whether the environment's proxy may count: never for a service on this machine."""
    return urlsplit(url).hostname not in {"localhost", "127.0.0.1", "::1"}
