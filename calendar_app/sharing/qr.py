"""Draw a QR code as SVG or PNG, to be scanned from a screen or a poster."""

import io
from itertools import groupby

from qrcode.constants import ERROR_CORRECT_M
from qrcode.main import QRCode

QUIET = 4  # modules of white margin, as ISO/IEC 18004 asks
PIXELS = 14  # a side of one module


def svg(text: str, label: str) -> str:
    """Draw the code as an SVG element. `label` is its accessible name and must be escaped HTML."""
    rows = _matrix(text)
    dark = "".join(_row(y, row) for y, row in enumerate(rows))
    size = len(rows)
    return (
        f'<svg class="qr" role="img" aria-label="{label}" viewBox="0 0 {size} {size}" xmlns="http://www.w3.org/2000/svg">'
        f'<path fill="#fff" d="M0 0h{size}v{size}H0z"/><path d="{dark}"/></svg>'
    )


def png(text: str) -> bytes:
    """Draw the code in black and white, about 500 pixels a side: large enough for a poster's corner."""
    from PIL import Image  # imported here because few requests draw

    rows = _matrix(text)
    picture = Image.new("1", (len(rows), len(rows)), 1)
    picture.putdata([not dark for row in rows for dark in row])
    buffer = io.BytesIO()
    picture.resize((len(rows) * PIXELS, len(rows) * PIXELS), Image.Resampling.NEAREST).save(
        buffer, "PNG", optimize=True
    )
    return buffer.getvalue()


def _matrix(text: str) -> list[list[bool]]:
    code = QRCode(border=QUIET, error_correction=ERROR_CORRECT_M)
    code.add_data(text)
    rows: list[list[bool]] = code.get_matrix()
    return rows


def _row(y: int, row: list[bool]) -> str:
    """Draw a row's runs of dark modules, each as one rectangle."""
    rectangles, x = [], 0
    for is_dark, modules in groupby(row):
        length = len(list(modules))
        rectangles += [f"M{x} {y}h{length}v1h-{length}z"] if is_dark else []
        x += length
    return "".join(rectangles)
