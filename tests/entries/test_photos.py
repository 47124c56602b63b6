import io
import json
import os
import signal
import struct
import subprocess
import sys
import time
import zlib
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageCms, ImageDraw, PngImagePlugin

from calendar_app.entries import photos
from calendar_app.entries.photos import MESSAGES, BadPhoto, StoredPhoto, file_name, message, path_of, store, sweep

RED, GREEN, BLUE, WHITE = (255, 0, 0), (0, 128, 0), (0, 0, 255), (255, 255, 255)


def encoded(picture: Image.Image, kind: str = "JPEG", **options: Any) -> bytes:
    out = io.BytesIO()
    picture.save(out, kind, **options)
    return out.getvalue()


def split(width: int, height: int) -> Image.Image:
    """Red on the left half, blue on the right."""
    picture = Image.new("RGB", (width, height), RED)
    picture.paste(BLUE, (width // 2, 0, width, height))
    return picture


def stored(data: bytes, folder: Path) -> StoredPhoto:
    return store(io.BytesIO(data), folder)


def refused(data: bytes, folder: Path) -> str:
    with pytest.raises(BadPhoto) as caught:
        stored(data, folder)
    assert files_in(folder) == []
    return caught.value.code


def files_in(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())


def shown(folder: Path, photo: StoredPhoto, kind: str = "jpg", width: int | None = None) -> Image.Image:
    path = path_of(folder, file_name(photo.name, width or photo.width, kind))
    assert path
    with Image.open(path) as picture:
        return picture.convert("RGB")


def near(colour: Any, expected: tuple[int, int, int], distance: int = 12) -> bool:
    return all(abs(one - other) <= distance for one, other in zip(colour, expected, strict=True))


def png(width: int, height: int, rows: bytes, colour: int = 0) -> bytes:
    """A PNG written by hand: what no well-behaved encoder would make."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 8, colour, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


def test_photo_is_kept_in_three_widths_as_avif_webp_and_progressive_jpeg(tmp_path: Path) -> None:
    photo = stored(encoded(split(2000, 1000)), tmp_path)
    assert (photo.width, photo.height, photo.widths) == (1600, 800, (480, 960, 1600))
    assert {path.name: path.stat().st_size for path in files_in(tmp_path)} == photo.sizes
    for width, height in ((480, 240), (960, 480), (1600, 800)):
        for kind in ("jpg", "webp", "avif"):
            picture = shown(tmp_path, photo, kind, width)
            assert picture.size == (width, height)
            assert near(picture.getpixel((width // 4, 5)), RED)
            assert near(picture.getpixel((width * 3 // 4, 5)), BLUE)
    with Image.open(tmp_path / photo.name[:2] / file_name(photo.name, 1600, "jpg")) as jpeg:
        assert jpeg.info["progressive"]


@pytest.mark.parametrize(
    ("width", "widths"),
    [(700, (480, 700)), (480, (480,)), (1, (1,)), (1600, (480, 960, 1600)), (1601, (480, 960, 1600))],
)
def test_picture_is_never_enlarged(width: int, widths: tuple[int, ...], tmp_path: Path) -> None:
    photo = stored(encoded(Image.new("RGB", (width, 10), GREEN), "PNG"), tmp_path)
    assert photo.widths == widths
    assert photo.width == widths[-1]


def test_nothing_personal_or_hidden_survives(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x010F] = "SecretCamera"
    exif[0x9286] = "SecretComment"
    exif[0x8825] = {1: "N", 2: (39.0, 35.0, 58.0), 3: "E", 4: (140.0, 33.0, 44.0), 29: "2027:04:20"}
    jpeg = encoded(split(1200, 900), exif=exif, comment=b"<?php evil(); ?>", xmp=b"<x>SecretXmp</x>")
    data = jpeg + b"PK\x03\x04<script>SecretTail</script>"
    assert all(mark in data for mark in (b"Secret", b"<?php", b"2027:04:20"))

    photo = stored(data, tmp_path)

    for path in files_in(tmp_path):
        content = path.read_bytes()
        for mark in (
            b"Secret",
            b"<?php",
            b"<script",
            b"2027:04:20",
            b"Exif",
            b"EXIF",
            b"XMP",
            b"ICC",
            b"PK\3\4",
        ):
            assert mark not in content, path.name
        with Image.open(path) as picture:
            assert not picture.getexif()
            assert not {"exif", "xmp", "comment", "icc_profile"} & set(picture.info)
    assert len(photo.sizes) == len(files_in(tmp_path)) == 9


def test_text_inside_a_png_is_gone(tmp_path: Path) -> None:
    note = PngImagePlugin.PngInfo()
    note.add_text("Author", "SecretPerson")
    note.add_itxt("XML:com.adobe.xmp", "<x>SecretXmp</x>", zip=False)
    data = encoded(split(600, 400), "PNG", pnginfo=note)
    assert data.count(b"Secret") == 2
    stored(data, tmp_path)
    assert not any(b"Secret" in path.read_bytes() for path in files_in(tmp_path))


def test_a_copy_of_too_many_pixels_goes_without_avif(tmp_path: Path) -> None:
    photo = stored(encoded(Image.new("RGB", (1600, 2600), GREEN)), tmp_path)
    assert {name.partition("-")[2] for name in photo.sizes} == {
        *("480.jpg", "480.webp", "480.avif", "960.jpg", "960.webp", "960.avif", "1600.jpg", "1600.webp")
    }


@pytest.mark.parametrize("orientation", range(1, 9))
def test_picture_is_turned_as_its_orientation_says(orientation: int, tmp_path: Path) -> None:
    upright = Image.new("RGB", (600, 400), WHITE)
    ImageDraw.Draw(upright).rectangle((0, 0, 299, 199), fill=RED)
    ImageDraw.Draw(upright).rectangle((0, 200, 299, 399), fill=BLUE)
    undo = {2: 0, 3: 3, 4: 1, 5: 5, 6: 2, 7: 6, 8: 4}  # Pillow's transpositions
    lying = upright.transpose(Image.Transpose(undo[orientation])) if orientation in undo else upright
    exif = Image.Exif()
    exif[0x0112] = orientation

    photo = stored(encoded(lying, quality=95, exif=exif), tmp_path)

    picture = shown(tmp_path, photo)
    assert picture.size == (600, 400)
    assert near(picture.getpixel((50, 50)), RED)
    assert near(picture.getpixel((50, 350)), BLUE)
    assert near(picture.getpixel((550, 50)), WHITE)


def test_portrait_phone_photo_is_scaled_by_its_upright_width(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    photo = stored(encoded(split(4032, 3024), exif=exif), tmp_path)
    assert (photo.width, photo.height) == (1600, 2133)


def test_broken_exif_does_not_lose_the_photo(tmp_path: Path) -> None:
    photo = stored(encoded(split(600, 400), exif=b"Exif\0\0II*\0\xff\xff\xff\xffnonsense"), tmp_path)
    assert photo.width == 600


POSTSCRIPT = b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\nshowpage\n"


@pytest.mark.parametrize(
    "data",
    [
        b"only a text, named photo.jpg",
        b'<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><script>alert(1)</script></svg>',
        POSTSCRIPT,
        b"\xc5\xd0\xd3\xc6" + struct.pack("<6I", 30, len(POSTSCRIPT), 0, 0, 0, 0) + b"\xff\xff" + POSTSCRIPT,
        b"%PDF-1.7\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF",
        b"<!doctype html><html><body><img src=x onerror=alert(1)></body></html>",
        b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + bytes(200),
        encoded(Image.new("RGB", (9, 9)), "TIFF"),
        encoded(Image.new("RGB", (9, 9)), "BMP"),
        b"\xff\xd8\xff",
    ],
    ids=["text", "svg", "eps", "eps-dos", "pdf", "html", "heic", "tiff", "bmp", "only-a-signature"],
)
def test_what_is_not_an_allowed_picture_is_refused(data: bytes, tmp_path: Path) -> None:
    assert refused(data, tmp_path) == "not_a_picture"


def test_png_bomb_is_refused_and_the_next_photo_works(tmp_path: Path) -> None:
    side = 12_000
    bomb = png(side, side, zlib.compress(bytes((side + 1) * side), 9))
    assert len(bomb) < 200_000
    assert refused(bomb, tmp_path) == "too_many_pixels"
    assert stored(encoded(split(20, 20)), tmp_path).width == 20


def test_png_just_over_the_pixel_limit_is_refused_not_only_warned_of(tmp_path: Path) -> None:
    assert refused(png(10_000, 6_001, b""), tmp_path) == "too_many_pixels"


def test_gif_with_a_giant_canvas_is_refused(tmp_path: Path) -> None:
    gif = bytearray(encoded(Image.new("P", (4, 4)), "GIF"))
    gif[6:10] = struct.pack("<2H", 65_535, 65_535)
    assert refused(bytes(gif), tmp_path) == "too_many_pixels"


def test_jpeg_above_the_pixel_limit_is_taken_because_it_is_decoded_smaller(tmp_path: Path) -> None:
    photo = stored(encoded(Image.new("L", (10_000, 8_000), 90)), tmp_path)
    assert (photo.width, photo.height) == (1600, 1280)


def test_jpeg_that_claims_to_be_enormous_is_refused(tmp_path: Path) -> None:
    jpeg = bytearray(encoded(Image.new("L", (16, 16))))
    frame = jpeg.index(b"\xff\xc0")
    jpeg[frame + 5 : frame + 9] = struct.pack(">2H", 65_000, 65_000)
    assert refused(bytes(jpeg), tmp_path) == "too_many_pixels"


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "GIF", "AVIF"])
def test_truncated_picture_is_broken(kind: str, tmp_path: Path) -> None:
    noise = Image.effect_noise((400, 300), 90)
    data = encoded(noise if kind == "GIF" else noise.convert("RGB"), kind)
    assert refused(data[: len(data) // 2], tmp_path) in {"broken", "not_a_picture"}


def test_truncated_jpeg_says_broken(tmp_path: Path) -> None:
    data = encoded(Image.effect_noise((400, 300), 90))
    assert refused(data[: len(data) // 2], tmp_path) == "broken"


def test_empty_upload_is_refused(tmp_path: Path) -> None:
    assert refused(b"", tmp_path) == "empty"


class Counted(io.BytesIO):
    """A stream that knows how much was read of it."""

    taken = 0

    def read(self, size: int | None = -1, /) -> bytes:
        data = super().read(size)
        self.taken += len(data)
        return data


def test_upload_over_the_limit_is_refused_without_reading_it_all(tmp_path: Path) -> None:
    stream = Counted(bytes(3_000_000))
    with pytest.raises(BadPhoto, match="too_large"):
        store(stream, tmp_path, limit=1_000_000)
    assert stream.taken <= 1_000_000 + 64 * 1024
    assert files_in(tmp_path) == []


def test_upload_of_exactly_the_limit_is_taken(tmp_path: Path) -> None:
    data = encoded(split(60, 40))
    assert store(io.BytesIO(data), tmp_path, limit=len(data)).width == 60
    with pytest.raises(BadPhoto, match="too_large"):
        store(io.BytesIO(data), tmp_path, limit=len(data) - 1)


@pytest.mark.parametrize("kind", ["GIF", "WEBP", "PNG", "AVIF"])
def test_first_frame_of_an_animation_is_taken(kind: str, tmp_path: Path) -> None:
    first, second = Image.new("RGB", (50, 40), RED), Image.new("RGB", (50, 40), BLUE)
    photo = stored(encoded(first, kind, save_all=True, append_images=[second], duration=100), tmp_path)
    assert near(shown(tmp_path, photo).getpixel((25, 20)), RED)


def test_multi_picture_jpeg_of_a_phone_is_taken(tmp_path: Path) -> None:
    data = encoded(split(900, 600), "MPO", save_all=True, append_images=[Image.new("RGB", (90, 60))])
    assert stored(data, tmp_path).widths == (480, 900)


def test_transparency_becomes_white(tmp_path: Path) -> None:
    picture = Image.new("RGBA", (60, 60), (0, 0, 0, 0))
    picture.paste((*RED, 255), (0, 0, 30, 60))
    palette = Image.new("P", (60, 60), 1)
    palette.putpalette([*RED, *GREEN])
    palette.paste(0, (0, 0, 30, 60))
    grey = Image.new("LA", (60, 60), (0, 0))
    for data in (
        encoded(picture, "PNG"),
        encoded(picture, "WEBP", lossless=True),
        encoded(palette, "PNG", transparency=1),
        encoded(palette, "GIF", transparency=1),
        encoded(grey, "PNG"),
    ):
        assert near(shown(tmp_path, stored(data, tmp_path)).getpixel((50, 30)), WHITE)


def test_cmyk_jpeg_shows_its_colours(tmp_path: Path) -> None:
    photo = stored(encoded(Image.new("CMYK", (100, 80), (0, 255, 255, 0)), quality=95), tmp_path)
    red, green, blue = shown(tmp_path, photo).getpixel((50, 40))  # type: ignore[misc]
    assert red > 200 > 60 > max(green, blue)


def test_sixteen_bit_png_keeps_its_greys(tmp_path: Path) -> None:
    grey = Image.new("I;16", (64, 64), 0x8000)
    assert near(shown(tmp_path, stored(encoded(grey, "PNG"), tmp_path)).getpixel((30, 30)), (128, 128, 128), 3)


@pytest.mark.parametrize("mode", ["1", "L", "P", "RGB", "RGBA", "LA"])
def test_one_pixel_of_every_kind_is_taken(mode: str, tmp_path: Path) -> None:
    photo = stored(encoded(Image.new(mode, (1, 1)), "PNG"), tmp_path)
    assert (photo.width, photo.height, len(photo.sizes)) == (1, 1, 3)


def test_very_tall_picture_becomes_narrower_and_very_wide_keeps_a_line(tmp_path: Path) -> None:
    tall = stored(encoded(Image.new("L", (500, 20_000)), "PNG"), tmp_path)
    assert (tall.width, tall.height) == (160, 6400)
    wide = stored(encoded(Image.new("L", (20_000, 2)), "PNG"), tmp_path)
    assert (wide.width, wide.height, wide.widths) == (1600, 1, (480, 960, 1600))


def swapped_profile() -> bytes:
    """sRGB's profile with the red and green tags exchanged: applying it swaps the two colours."""
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    return profile.replace(b"rXYZ", b"tmpX").replace(b"gXYZ", b"rXYZ").replace(b"tmpX", b"gXYZ")


def test_colour_profile_is_applied_and_removed(tmp_path: Path) -> None:
    photo = stored(encoded(Image.new("RGB", (80, 80), RED), "PNG", icc_profile=swapped_profile()), tmp_path)
    red, green, _ = shown(tmp_path, photo).getpixel((40, 40))  # type: ignore[misc]
    assert green > 200 > 60 > red


@pytest.mark.parametrize("profile", [b"not a profile at all", swapped_profile() + bytes(2_000_000)])
def test_damaged_or_huge_colour_profile_is_ignored(profile: bytes, tmp_path: Path) -> None:
    photo = stored(encoded(Image.new("RGB", (80, 80), RED), icc_profile=profile), tmp_path)
    assert near(shown(tmp_path, photo).getpixel((40, 40)), RED)


def test_profile_of_another_colour_space_is_ignored(tmp_path: Path) -> None:
    photo = stored(encoded(Image.new("L", (80, 80), 99), "PNG", icc_profile=swapped_profile()), tmp_path)
    assert near(shown(tmp_path, photo).getpixel((40, 40)), (99, 99, 99), 3)


def test_same_picture_twice_is_one_set_of_files(tmp_path: Path) -> None:
    picture = split(1000, 700)
    exif = Image.Exif()
    exif[0x010F] = "another camera"
    first, second = stored(encoded(picture), tmp_path), stored(encoded(picture, exif=exif), tmp_path)
    assert first == second
    assert len(files_in(tmp_path)) == 9
    assert stored(encoded(split(1000, 701)), tmp_path).name != first.name


def test_every_stored_name_leads_back_to_its_file(tmp_path: Path) -> None:
    photo = stored(encoded(split(700, 300)), tmp_path)
    assert {path_of(tmp_path, name) for name in photo.sizes} == set(files_in(tmp_path))


GOOD = "0123456789abcdef01234567-480.jpg"


@pytest.mark.parametrize(
    "name",
    [
        "",
        ".",
        "..",
        "../" + GOOD,
        "01/" + GOOD,
        "/etc/passwd",
        GOOD.upper(),
        GOOD + "\n",
        GOOD + "\0",
        GOOD.replace("jpg", "svg"),
        GOOD.replace("-480", "-0480"),
        GOOD.replace("-480", "-４８０"),
        GOOD.replace("-480", ""),
        "0" + GOOD,
        ".upload-x",
    ],
)
def test_odd_file_names_lead_nowhere(name: str) -> None:
    assert path_of(Path("/photos"), name) is None


@given(st.text())
def test_no_text_leads_out_of_the_folder(name: str) -> None:
    path = path_of(Path("/photos"), name)
    assert path is None or path.parent.parent == Path("/photos")


def worker(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: str) -> Path:
    """Has another program run as the child; returns the photo folder."""
    program = tmp_path / "worker.py"
    program.write_text(f"import os, pathlib, signal, sys, time\npathlib.Path('1.jpg').write_text('half')\n{code}\n")
    monkeypatch.setattr(photos, "WORKER", program)
    return tmp_path / "photos"


@pytest.mark.parametrize(
    ("end", "code"), [("SIGSEGV", "broken"), ("SIGXCPU", "took_too_long"), ("SIGKILL", "took_too_long")]
)
def test_child_that_dies_leaves_no_file(end: str, code: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = worker(tmp_path, monkeypatch, f"os.kill(os.getpid(), signal.{end})")
    assert refused(b"anything", folder) == code
    assert list(folder.iterdir()) == []


def test_child_that_hangs_is_stopped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = worker(tmp_path, monkeypatch, "time.sleep(600)")
    monkeypatch.setattr(photos, "LOOK_SECONDS", 0.5)
    assert refused(b"anything", folder) == "took_too_long"


def test_child_that_works_is_not_stopped_however_long_it_takes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    work = "while time.process_time() < 2: pass\npathlib.Path('report.json').write_text('{\"refused\": \"broken\"}')"
    folder = worker(tmp_path, monkeypatch, work)
    monkeypatch.setattr(photos, "LOOK_SECONDS", 0.5)
    assert refused(b"anything", folder) == "broken"


def test_failure_that_is_not_the_pictures_fault_is_not_blamed_on_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = worker(tmp_path, monkeypatch, "sys.exit('No space left on device')")
    with pytest.raises(RuntimeError, match="No space left"):
        stored(b"anything", folder)
    assert list(folder.iterdir()) == []


def test_child_sees_no_secret_of_the_server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CALENDAR_SECRET_KEY", "a secret")
    folder = worker(tmp_path, monkeypatch, "sys.exit(' '.join([*os.environ, *sys.path]))")
    with pytest.raises(RuntimeError) as caught:
        stored(b"anything", folder)
    assert "CALENDAR" not in str(caught.value)
    assert str(tmp_path) not in str(caught.value).split()


def test_child_limits_itself() -> None:
    """Under its limits an allocation of 2 GiB fails and a busy loop would end."""
    code = (
        "import json, resource, runpy, sys; runpy.run_path(sys.argv[1])['set_limits']()\n"
        "print(json.dumps([resource.getrlimit(n)[0] for n in (resource.RLIMIT_CPU, resource.RLIMIT_CORE)]))\n"
        "try: bytearray(2 << 30)\n"
        "except MemoryError: print('refused')"
    )
    done = subprocess.run(
        [sys.executable, "-I", "-c", code, str(photos.WORKER)], capture_output=True, text=True, check=True
    )
    limits, memory = done.stdout.splitlines()
    assert json.loads(limits) == [10, 0]
    assert memory == "refused"


def test_server_killed_in_the_middle_leaves_only_what_sweep_removes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = worker(tmp_path, monkeypatch, "pathlib.Path('pid').write_text(str(os.getpid()))\ntime.sleep(600)")
    code = (
        "import io, sys; from pathlib import Path; from calendar_app.entries import photos\n"
        "photos.WORKER = Path(sys.argv[1]); photos.store(io.BytesIO(b'anything'), Path(sys.argv[2]))"
    )
    server = subprocess.Popen([sys.executable, "-c", code, str(photos.WORKER), str(folder)])
    deadline = time.monotonic() + 120
    while not (pid := "".join(path.read_text() for path in folder.glob(".upload-*/pid"))):
        assert server.poll() is None and time.monotonic() < deadline, "the child never started"  # noqa: PT018
        time.sleep(0.02)
    server.kill()
    server.wait()
    os.kill(int(pid), signal.SIGKILL)

    (left,) = folder.iterdir()
    assert left.name.startswith(".upload-")
    made = datetime.fromtimestamp(left.stat().st_mtime, UTC)
    assert sweep(folder, 3600, made + timedelta(minutes=59)) == 0
    assert left.exists()
    assert sweep(folder, 3600, made + timedelta(minutes=61)) == 1
    assert list(folder.iterdir()) == []


def test_sweep_leaves_photos_alone(tmp_path: Path) -> None:
    photo = stored(encoded(split(300, 200)), tmp_path)
    assert sweep(tmp_path, 0, datetime.now(UTC) + timedelta(days=900)) == 0
    assert len(files_in(tmp_path)) == len(photo.sizes)
    assert sweep(tmp_path / "nowhere", 0, datetime.now(UTC)) == 0


@pytest.mark.parametrize("code", MESSAGES)
def test_every_refusal_is_explained_in_both_languages(code: str) -> None:
    assert message(BadPhoto(code), "ja").endswith("ください。")
    assert "lease" in message(BadPhoto(code), "en")


def test_heic_is_answered_with_what_to_choose_instead() -> None:
    expected = "この形式は使えません。JPEG・PNG・WebP の写真を選んでください。"
    assert message(BadPhoto("not_a_picture"), "ja") == expected


def test_reading_a_picture_does_not_load_a_decoder_into_the_server() -> None:
    code = "import sys, calendar_app.entries.photos; print([name for name in sys.modules if name.startswith('PIL')])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
