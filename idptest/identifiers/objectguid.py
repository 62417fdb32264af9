"""An AD objectGUID: the forms it is seen in, and how to read one back.

AD stores 16 bytes. The first three fields are little-endian, so the raw bytes and the dashed text differ in their first half:

    text   aabbccdd-eeff-gghh-iijj-kkllmmnnoopp
    bytes  dd cc bb aa ff ee hh gg ii jj kk ll mm nn oo pp     "AD order"; "RFC order" is the order of the text

https://learn.microsoft.com/dotnet/api/system.guid.tobytearray ·
https://learn.microsoft.com/en-us/windows/win32/ad/using-objectguid-to-bind-to-an-object (both read 2026-11)

Which order a value is in can often be told: every published objectGUID is a version-4 UUID (RFC 9562 5.4), so the 15th
character of the dashed text is 4 and the 20th is 8, 9, a or b. That AD always issues such GUIDs is observed, not documented.
The test is blind for one GUID in sixteen, and a value carried over in mS-DS-ConsistencyGuid may be of another version.
"""

from __future__ import annotations

import base64
import binascii
import re
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import lru_cache

from idptest.identifiers import personnummer
from idptest.identifiers.objectguid_words import words_for
from idptest.model.rule import Words

CERTAIN = "certain"
"""The GUID is known and this is it."""
LIKELY = "likely"
"""The version digit tells the byte order."""
UNDECIDED = "undecided"
"""Nothing in the value tells the byte order; the usual order comes first."""

UNLIKELY = "unlikely"
"""The version digit fits that too, but another reading is as things usually are."""

KINDS = ("objectguid", "upn-or-mail", "personnummer", "sid", "language-artifact", "damaged-text", "unknown")

_DASHED = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_HEX = re.compile(r"(?:0[xX])?([0-9a-fA-F]{32})")
_BITCONVERTER = re.compile(r"(?:[0-9a-fA-F]{2}-){15}[0-9a-fA-F]{2}")
_LDAP_FILTER = re.compile(r"(?:\\[0-9a-fA-F]{2}){16}")
_DECIMALS = re.compile(r"[\[{(]?\s*(-?\d{1,3}(?:(?:\s*,\s*|\s+)-?\d{1,3}){15})\s*[\]})]?", re.ASCII)
_BASE64 = re.compile(r"[A-Za-z0-9+/_-]{21}[AQgw](?:==)?")
_BASE64_LOWERED = re.compile(r"[a-z0-9+/_-]{21}[aqgw](==)?")
_BASE64_TEXT = re.compile(r"[A-Za-z0-9+/_-]{30,200}={0,2}")
_WRAPPERS = (("{", "}"), ("(", ")"))
_DEEPEST = 3  # wrappers and encodings inside each other
_LONGEST = 400  # characters; base64 of UTF-16 of a GUID in braces has 104
_URN = re.compile(r"urn:uuid:", re.IGNORECASE)

_SID = re.compile(r"S-1-\d+(?:-\d+)+", re.IGNORECASE | re.ASCII)
_SID_BASE64 = "AQUAAAAAAAUVAAAA"  # the bytes that every binary domain SID (S-1-5-21-…) begins with
_ARTIFACT = re.compile(
    r"\[[BCIJL]@[0-9a-f]+|System\.(?:Byte|Object)\[\]|b'.*'|b\".*\"|bytearray\(.*\)|Array|\[object [A-Za-z0-9]+\]"
    r"|<(?:Buffer|memory)\b.*>|null|None|undefined|NaN",
    re.DOTALL,
)
_LETTER = r"[^\W\d_]"
_NAME = re.compile(rf"{_LETTER}+(?:[ ._'-]{_LETTER}+)+\d{{0,4}}|{_LETTER}{{3,}}\d{{0,4}}")
_NOT_TEXT = re.compile("[\x00-\x1f\x7f-\x9f\ufffd]")

# By style: how the value is called when its bytes are in AD order, and in RFC order.
_NAMES: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "dashed": (("byte-order-mistake",), ("canonical",)),
    "hex": (("ad-bytes-hex",), ("rfc-bytes-hex",)),
    "bitconverter": (("bitconverter",), ("bitconverter", "rfc-bytes-hex")),
    "ldap-filter": (("ldap-filter",), ("ldap-filter", "rfc-bytes-hex")),
    "decimals": (("decimals",), ("decimals", "rfc-bytes-hex")),
    "base64": (("base64-ad",), ("base64-rfc",)),
    "base64url": (("base64url-ad-unpadded",), ("base64-rfc",)),
}


@dataclass(frozen=True)
class Reading:
    """One way to understand a value. `forms` names what was done to the GUID, outermost first; `("canonical",)` is as it should be.

    The names are those of `forms()`. Only when the GUID is known can it also be `only-first-field-swapped`,
    `first-two-fields-swapped`, `partly-swapped` or `lower-cased`.
    """

    guid: uuid.UUID
    forms: tuple[str, ...]
    confidence: str
    words: Words


@dataclass(frozen=True)
class _Bytes:
    """Sixteen bytes as a value shows them: in which style, inside what."""

    raw: bytes
    style: str
    outer: tuple[str, ...] = ()


def is_canonical(text: str) -> bool:
    """Lower case, dashed, nothing around it."""
    return _DASHED.fullmatch(text) is not None and text == text.lower()


def forms(guid: uuid.UUID) -> dict[str, str]:
    """The GUID in every form that has a name, `canonical` first."""
    text, ad, rfc = str(guid), guid.bytes_le, guid.bytes
    return {
        "canonical": text,
        "ad-bytes-hex": ad.hex(),
        "rfc-bytes-hex": rfc.hex(),
        "upper": text.upper(),
        "braces": "{" + text.upper() + "}",
        "urn": "urn:uuid:" + text,
        "base64-ad": _b64(ad),
        "base64-rfc": _b64(rfc),
        "base64url-ad-unpadded": base64.urlsafe_b64encode(ad).decode().rstrip("="),
        "byte-order-mistake": str(uuid.UUID(bytes=ad)),
        "ldap-filter": "".join(f"\\{byte:02x}" for byte in ad),
        "bitconverter": "-".join(f"{byte:02X}" for byte in ad),
        "base64-of-text": _b64(text.encode()),
        "base64-of-utf16le-text": _b64(text.encode("utf-16-le")),
        "base64-of-base64": _b64(_b64(ad).encode()),
        "decimals": " ".join(str(byte) for byte in ad),
        "rfc-bytes-reversed": str(uuid.UUID(bytes=rfc[::-1])),
        "ad-bytes-reversed": str(uuid.UUID(bytes=ad[::-1])),
    }


@lru_cache(maxsize=1024)
def readings(value: str, known: uuid.UUID | None = None) -> tuple[Reading, ...]:
    """Every GUID that `value` may stand for, the best first; none when it holds no GUID.

    `value` is the part of an EPPN before @ (or the whole EPPN; the rest is not looked at). Bytes and base64 are taken in AD
    order, dashed text as it stands, unless only the other order gives a version-4 GUID. Where both orders do, or neither,
    both readings are given; where neither does, one read backwards that does comes second. So it does, as unlikely, where a value
    that looks as it should is one backwards too. When the `known` GUID can be found in the value, that reading stands alone.

    For a version-4 GUID in any of `forms()` the true reading is therefore first or second. Dashed text shows bytes b0 to b15, and is

        canonical           when b6 = 4x and b8 = 8x to bx      rfc-bytes-reversed  when b9 = 4x and b7 = 8x to bx
        byte-order-mistake  when b7 = 4x and b8 = 8x to bx      ad-bytes-reversed   when b8 = 4x and b7 = 8x to bx

    Three of these never hold at once: the second excludes both on the right by b7, the fourth both on the left by b8. The first and the
    third do for one GUID in 64, and then nothing in the value tells which it is.
    """
    text = value.partition("@")[0].strip()
    seen = tuple(_bytes_in(text))
    if known is not None:
        for found in (*seen, *_lowered(text, known)):
            names = _names_when_known(found, known)
            if names:
                return (_reading(known, names, CERTAIN),)
    return tuple(reading for found in seen for reading in _interpret(found))


def kind(local_part: str) -> str:
    """What sort of thing the part before @ is: one of KINDS. A GUID that can be read back is `objectguid` in whatever form."""
    text = local_part.strip()
    if readings(text):
        return "objectguid"
    if _SID.fullmatch(text) or text.startswith(_SID_BASE64):
        return "sid"
    if _ARTIFACT.fullmatch(text):
        return "language-artifact"
    if _NOT_TEXT.search(text) or _looks_lowered(text):
        return "damaged-text"
    if personnummer.contains_personnummer(text):
        return "personnummer"
    if "@" in text or _NAME.fullmatch(text):
        return "upn-or-mail"
    if not text.isascii():
        return "damaged-text"
    return "unknown"


def _bytes_in(text: str, depth: int = 0) -> Iterator[_Bytes]:
    """The sixteen bytes that a text shows, once for each way to see them."""
    if depth > _DEEPEST or len(text) > _LONGEST:
        return
    found = _written_out(text)
    if found:
        yield found
        return
    for start, end in _WRAPPERS:
        if text.startswith(start) and text.endswith(end) and len(text) > 2:
            yield from (_inside("braces", inner) for inner in _bytes_in(text[1:-1].strip(), depth + 1))
            return
    if _URN.match(text):
        yield from (_inside("urn", inner) for inner in _bytes_in(text[len("urn:uuid:") :], depth + 1))
        return
    raw = _decode(text, _BASE64)
    if raw is not None and _credible(text, raw):
        plain = text.endswith("==") and not set(text) & set("-_")
        yield _Bytes(raw, "base64" if plain else "base64url")
    else:
        yield from _bytes_in_encoded_text(text, depth)


def _written_out(text: str) -> _Bytes | None:
    """Text that shows every byte in digits."""
    upper = ("upper",) if text != text.lower() else ()
    if _DASHED.fullmatch(text):
        return _Bytes(uuid.UUID(text).bytes, "dashed", upper)
    if m := _HEX.fullmatch(text):
        return _Bytes(bytes.fromhex(m[1]), "hex", ("upper",) if m[1] != m[1].lower() else ())
    if _BITCONVERTER.fullmatch(text):
        return _Bytes(bytes.fromhex(text.replace("-", "")), "bitconverter")
    if _LDAP_FILTER.fullmatch(text):
        return _Bytes(bytes.fromhex(text.replace("\\", "")), "ldap-filter")
    if m := _DECIMALS.fullmatch(text):
        numbers = [int(n) for n in re.findall(r"-?\d+", m[1])]  # Java's bytes have signs
        if all(-128 <= n <= 255 for n in numbers):
            return _Bytes(bytes(n % 256 for n in numbers), "decimals")
    return None


def _bytes_in_encoded_text(text: str, depth: int) -> Iterator[_Bytes]:
    data = _decode(text, _BASE64_TEXT)
    if data is None:
        return
    utf16 = len(data) >= 2 and data[1::2].count(0) == len(data) // 2
    try:
        inner_text = data.decode("utf-16-le" if utf16 else "ascii").strip()
    except UnicodeDecodeError:
        return
    for inner in _bytes_in(inner_text, depth + 1):
        if inner.style == "base64":
            yield _inside("base64-of-base64", inner)
        else:
            yield _inside("base64-of-utf16le-text" if utf16 else "base64-of-text", inner)


def _interpret(found: _Bytes) -> Iterator[Reading]:
    """The readings of sixteen bytes when the GUID is not known."""
    as_ad, as_rfc = uuid.UUID(bytes_le=found.raw), uuid.UUID(bytes=found.raw)
    ad_names, rfc_names = _NAMES[found.style]
    candidates = [(as_ad, ad_names), (as_rfc, rfc_names)]
    if found.style == "dashed":
        candidates.reverse()
    version_4 = [candidate for candidate in candidates if _is_version_4(candidate[0])]
    confidence = LIKELY if len(version_4) == 1 else UNDECIDED
    readings = [_reading(guid, (*found.outer, *names), confidence) for guid, names in (version_4 if len(version_4) == 1 else candidates)]
    # Read backwards comes second, so that a reading that is true of a version-4 GUID is among the first two.
    backwards: list[Reading] = []
    if not version_4:
        backwards += _reversed_readings(found, UNDECIDED)
    elif readings[0].forms == ("canonical",) and found.raw[9] >> 4 == 4:
        backwards += _reversed_readings(found, UNLIKELY)
    place = 1 if len(backwards) < 2 else 0
    yield from (*readings[:place], *backwards, *readings[place:])


def _reversed_readings(found: _Bytes, confidence: str) -> Iterator[Reading]:
    """Read backwards, where that gives a version-4 GUID. Weak evidence: 1 GUID in 64 looks so by chance."""
    backwards = found.raw[::-1]
    style = () if found.style == "dashed" else _NAMES[found.style][0]
    for guid, name in (
        (uuid.UUID(bytes=backwards), "rfc-bytes-reversed"),
        (uuid.UUID(bytes_le=backwards), "ad-bytes-reversed"),
    ):
        if _is_version_4(guid):
            yield _reading(guid, (*found.outer, *style, name), confidence)


def _names_when_known(found: _Bytes, known: uuid.UUID) -> tuple[str, ...]:
    """How `found` is the known GUID; nothing when it is not."""
    raw, ad, rfc = found.raw, known.bytes_le, known.bytes
    ad_names, rfc_names = _NAMES[found.style]
    usual = rfc_names if found.style == "dashed" else ad_names
    style = () if found.style == "dashed" else usual
    exact = [(rfc, rfc_names), (ad, ad_names)]
    if found.style != "dashed":
        exact.reverse()
    mistakes = [
        (rfc[::-1], (*style, "rfc-bytes-reversed")),
        (ad[::-1], (*style, "ad-bytes-reversed")),
        (rfc[:4] + ad[4:], (*style, "only-first-field-swapped")),
        (rfc[:6] + ad[6:], (*style, "first-two-fields-swapped")),
    ]
    for candidate, names in [*exact, *mistakes]:
        if raw == candidate:
            return (*found.outer, *names)
    if raw[8:] == rfc[8:] and sorted(raw[:8]) == sorted(rfc[:8]):
        return (*found.outer, *style, "partly-swapped")
    return ()


def _lowered(text: str, known: uuid.UUID) -> Iterator[_Bytes]:
    """The known GUID's base64 when somebody has made it lower case. Letters are lost: only a known GUID can be recognised."""
    if not _BASE64_LOWERED.fullmatch(text):
        return
    for raw in (known.bytes_le, known.bytes):
        for encoded in (_b64(raw), base64.urlsafe_b64encode(raw).decode()):
            if text in (encoded.lower(), encoded.lower().rstrip("=")):
                yield _Bytes(raw, "base64", ("lower-cased",))


def _looks_lowered(text: str) -> bool:
    """Base64 of sixteen bytes without a capital letter. Unpadded it must show digits in two places, or it may be a name."""
    m = _BASE64_LOWERED.fullmatch(text)
    return m is not None and (m[1] is not None or len(re.findall(r"[0-9]+", text)) > 1)


def _credible(text: str, raw: bytes) -> bool:
    """Is it base64 rather than a lower-cased remnant, or a name that happens to have 22 letters?"""
    if text == text.lower():
        return False
    if text.endswith("=="):
        return True
    if _is_version_4(uuid.UUID(bytes=raw)) or _is_version_4(uuid.UUID(bytes_le=raw)):
        return True
    return text != text.upper() and re.search(r"[0-9+/_-]", text) is not None


def _decode(text: str, shape: re.Pattern[str]) -> bytes | None:
    """The bytes of base64 in either alphabet, padded or not. A space in padded text was a plus before a URL was decoded."""
    if text.endswith("="):
        text = text.replace(" ", "+")
    if not shape.fullmatch(text):
        return None
    text = text.rstrip("=").translate(str.maketrans("-_", "+/"))
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), validate=True)
    except binascii.Error:
        return None


def _inside(name: str, found: _Bytes) -> _Bytes:
    return replace(found, outer=(name, *found.outer))


def _reading(guid: uuid.UUID, names: tuple[str, ...], confidence: str) -> Reading:
    """`canonical` and `base64-ad` go without saying when something stands around them that is named after what it holds."""
    if len(names) > 1:
        names = tuple(name for name in names if name != "canonical")
    if "base64-of-base64" in names:
        names = tuple(name for name in names if name != "base64-ad")
    return Reading(guid, names, confidence, words_for(names, confidence == UNDECIDED))


def _is_version_4(guid: uuid.UUID) -> bool:
    return guid.version == 4  # the library answers None unless the variant is 8, 9, a or b


def _b64(data: bytes) -> str:
    return base64.b64encode(data).decode()
