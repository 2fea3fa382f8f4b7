"""The QR code of a share: a PNG that ordinary cameras read, and the same in the terminal.

At most 200 bytes in version 10 at level M: denser codes fail on ordinary cameras (measured).
"""

import io
from pathlib import Path

import qrcode
from qrcode.constants import ERROR_CORRECT_M

from digital_resume.core.resume.envelope import MAX_LINK_BYTES

MAX_VERSION = 10


def make_qr(link: str, png: Path) -> str:
    """Write a link's QR code as PNG and return it as text for a terminal.

    Args:
        link: the share link, at most 200 bytes.
        png: where the image goes.

    Raises:
        ValueError: the link does not fit a code that cameras read.
    """
    if len(link.encode()) > MAX_LINK_BYTES:
        raise ValueError(f"The link has more than {MAX_LINK_BYTES} bytes: its QR would not scan.")
    code = qrcode.QRCode(error_correction=ERROR_CORRECT_M, box_size=8, border=4)
    code.add_data(link)
    code.make(fit=True)
    if code.version > MAX_VERSION:
        raise ValueError(f"The QR would have version {code.version}, above {MAX_VERSION}.")
    code.make_image().save(str(png))
    text = io.StringIO()
    code.print_ascii(out=text, invert=True)
    return text.getvalue()
