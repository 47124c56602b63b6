"""Photos: whatever is uploaded, what is stored is a clean picture, or nothing and a kind word."""

import io
import os
from pathlib import Path

import pytest
from PIL import Image, PngImagePlugin

from calendar_app import photos
from calendar_app.photos import BadPhoto


def jpeg(width: int = 800, height: int = 500, **options: object) -> bytes:
    Image.effect_noise((width, height), 40).convert("RGB").save(made := io.BytesIO(), "JPEG", **options)
    return made.getvalue()


def take(data: bytes, folder: Path, **options: int) -> photos.Stored:
    return photos.take(io.BytesIO(data), folder, **options)


def stored_bytes(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())


def test_picture_is_kept_in_several_widths_and_never_enlarged(tmp_path: Path) -> None:
    stored = take(jpeg(1200, 900), tmp_path)
    assert (stored.width, stored.height, stored.widths) == (1200, 900, (480, 960, 1200))
    for name, size in stored.sizes.items():
        path = photos.path_of(tmp_path, name)
        assert path is not None
        assert path.stat().st_size == size
        with Image.open(path) as picture:
            assert picture.width in stored.widths
    assert {name.rpartition(".")[2] for name in stored.sizes} == {"jpg", "webp"}


def test_small_picture_stays_small(tmp_path: Path) -> None:
    assert take(jpeg(300, 200), tmp_path).widths == (300,)


def test_place_person_and_stowaways_are_gone(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x010F] = "SecretCamera"
    exif.get_ifd(0x8825)[2] = (39.0, 35.0, 54.0)
    data = jpeg(exif=exif, comment=b"<?php evil ?>") + b"PK\x03\x04 polyglot tail"
    assert b"SecretCamera" in data
    take(data, tmp_path)
    left = stored_bytes(tmp_path)
    for secret in (b"SecretCamera", b"php", b"polyglot", b"Exif"):
        assert secret not in left


def test_text_inside_a_png_is_gone(tmp_path: Path) -> None:
    note = PngImagePlugin.PngInfo()
    note.add_text("Author", "SecretPerson")
    Image.new("RGB", (600, 400), "pink").save(made := io.BytesIO(), "PNG", pnginfo=note)
    take(made.getvalue(), tmp_path)
    assert b"SecretPerson" not in stored_bytes(tmp_path)


def test_picture_taken_upright_is_shown_upright(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    stored = take(jpeg(800, 500, exif=exif), tmp_path)
    assert (stored.width, stored.height) == (500, 800)


@pytest.mark.parametrize("mode", ["L", "P", "RGBA", "LA", "CMYK", "I;16"])
def test_every_kind_of_pixel_becomes_a_plain_picture(tmp_path: Path, mode: str) -> None:
    form = "TIFF" if mode == "never" else "JPEG" if mode == "CMYK" else "PNG"
    picture = Image.new(mode, (500, 400)) if mode == "I;16" else Image.new("RGB", (500, 400), "pink").convert(mode)
    picture.save(made := io.BytesIO(), form)
    stored = take(made.getvalue(), tmp_path)
    path = photos.path_of(tmp_path, photos.file_name(stored.name, 500, "jpg"))
    assert path is not None
    with Image.open(path) as kept:
        assert kept.mode == "RGB"


def test_transparent_becomes_white(tmp_path: Path) -> None:
    Image.new("RGBA", (500, 400), (0, 0, 0, 0)).save(made := io.BytesIO(), "PNG")
    stored = take(made.getvalue(), tmp_path)
    path = photos.path_of(tmp_path, photos.file_name(stored.name, 500, "jpg"))
    assert path is not None
    with Image.open(path) as kept:
        assert min(kept.getpixel((250, 200))) > 250


def test_moving_picture_gives_its_first(tmp_path: Path) -> None:
    frames = [Image.new("RGB", (500, 400), colour) for colour in ("red", "blue")]
    frames[0].save(made := io.BytesIO(), "GIF", save_all=True, append_images=frames[1:])
    stored = take(made.getvalue(), tmp_path)
    path = photos.path_of(tmp_path, photos.file_name(stored.name, 500, "jpg"))
    assert path is not None
    with Image.open(path) as kept:
        red, _, blue = kept.getpixel((250, 200))
    assert red > 200 > blue


def bomb() -> bytes:
    Image.new("1", (12000, 12000)).save(made := io.BytesIO(), "PNG")
    return made.getvalue()


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "empty"),
        (b"just text, named sakura.jpg", "not_a_picture"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'><script>1</script></svg>", "not_a_picture"),
        (b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n", "not_a_picture"),
        (b"%PDF-1.7\n", "not_a_picture"),
        (jpeg(1600, 1200)[:40_000], "broken"),
        (bomb(), "too_many_pixels"),
    ],
    ids=["empty", "text", "svg", "eps", "pdf", "truncated", "bomb"],
)
def test_what_is_no_picture_is_refused_with_a_kind_word_and_leaves_nothing(
    tmp_path: Path, data: bytes, code: str
) -> None:
    with pytest.raises(BadPhoto) as refused:
        take(data, tmp_path)
    assert refused.value.code == code
    assert photos.message(refused.value, "ja")
    assert photos.message(refused.value, "en")
    assert list(tmp_path.rglob("*")) == []


class Endless(io.RawIOBase):
    """An upload that never ends; remembers how much of it was read."""

    read_so_far = 0

    def read(self, size: int = -1) -> bytes:
        self.read_so_far += size
        return b"x" * size


def test_upload_without_end_is_cut_off_soon_after_the_limit(tmp_path: Path) -> None:
    stream = Endless()
    with pytest.raises(BadPhoto, match="too_large"):
        photos.take(stream, tmp_path, limit=1_000_000)
    assert stream.read_so_far < 1_200_000
    assert list(tmp_path.rglob("*")) == []


def test_same_picture_twice_is_one_set_of_files(tmp_path: Path) -> None:
    data = jpeg()
    assert take(data, tmp_path) == take(data, tmp_path)


@pytest.mark.parametrize(
    "name", ["../secret_key", "a" * 24 + "-480.jpg/..", "x.jpg", "", "A" * 24 + "-480.jpg", "0" * 24 + "-0.jpg"]
)
def test_only_names_of_ours_have_a_path(tmp_path: Path, name: str) -> None:
    assert photos.path_of(tmp_path, name) is None


def test_what_a_crash_left_is_swept_away_and_nothing_younger(tmp_path: Path) -> None:
    for name, age in (("old", 7200.0), ("young", 60.0)):
        (tmp_path / f".new-{name}").mkdir()
        os.utime(tmp_path / f".new-{name}", (1_000_000 - age,) * 2)
    photos.sweep(tmp_path, older_than=3600, now=1_000_000)
    assert [path.name for path in tmp_path.iterdir()] == [".new-young"]
