"""Small documents made on the spot, as people's own programs would save them."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest

from knowledge.importing import Document, read_document


def picture(width: int = 2, height: int = 2, shade: int = 200) -> bytes:
    """A small grey PNG."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    rows = b"".join(b"\x00" + bytes([shade]) * width for _ in range(height))
    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


@pytest.fixture
def save(tmp_path: Path) -> Callable[[str, str | bytes], Path]:
    """Save a file of this name in the folder that is being imported, and give its path."""

    def save_(name: str, content: str | bytes) -> Path:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    return save_


@pytest.fixture
def read(save: Callable[[str, str | bytes], Path], tmp_path: Path) -> Callable[[str, str | bytes], Document]:
    """Save a file of this name, and read it as part of its folder."""
    return lambda name, content: read_document(save(name, content), root=tmp_path)
