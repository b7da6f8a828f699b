"""PDF files written by hand: good ones, and ones that mean harm."""

import zlib
from collections.abc import Sequence
from io import BytesIO

from pypdf import PdfWriter


def pdf_of(objects: Sequence[bytes]) -> bytes:
    """A file of these objects, numbered from 1; the first is the catalogue."""
    out, places = bytearray(b"%PDF-1.7\n"), []
    for number, content in enumerate(objects, start=1):
        places.append(len(out))
        out += b"%d 0 obj\n" % number + content + b"\nendobj\n"
    start = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    for place in places:
        out += b"%010d 00000 n \n" % place
    out += b"trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF" % (
        len(objects) + 1,
        start,
    )
    return bytes(out)


def stream(content: bytes, extra: bytes = b"") -> bytes:
    """A stream object."""
    return b"<< /Length %d %s >>\nstream\n" % (len(content), extra) + content + b"\nendstream"


def pdf_with(pages: Sequence[str]) -> bytes:
    """A file with one line of text a page."""
    font = 3
    objects = [b"<< /Type /Catalog /Pages 2 0 R >>", b"", b""]
    kids = []
    for text in pages:
        number = len(objects) + 1
        kids.append(number)
        line = text.replace("\\", r"\\").replace("(", r"\(").replace(")", r"\)")
        shown = f"BT /F1 12 Tf 72 720 Td ({line}) Tj ET".encode("cp1252")
        objects.append(
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents %d 0 R"
            b" /Resources << /Font << /F1 %d 0 R >> >> >>" % (number + 1, font)
        )
        objects.append(stream(shown))
    objects[1] = b"<< /Type /Pages /Count %d /Kids [%s] >>" % (
        len(kids),
        b" ".join(b"%d 0 R" % kid for kid in kids),
    )
    objects[2] = (
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>"
    )
    return pdf_of(objects)


def bomb(megabytes: int = 400, piece: bytes = b" ") -> bytes:
    """A page whose content is small in the file and huge once unpacked: `piece` on and on."""
    packer = zlib.compressobj(9)
    block = piece * (1_000_000 // len(piece))
    packed = b"".join([*(packer.compress(block) for _ in range(megabytes)), packer.flush()])
    return pdf_of(
        [
            b"<< /Type /Catalog /Pages 2 0 R >>",
            b"<< /Type /Pages /Count 1 /Kids [3 0 R] >>",
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 9 9] /Contents 4 0 R >>",
            stream(packed, b"/Filter /FlateDecode"),
        ]
    )


def looping() -> bytes:
    """A tree of pages that is its own branch."""
    return pdf_of(
        [
            b"<< /Type /Catalog /Pages 2 0 R >>",
            b"<< /Type /Pages /Count 9999999 /Parent 2 0 R /Kids [2 0 R 2 0 R] >>",
        ]
    )


def locked() -> bytes:
    """One that asks for a password."""
    writer = PdfWriter()
    writer.add_blank_page(100, 100)
    writer.encrypt("secret", algorithm="AES-256")
    out = BytesIO()
    writer.write(out)
    return out.getvalue()
