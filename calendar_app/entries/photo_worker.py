"""Decode one picture: read it from standard input and write clean copies into the current folder.

`photos` runs this file as a program with `python -I`, so it imports nothing of ours. Until it is decoded a picture
counts as hostile: decoding happens in this process only, under limits, and the server never opens the original.
"""

import io
import json
import resource
import sys
import warnings
from pathlib import Path
from typing import BinaryIO

# AVIF and WebP are named so that Pillow finds them without loading every format it knows.
from PIL import AvifImagePlugin, Image, UnidentifiedImageError
from PIL.Image import Resampling, Transpose

WIDTHS = (480, 960, 1600)
TALLEST = 6400  # pixels; a scroll-like picture gets narrower instead (WebP ends at 16383)

FORMATS = ("JPEG", "PNG", "WEBP", "AVIF", "GIF")
PIXELS = 60_000_000
JPEG_PIXELS = 4 * PIXELS  # above PIXELS the decoder itself can always halve both sides
AVIF_PIXELS = 4_000_000  # of one copy, about a second of work; larger copies get no AVIF
COLOUR_PROFILE_BYTES = 1024 * 1024  # a printer's CMYK profile is about 550 kB

MEMORY_BYTES = 1024 * 1024 * 1024
CPU_SECONDS = 10
FILE_BYTES = 16 * 1024 * 1024


# How to turn a picture upright, by the value of its EXIF orientation tag.
TURNS = {
    2: Transpose.FLIP_LEFT_RIGHT,
    3: Transpose.ROTATE_180,
    4: Transpose.FLIP_TOP_BOTTOM,
    5: Transpose.TRANSPOSE,
    6: Transpose.ROTATE_270,
    7: Transpose.TRANSVERSE,
    8: Transpose.ROTATE_90,
}
SIDEWAYS = {5, 6, 7, 8}


def main() -> None:
    """Write `<width>.jpg`, `<width>.webp`, mostly `<width>.avif`, and `report.json`: the size and widths, or a
    `refused` code."""
    set_limits()
    try:
        report = write(decoded(sys.stdin.buffer))
    except Refused as error:
        report = {"refused": str(error)}
    Path("report.json").write_text(json.dumps(report))


class Refused(Exception):
    """The picture cannot be used; the text is a code of `photos.BadPhoto`."""


def set_limits() -> None:
    """Limit memory, processor time and file size of this process."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS + 1))
    resource.setrlimit(resource.RLIMIT_FSIZE, (FILE_BYTES, FILE_BYTES))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))  # a core dump would hold the personal data of the original
    AvifImagePlugin.DEFAULT_MAX_THREADS = 1  # every thread reserves address space, so many cores would hit the limit


def decoded(stream: BinaryIO) -> Image.Image:
    """Return the first frame: upright, sRGB, on white, as wide as the widest copy. Raises Refused when it cannot be
    decoded."""
    try:
        return cleaned(opened(stream))
    except UnidentifiedImageError:
        raise Refused("not_a_picture") from None
    except (Image.DecompressionBombError, Image.DecompressionBombWarning, MemoryError):
        raise Refused("too_many_pixels") from None
    except Exception as error:  # a damaged file makes decoders raise nearly anything
        raise Refused("broken") from error


def write(picture: Image.Image) -> dict[str, object]:
    """Write all copies of a picture into the current folder; return its size in pixels and the widths."""
    full, height = picture.size
    widths = [*(width for width in WIDTHS if width < full), full]
    for width in reversed(widths):
        # Each copy from the next larger one: quick, and no visible difference.
        picture = picture.resize((width, max(1, round(height * width / full))), Resampling.LANCZOS)
        picture.save(f"{width}.jpg", quality=82, progressive=True)
        picture.save(f"{width}.webp", quality=80, method=2)  # method 4: a third more time for 2% fewer bytes
        if AvifImagePlugin.SUPPORTED and picture.width * picture.height <= AVIF_PIXELS:
            picture.save(f"{width}.avif", quality=56, speed=7)  # speed 6: twice the time for 4% fewer bytes
    return {"width": full, "height": height, "widths": widths}


def opened(stream: BinaryIO) -> Image.Image:
    """Open a picture without decoding it. Raises what Pillow raises when it is none, or too large."""
    is_jpeg = stream.read(3) == b"\xff\xd8\xff"
    stream.seek(0)
    warnings.simplefilter("error", Image.DecompressionBombWarning)
    Image.MAX_IMAGE_PIXELS = JPEG_PIXELS if is_jpeg else PIXELS
    return Image.open(stream, formats=FORMATS)


def cleaned(picture: Image.Image) -> Image.Image:
    """Return the pixels alone, pasted into a new image, because a re-encoded original would keep its comment segment."""
    orientation = orientation_of(picture)
    profile = picture.info.get("icc_profile")
    size = fitting(picture.size, sideways=orientation in SIDEWAYS)
    picture.draft(None, size)
    picture.load()
    picture = in_true_colour(picture).resize(size, Resampling.LANCZOS, reducing_gap=3.0)
    if orientation in TURNS:
        picture = picture.transpose(TURNS[orientation])
    picture = in_srgb(picture, profile)
    fresh = Image.new("RGB", picture.size, (255, 255, 255))
    fresh.paste(picture, mask=picture if picture.mode == "RGBA" else None)
    return fresh


def orientation_of(picture: Image.Image) -> int:
    """Return the value of the EXIF orientation tag, 1 when there is none."""
    try:
        return int(picture.getexif().get(0x0112, 1))
    except Exception:  # broken EXIF is common and no reason to lose the photo
        return 1


def fitting(size: tuple[int, int], *, sideways: bool) -> tuple[int, int]:
    """Return the stored size in pixels before turning. Upright it is at most WIDTHS[-1] wide and TALLEST tall."""
    width, height = reversed(size) if sideways else size
    scale = min(1, WIDTHS[-1] / width, TALLEST / height)
    fitted = max(1, round(width * scale)), max(1, round(height * scale))
    return (fitted[1], fitted[0]) if sideways else fitted


def in_true_colour(picture: Image.Image) -> Image.Image:
    """Convert palettes and 16 bits into a mode that can be resized, and keep transparency."""
    if picture.mode.startswith("I"):
        picture = picture.point(lambda value: value / 256).convert("L")  # convert() alone would clip at 255
        picture.info.pop("transparency", None)
    if picture.has_transparency_data:
        return picture if picture.mode == "RGBA" else picture.convert("RGBA")
    return picture if picture.mode in ("L", "RGB", "CMYK") else picture.convert("RGB")


def in_srgb(picture: Image.Image, profile: bytes | None) -> Image.Image:
    """Convert a picture from its colour profile to sRGB."""
    mode = "RGBA" if picture.mode == "RGBA" else "RGB"
    if not profile or len(profile) > COLOUR_PROFILE_BYTES:
        return picture.convert(mode)
    from PIL import ImageCms  # few pictures need it

    try:
        source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        turned = ImageCms.profileToProfile(picture, source, ImageCms.createProfile("sRGB"), outputMode=mode)
    except (ImageCms.PyCMSError, OSError):  # a profile of another colour space, or damaged
        turned = None
    return turned or picture.convert(mode)


if __name__ == "__main__":
    main()
