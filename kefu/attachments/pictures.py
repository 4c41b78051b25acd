"""A stranger's bytes become a photo that is safe to keep and to show, or they are refused in words."""

from __future__ import annotations

import hashlib
import threading
from dataclasses import dataclass
from io import BytesIO

from PIL import Image, ImageOps

from kefu.settings import get_settings

FORMATS = ("JPEG", "PNG", "WEBP")
SIDE, QUALITY = 2000, 85
CONTENT_TYPE = "image/jpeg"
NOT_A_PICTURE = "这个文件不是照片，或者没有传完整。请发 JPG、PNG 或 WebP 格式的照片。"
TOO_LARGE = "照片太大了，最大{mb}兆。请缩小一些，或者截图再发。"
TOO_MANY_PIXELS = "照片的尺寸太大了。请缩小一些，或者截图再发。"
_decoding = threading.Lock()  # a picture takes little disk and much memory: one at a time


class PhotoRefused(ValueError):
    """Why a photo was not taken, in words for the customer."""


@dataclass(frozen=True)
class Photo:
    """A JPEG of our own making: upright, no side over `SIDE` pixels, nothing in it but the picture (no place, no camera)."""

    data: bytes
    width: int
    height: int
    sha256: str


def read_photo(data: bytes) -> Photo:
    """Decode and encode anew. `sha256` is that of `data`. Raises PhotoRefused: no picture, too many bytes or pixels."""
    limits = get_settings()
    if len(data) > limits.photo_max_bytes:
        raise PhotoRefused(TOO_LARGE.format(mb=limits.photo_max_bytes >> 20))
    try:
        with _decoding, Image.open(BytesIO(data), formats=FORMATS) as opened:
            if opened.width * opened.height > limits.photo_max_pixels:  # known from the header, nothing decoded yet
                raise PhotoRefused(TOO_MANY_PIXELS)
            opened.draft("RGB", (SIDE, SIDE))  # a JPEG is not even decoded at its full size
            return _encoded(opened, hashlib.sha256(data).hexdigest())
    except PhotoRefused:
        raise
    except Image.DecompressionBombError as problem:
        raise PhotoRefused(TOO_MANY_PIXELS) from problem
    except Exception as problem:  # whatever a decoder trips over in a stranger's bytes
        raise PhotoRefused(NOT_A_PICTURE) from problem


def _encoded(opened: Image.Image, sha256: str) -> Photo:
    plain = opened.mode in ("L", "RGB", "RGBA")
    picture = opened if plain else opened.convert("RGBA" if opened.has_transparency_data else "RGB")
    picture.thumbnail((SIDE, SIDE))
    upright = ImageOps.exif_transpose(picture)
    bare = Image.new("RGB", upright.size, "white")  # a fresh one: comments and profiles would come along otherwise
    bare.paste(upright, mask=upright.getchannel("A") if upright.mode == "RGBA" else None)
    encoded = BytesIO()
    bare.save(encoded, "JPEG", quality=QUALITY, optimize=True)
    return Photo(encoded.getvalue(), bare.width, bare.height, sha256)
