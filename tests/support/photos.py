"""Photos as customers' phones make them, and files that only pretend."""

from __future__ import annotations

import base64
import struct
import zlib
from io import BytesIO

from PIL import Image

# a place in Yunjiang, as a phone writes it beside the picture
_GPS = {1: "N", 2: (30.0, 15.0, 12.0), 3: "E", 4: (120.0, 9.0, 3.0)}


def photo(
    size: tuple[int, int] = (640, 480),
    kind: str = "JPEG",
    colour: str = "orange",
    mode: str = "RGB",
    turned: bool = False,
) -> bytes:
    """A picture with a place, a camera and a comment in it; `turned`: held upright, stored lying."""
    image = Image.new(mode, size, colour)
    exif = Image.Exif()
    exif[0x0110] = "Phone of Anna"
    exif[0x8825] = _GPS
    if turned:
        exif[0x0112] = 6
    made, more = BytesIO(), {"comment": b"secret remark"} if kind == "JPEG" else {}
    image.save(made, kind, exif=exif, **more)
    return made.getvalue()


def data_url(data: bytes, kind: str = "jpeg") -> str:
    return f"data:image/{kind};base64,{base64.b64encode(data).decode()}"


def bomb(width: int = 60_000, height: int = 60_000) -> bytes:
    """A few hundred bytes that claim to be a picture of billions of pixels."""

    def chunk(name: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    rows = zlib.compress(b"\0" * 100_000, 9)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


def not_photos() -> dict[str, bytes]:
    """What is sent instead of a photo."""
    good = photo()
    gif = BytesIO()
    Image.new("RGB", (9, 9)).save(gif, "GIF")
    return {
        "nothing": b"",
        "words": "电表读数 4821".encode(),
        "a page": b"<html><script>alert(1)</script></html>",
        "a drawing with a script": b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>',
        "a gif": gif.getvalue(),
        "a pdf": b"%PDF-1.7\n%\xe2\xe3",
        "half a photo": good[: len(good) // 2],
        "only a head": good[:20],
        "a bomb": bomb(),
        "a smaller bomb": bomb(9000, 9000),
    }
