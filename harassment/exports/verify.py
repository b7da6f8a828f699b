"""Checks an evidence export of Aura. Needs Python 3.8 or newer, nothing to install, no network.

    python3 verify.py                  the folder in which this file lies, unpacked
    python3 verify.py EXPORT.zip       the file itself; also finds changes of the container
    python3 verify.py EXPORT.zip --key FINGERPRINT    and that this installation signed it

Exit status: 0 intact, 1 changed, 2 not an export of Aura or cut off. The same file travels in
every export and is what `manage.py evidence_verify` and the evidence pages use; it is longer than
its neighbours because it has to be one file.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
import struct
import sys
import zipfile
import zlib
from collections.abc import Callable
from typing import Any, NamedTuple

GENESIS = "0" * 64
MANIFEST, SIGNATURE = "manifest.json", "manifest.sig"
FILES = (
    "README.txt", "verify.py", "evidence.pdf", "evidence.json", "evidence.csv", "chain.txt",
    "seals.json", "public_key.txt", "authority.pem", "statement.json", "timestamp.tsr",
)  # fmt: skip
_MALFORMED = (
    ValueError, KeyError, TypeError, IndexError, AttributeError, RuntimeError, OverflowError,
    struct.error, StopIteration, MemoryError,
)  # fmt: skip


class Report(NamedTuple):
    """What a check found: everything that was changed, remarks that change nothing, facts."""

    problems: list[str]
    remarks: list[str]
    facts: dict[str, str]
    is_readable: bool = True

    @property
    def is_intact(self) -> bool:
        """Whether nothing was changed since the export was made."""
        return self.is_readable and not self.problems


# --- hashes --------------------------------------------------------------------------------------


def canonical(value: Any) -> bytes:
    """The one spelling of a JSON value: UTF-8, keys sorted by code point, no white space, no NaN.

    RFC 8785 but for two things: keys beyond U+FFFF sort by code point, and a fraction is written
    as Python writes it. What is hashed here holds neither but inside a platform's own payload.
    """
    return json.dumps(
        value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False
    ).encode()


def link_hash(previous_hash: str, payload: dict[str, Any]) -> str:
    """SHA-256 over the previous link's hash (64 hex digits) followed by the canonical payload."""
    return hashlib.sha256(previous_hash.encode() + canonical(payload)).hexdigest()


def commitment(name: str, salt: str, value: Any) -> str:
    """What a link says of one field without holding it: SHA-256 over salt, name and value."""
    return hashlib.sha256(b"aura-field/1\n" + canonical([salt, name, value])).hexdigest()


def fields_root(commitments: dict[str, str]) -> str:
    """The one hash of all commitments of an item, which its link holds."""
    return hashlib.sha256(b"aura-fields/1\n" + canonical(commitments)).hexdigest()


def leaf_hash(leaf: bytes) -> bytes:
    """Hash of a leaf of a Merkle tree, RFC 6962 section 2.1."""
    return hashlib.sha256(b"\x00" + leaf).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Hash of an inner node of a Merkle tree."""
    return hashlib.sha256(b"\x01" + left + right).digest()


def root_from_path(leaf: bytes, index: int, size: int, path: list[bytes]) -> bytes:
    """The root that an inclusion proof leads to. ValueError when it has the wrong length."""
    if not 0 <= index < size:
        raise ValueError("outside of the tree")
    node, last = leaf_hash(leaf), size - 1
    for step in path:
        if not last:
            raise ValueError("too long")
        if index % 2 or index == last:
            node = node_hash(step, node)
            while not index % 2 and index:
                index, last = index >> 1, last >> 1
        else:
            node = node_hash(node, step)
        index, last = index >> 1, last >> 1
    if last:
        raise ValueError("too short")
    return node


# --- signatures: Ed25519 (RFC 8032), ECDSA and RSA (FIPS 186-5), written out ---------------------

_P = 2**255 - 19
_L = 2**252 + 27742317777372353535851937790883648493
_D = -121665 * pow(121666, _P - 2, _P) % _P
_BASE = (
    15112221349535400772501151409588531511454012693041857206046113283949847762202,
    46316835694926478169428394003475163141307993866256225615783033603165251855960,
)


def _edwards_add(a: tuple[int, ...], b: tuple[int, ...]) -> tuple[int, ...]:
    one, two = (a[1] - a[0]) * (b[1] - b[0]) % _P, (a[1] + a[0]) * (b[1] + b[0]) % _P
    three, four = 2 * a[3] * b[3] * _D % _P, 2 * a[2] * b[2] % _P
    e, f, g, h = two - one, four - three, four + three, two + one
    return e * f % _P, g * h % _P, f * g % _P, e * h % _P


def _edwards_times(scalar: int, point: tuple[int, ...]) -> tuple[int, ...]:
    found: tuple[int, ...] = (0, 1, 1, 0)
    while scalar:
        if scalar & 1:
            found = _edwards_add(found, point)
        point, scalar = _edwards_add(point, point), scalar >> 1
    return found


def _edwards_point(raw: bytes) -> tuple[int, ...]:
    y, sign = int.from_bytes(raw, "little") % 2**255, raw[31] >> 7
    square = (y * y - 1) * pow(_D * y * y + 1, _P - 2, _P) % _P
    x = pow(square, (_P + 3) // 8, _P)
    if (x * x - square) % _P:
        x = x * pow(2, (_P - 1) // 4, _P) % _P
    if y >= _P or (x * x - square) % _P or (not x and sign):
        raise ValueError("not a point of the curve")
    x = _P - x if x % 2 != sign else x
    return x, y, 1, x * y % _P


def ed25519_holds(key: bytes, message: bytes, signature: bytes) -> bool:
    """Whether `signature` (64 bytes) over `message` was made with the private half of `key`."""
    if len(key) != 32 or len(signature) != 64:
        return False
    scalar = int.from_bytes(signature[32:], "little")
    try:
        public, nonce = _edwards_point(key), _edwards_point(signature[:32])
    except ValueError:
        return False
    digest = hashlib.sha512(signature[:32] + key + message).digest()
    base = (_BASE[0], _BASE[1], 1, _BASE[0] * _BASE[1] % _P)
    left = _edwards_times(scalar, base)
    right = _edwards_add(nonce, _edwards_times(int.from_bytes(digest, "little") % _L, public))
    return (
        scalar < _L
        and not (left[0] * right[2] - right[0] * left[2]) % _P
        and not (left[1] * right[2] - right[1] * left[2]) % _P
    )


_CURVES = {  # object identifier of the curve: p, b, order, generator
    "2a8648ce3d030107": (
        0xFFFFFFFF00000001000000000000000000000000FFFFFFFFFFFFFFFFFFFFFFFF,
        0x5AC635D8AA3A93E7B3EBBD55769886BC651D06B0CC53B0F63BCE3C3E27D2604B,
        0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551,
        0x6B17D1F2E12C4247F8BCE6E563A440F277037D812DEB33A0F4A13945D898C296,
        0x4FE342E2FE1A7F9B8EE7EB4A7C0F9E162BCE33576B315ECECBB6406837BF51F5,
    ),
}
_DIGESTS = {
    "608648016503040201": "sha256", "608648016503040202": "sha384", "608648016503040203": "sha512",
}  # fmt: skip


def _weierstrass_add(
    p: int, a: tuple[int, int] | None, b: tuple[int, int] | None
) -> tuple[int, int] | None:
    if a is None or b is None:
        return a or b
    if a[0] == b[0]:
        if (a[1] + b[1]) % p == 0:
            return None
        slope = (3 * a[0] * a[0] - 3) * pow(2 * a[1], -1, p)
    else:
        slope = (b[1] - a[1]) * pow(b[0] - a[0], -1, p)
    x = (slope * slope - a[0] - b[0]) % p
    return x, (slope * (a[0] - x) - a[1]) % p


def _ecdsa_holds(curve: str, point: bytes, digest: bytes, signature: bytes) -> bool:
    p, b, order, base_x, base_y = _CURVES[curve]
    half = (len(point) - 1) // 2
    x, y = int.from_bytes(point[1 : 1 + half], "big"), int.from_bytes(point[1 + half :], "big")
    r, s = (int.from_bytes(part.body, "big") for part in _Der(signature).parts())
    if (
        point[0] != 4
        or (y * y - x * x * x + 3 * x - b) % p
        or not (0 < r < order and 0 < s < order)
    ):
        return False
    inverse = pow(s, -1, order)
    total: tuple[int, int] | None = None
    number = int.from_bytes(digest[: (order.bit_length() + 7) // 8], "big")
    for scalar, start in ((number * inverse, (base_x, base_y)), (r * inverse, (x, y))):
        scalar, walk = scalar % order, start  # noqa: PLW2901
        while scalar:
            if scalar & 1:
                total = _weierstrass_add(p, total, walk)
            walk, scalar = _weierstrass_add(p, walk, walk) or walk, scalar >> 1  # noqa: PLW2901
    return total is not None and total[0] % order == r


def _rsa_holds(key: bytes, name: str, digest: bytes, signature: bytes) -> bool:
    modulus, exponent = (int.from_bytes(part.body, "big") for part in _Der(key).parts())
    size = (modulus.bit_length() + 7) // 8
    if size > 1024 or exponent >= 2**33:  # nobody's key, but hours of arithmetic
        return False
    oid = next(oid for oid, known in _DIGESTS.items() if known == name)
    inner = bytes([0x30, 13, 6, 9]) + bytes.fromhex(oid) + b"\x05\x00"
    inner += bytes([4, len(digest)]) + digest
    wanted = bytes([0x30, len(inner)]) + inner
    wanted = b"\x00\x01" + b"\xff" * (size - len(wanted) - 3) + b"\x00" + wanted
    return pow(int.from_bytes(signature, "big"), exponent, modulus) == int.from_bytes(wanted, "big")


# --- timestamp tokens (RFC 3161 in RFC 5652) ------------------------------------------------------


class _Der:
    """One element of DER: its tag, body and whole bytes."""

    def __init__(self, raw: bytes) -> None:
        length, start = raw[1], 2
        if length & 0x80:
            start += length & 0x7F
            length = int.from_bytes(raw[2:start], "big")
        self.tag, self.body, self.whole = raw[0], raw[start : start + length], raw[: start + length]
        if len(self.body) != length:
            raise ValueError("cut off")

    def parts(self) -> list[_Der]:
        """The elements inside."""
        found, rest = [], self.body
        while rest:
            found.append(_Der(rest))
            rest = rest[len(found[-1].whole) :]
        return found


def _signed_by(certificate: _Der, message: bytes, digest: str, signature: bytes) -> bool | None:
    """Whether the certificate's key signed `message`; None when this file lacks the method."""
    fields = [part for part in certificate.parts()[0].parts() if part.tag != 0xA0]
    algorithm, bits = fields[5].parts()
    names = [part.body.hex() for part in algorithm.parts()]
    hashed = hashlib.new(digest, message).digest()
    if names[0] == "2a8648ce3d0201" and names[1] in _CURVES:
        return _ecdsa_holds(names[1], bits.body[1:], hashed, signature)
    if names[0] == "2a864886f70d010101":
        return _rsa_holds(bits.body[1:], digest, hashed, signature)
    return None


def check_token(response: bytes, message: bytes, authority: str) -> tuple[str, list[str]]:
    """The time a timestamp response states for `message` and what could not be checked.

    `authority`: certificates in PEM that the token's certificate may be signed with. Checked are
    the imprint, the signature and, when the issuer is there, the certificate's own signature.
    ValueError says what is wrong.
    """
    if _Der(response).whole != response:
        raise ValueError("it has bytes behind its end")
    status, token = _Der(response).parts()[:2]
    signed = token.parts()[1].parts()[0].parts()
    info = _Der(signed[2].parts()[1].parts()[0].body)
    certificates = next((part.parts() for part in signed if part.tag == 0xA0), [])
    signer = signed[-1].parts()[0].parts()
    attributes = next(part for part in signer if part.tag == 0xA0)
    place = signer.index(attributes)
    digest = _DIGESTS[signer[2].parts()[0].body.hex()]
    imprint = info.parts()[2].parts()
    imprinted = hashlib.new(_DIGESTS[imprint[0].parts()[0].body.hex()], message).digest()
    if status.parts()[0].body not in {b"\x00", b"\x01"} or imprint[1].body != imprinted:
        raise ValueError("it is not about these bytes")
    attested = {
        part.parts()[0].body.hex(): part.parts()[1].parts()[0] for part in attributes.parts()
    }
    if attested["2a864886f70d010904"].body != hashlib.new(digest, info.whole).digest():
        raise ValueError("what it says was changed")
    message, signature = b"\x31" + attributes.whole[1:], signer[place + 2].body
    bound = attested.get("2a864886f70d010910022f") or attested["2a864886f70d010910020c"]
    own = [
        one for one in certificates
        if any(hashlib.new(n, one.whole).digest() in bound.whole for n in ("sha256", "sha1"))
    ]  # fmt: skip
    holds = _signed_by(own[0], message, digest, signature)
    if holds is False:
        raise ValueError("its signature does not hold")
    unchecked = ["its signature, made by a method that this file does not know"] * (holds is None)
    roots = [_Der(base64.b64decode(pem.split("-----")[0])) for pem in
             authority.split("-----BEGIN CERTIFICATE-----")[1:]]  # fmt: skip
    inner = own[0].parts()
    issued = [_signed_by(root, inner[0].whole, "sha256", inner[2].body[1:]) for root in roots]
    if True not in issued:
        if roots:
            raise ValueError("its certificate is not from the authority of this export")
        unchecked.append("who issued its certificate")
    moment = next(part.body.decode() for part in info.parts() if part.tag == 0x18)
    return "{}-{}-{}T{}:{}:{}Z".format(*(moment[a:b] for a, b in
        ((0, 4), (4, 6), (6, 8), (8, 10), (10, 12), (12, 14)))), unchecked  # fmt: skip


# --- the export ----------------------------------------------------------------------------------


def local_header(name: str, checksum: int, size: int) -> bytes:
    """What stands before a file in the ZIP: stored, dated 1980-01-01, nothing else."""
    fields = (b"PK\3\4", 20, 0, 0, 0, 0x21, checksum, size, size, len(name), 0)
    return struct.pack("<4s5H3L2H", *fields) + name.encode("ascii")


def directory(entries: list[tuple[str, int, int, int]]) -> bytes:
    """What stands behind the files, from (name, checksum, size, offset) of each."""
    lines = b"".join(
        struct.pack(
            "<4s6H3L5H2L", b"PK\1\2", 20, 20, 0, 0, 0, 0x21, checksum, size, size, len(name),
            0, 0, 0, 0, 0, offset,
        ) + name.encode("ascii")
        for name, checksum, size, offset in entries
    )  # fmt: skip
    start = sum(30 + len(name) + size for name, _, size, _ in entries)
    count = len(entries)
    return lines + struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, count, count, len(lines), start, 0)


def _read_zip(path: str, problems: list[str]) -> dict[str, bytes]:
    with zipfile.ZipFile(path) as archive:
        infos = archive.infolist()
    found: dict[str, bytes] = {}
    entries: list[tuple[str, int, int, int]] = []
    with open(path, "rb") as file:  # noqa: PTH123
        for info in infos:
            offset = file.tell()
            start = file.read(len(local_header("", 0, 0)) + len(info.filename.encode()))
            data = file.read(info.file_size)
            entries.append((info.filename, zlib.crc32(data), len(data), offset))
            if start != local_header(*entries[-1][:3]):
                problems.append(f"container: {info.filename} or its header was changed")
            if info.filename in found:
                problems.append(f"{info.filename}: there are two of them; one was inserted")
            found.setdefault(info.filename, data)
        if file.read() != directory(entries):
            problems.append("container: the directory at its end was changed")
    known = [*FILES, MANIFEST, SIGNATURE]
    names = [entry[0] for entry in entries]
    problems += [f"{name}: inserted; Aura did not put it there" for name in {*names} - {*known}]
    if [name for name in names if name in known] != [name for name in known if name in names]:
        problems.append("container: the files were reordered")
    return found


def _cut_in(path: str) -> str:
    """Which file a ZIP ends in when its directory is missing; empty when it never was an export."""
    name = ""
    with open(path, "rb") as file:  # noqa: PTH123
        while True:
            head = file.read(30)
            if len(head) < 30 or head[:4] != b"PK\3\4":
                return name
            size, length = struct.unpack("<18xL4xH2x", head)
            name = file.read(length).decode("ascii", "replace")
            if len(file.read(size)) < size:
                return name


def _read_folder(path: str, remarks: list[str]) -> dict[str, bytes]:
    found = {}
    for name in sorted(os.listdir(path)):  # noqa: PTH208
        if name in {*FILES, MANIFEST, SIGNATURE}:
            with open(os.path.join(path, name), "rb") as file:  # noqa: PTH118, PTH123
                found[name] = file.read()
        else:
            remarks.append(f"{name}: not part of the export; not looked at")
    return found


def _sha(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _check_manifest(files: dict[str, bytes], key: str, report: Report) -> dict[str, Any]:
    problems, facts = report.problems, report.facts
    manifest = json.loads(files[MANIFEST])
    stated = str(manifest["key"])
    facts["signed by"] = stated
    signature = files[SIGNATURE].decode("ascii")
    if files[SIGNATURE] != bytes.fromhex(signature).hex().encode() or not ed25519_holds(
        bytes.fromhex(stated), files[MANIFEST], bytes.fromhex(signature)
    ):
        problems.append("manifest.json: it or its signature was changed")
    if key and key.replace(" ", "").lower() != stated:
        problems.append("manifest.json: signed by another key than the one you expect")
    for name in FILES:
        if name not in files:
            problems.append(f"{name}: deleted")
        elif _sha(files[name]) != manifest["files"].get(name):
            problems.append(f"{name}: its bytes were changed")
    if files.get("public_key.txt", b"").decode().split("\n")[0] != stated:
        problems.append("public_key.txt: not the key of the signature")
    statement: dict[str, Any] = json.loads(files["statement.json"])
    for name, digest in statement["files"].items():
        if manifest["files"].get(name) != digest:
            problems.append(f"{name}: not the one that the statement speaks of")
    facts["case"], facts["made for"] = str(statement["case"]), str(statement["recipient"])
    facts["made at"] = str(statement["made_at"])
    return statement


def check_chain(raw: bytes, problems: list[str], remarks: list[str]) -> list[dict[str, Any]]:
    """The links of chain.txt, one a line: previous hash, own hash, canonical payload."""
    links: list[dict[str, Any]] = []
    previous, at = GENESIS.encode(), ""
    for number, line in enumerate(raw.split(b"\n")[:-1], 1):
        before, own, payload = line[:64], line[65:129], line[130:]
        if hashlib.sha256(before + payload).hexdigest().encode() != own:
            problems.append(f"link {number}: changed; its contents do not fit its hash")
        if before != previous:
            problems.append(f"link {number}: does not follow the one before it; a link was "
                            "deleted, inserted or moved here")  # fmt: skip
        link = json.loads(payload)
        if link["sequence"] != number:
            problems.append(f"link {number}: calls itself number {link['sequence']}")
        if link["captured_at"] < at:
            remarks.append(f"link {number}: sealed by a clock that had been set back")
        previous, at = own, link["captured_at"]
        links.append(link)
    return links


def check_item(link: dict[str, Any], item: dict[str, Any]) -> tuple[list[str], list[str]]:
    """What is wrong with an item: names of changed fields; and names of erased ones."""
    changed = [n for n in sorted({*link, *item["link"]}) if link.get(n) != item["link"].get(n)]
    fields, commitments, erased = item.get("fields", {}), {}, []
    for name, field in fields.items():
        if "salt" in field:
            commitments[name] = commitment(name, field["salt"], field["value"])
            if commitments[name] != field["commitment"]:
                changed.append(name)
        else:
            erased.append(name)
        commitments[name] = field["commitment"]
    if fields_root(commitments) != link.get("fields", fields_root({})):
        changed.append("the list of its fields")
    return changed, erased


def check_seal(seal: dict[str, Any], hashes: list[str], authority: str, report: Report) -> None:
    """One day's seal: its signature, that this chain's head was in it, and its timestamp."""
    text = seal["statement"].encode()
    stated = json.loads(text)
    name = f"seal of {stated['day']}"
    if not ed25519_holds(bytes.fromhex(seal["key"]), text, bytes.fromhex(seal["signature"])):
        report.problems.append(f"{name}: it or its signature was changed")
    leaf = seal["leaf"]
    path = [bytes.fromhex(step) for step in seal["path"]]
    root = root_from_path(canonical(leaf), seal["index"], stated["size"], path)
    if root.hex() != stated["root"]:
        report.problems.append(f"{name}: this chain was not in it")
    if leaf["sequence"] > len(hashes) or hashes[leaf["sequence"] - 1] != leaf["hash"]:
        report.problems.append(f"{name}: link {leaf['sequence']} was another one on that day")
    if seal["token"]:
        response = base64.b64decode(seal["token"])
        _check_time(name, response, text, authority if seal["is_local"] else "", report)


def _check_time(name: str, response: bytes, message: bytes, authority: str, report: Report) -> None:
    try:
        report.facts[name], unchecked = check_token(response, message, authority)
    except _MALFORMED as error:
        report.problems.append(f"{name}: its timestamp does not hold: {error}")
    else:
        report.remarks.extend(f"{name}: not checked: {what}" for what in unchecked)


def _check_contents(files: dict[str, bytes], statement: dict[str, Any], report: Report) -> None:
    problems, remarks, facts = report.problems, report.remarks, report.facts
    raw = files["chain.txt"]
    links = check_chain(raw, problems, remarks)
    hashes = [line[65:129].decode() for line in raw.split(b"\n")[:-1]]
    chain = statement["chain"]
    if [len(hashes), (hashes or [GENESIS])[-1]] != [chain["length"], chain["head"]]:
        problems.append("chain.txt: its end is not the one that was signed")
    facts["links"] = str(len(links))
    items = json.loads(files["evidence.json"])["items"]
    if len(items) != len(links):
        problems.append(f"evidence.json: {len(items)} items for {len(links)} links")
    for number, (link, item) in enumerate(zip(links, items), 1):  # noqa: B905
        changed, erased = check_item(link, item)
        problems += [f"item {number}: {name} was changed" for name in changed]
        if erased:
            remarks.append(f"item {number}: erased on request: {', '.join(erased)}")
    authority = files["authority.pem"].decode()
    for seal in json.loads(files["seals.json"])["seals"]:
        check_seal(seal, hashes, authority, report)
    facts["timestamps from"] = str(statement["authority"])
    trusted = authority if statement["is_local"] else ""
    _check_time("timestamp.tsr", files["timestamp.tsr"], files["statement.json"], trusted, report)


def verify(path: str, key: str = "") -> Report:
    """Check an export (a ZIP, or the folder it was unpacked into). Never raises for its content.

    `key`: the public key that must have signed it, in hex; without one any key will do.
    """
    report = Report([], [], {})
    try:
        if os.path.isdir(path):  # noqa: PTH112
            files = _read_folder(path, report.remarks)
        else:
            files = _read_zip(path, report.problems)
    except Exception as error:  # a doctored container fails in more ways than can be listed
        cut = "" if os.path.isdir(path) or not os.path.exists(path) else _cut_in(path)  # noqa: PTH110, PTH112
        said = f"container: cut off in or behind {cut}" if cut else f"container: {error}"
        return report._replace(is_readable=False, problems=[said])
    if MANIFEST not in files and "chain.txt" not in files:
        return report._replace(is_readable=False, problems=["not an export of Aura"])
    place = "manifest.json or statement.json"
    try:
        statement = _check_manifest(files, key, report)
        place = "chain.txt, evidence.json, seals.json or timestamp.tsr"
        _check_contents(files, statement, report)
    except _MALFORMED as error:
        report.problems.append(f"{place}: deleted or changed ({type(error).__name__}: {error})")
    return report


def main(arguments: list[str], write: Callable[[str], Any] | None = None) -> int:
    """Write the verdict; the exit status is 0, 1 or 2."""
    key = arguments[arguments.index("--key") + 1] if "--key" in arguments[:-1] else ""
    paths = [one for one in arguments if one not in {"--key", key}]
    report = verify(paths[0] if paths else os.path.dirname(os.path.abspath(__file__)), key)  # noqa: PTH100, PTH120
    lines = [f"{name}: {fact}" for name, fact in report.facts.items()]
    lines += [f"Note: {remark}" for remark in report.remarks]
    lines += [f"CHANGED: {problem}" for problem in report.problems]
    if report.is_intact:
        lines.append("INTACT. Nothing was changed since Aura made this export. / INTACT.")
        lines += [] if key else ["Compare the key above with the one its sender names: anybody can "
                                 "sign with a key of their own."]  # fmt: skip
    elif report.is_readable:
        lines.append("NOT INTACT. / MODIFIE.")
    else:
        lines.append("UNREADABLE: cut off, damaged or no export of Aura. / ILLISIBLE.")
    (write or sys.stdout.write)(
        "\n".join(lines).encode("ascii", "backslashreplace").decode() + "\n"
    )
    return 0 if report.is_intact else 1 if report.is_readable else 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
