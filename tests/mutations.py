"""Changes to trees and bytes, the same for the same seed; and how many have been tried in this run of the tests."""

from __future__ import annotations

import base64
import contextlib
import copy
import json
import random
from collections import Counter
from copy import deepcopy
from typing import Any

from lxml import etree

from idptest.model.report import Report
from idptest.model.rule import Verdict
from idptest.saml.xml import DS, SAML, SAMLP

CASES, MUTATED, CRASHES = "hypothesis cases", "mutated logins", "crashes"
# Told at the end of the run (tests/conftest.py), and in the README.
TRIED: Counter[str] = Counter()


def no_crash(report: Report) -> Report:
    """The same report, in which no rule crashed."""
    crashed = [(finding.rule.id, finding.message and finding.message.en) for finding in report.having(Verdict.CRASHED)]
    TRIED[CRASHES] += bool(crashed)
    assert not crashed
    return report


# What a careless or malicious peer writes where a value is expected.
ODD = (
    "", " ", "\u00a0", "0", "-1", "true", "NaN", "x" * 5000, "å" * 300, "\U0001f600", "\u202e", "{actual}", "{0}", "%s", "@", "a@b@c", "@exempelstad.se", "\n", "\u2028",
    "9999-12-31T23:59:59Z", "0001-01-01T00:00:00Z", "0001-01-01T00:00:00.000001+00:00", "9999-12-31T23:59:59.999999Z", "2026-02-30T00:00:00Z", "24:00:00", "2026-11-22T24:00:00Z",
    "urn:oasis:names:tc:SAML:2.0:status:Success", "urn:oasis:names:tc:SAML:2.0:cm:bearer", "http://[", "https://", "id-0001", "id-0005", "#id-0005", "AAAA", "=", "%%%",
    "7c1d9e52-4b3a-4f60-9a1e-2d5c8b7f3e04", "{7C1D9E52-4B3A-4F60-9A1E-2D5C8B7F3E04}@exempelstad.se", "198503139803@exempelstad.se", "\u0661\u0662@exempelstad.se", "ﬀ@exempelstad.se",
)  # fmt: skip
NAMES = [f"{{{SAML}}}{name}" for name in ("Assertion", "Subject", "NameID", "SubjectConfirmation", "SubjectConfirmationData", "Conditions", "AudienceRestriction", "Audience", "AuthnStatement", "AuthnContext", "AuthnContextClassRef", "AttributeStatement", "Attribute", "AttributeValue", "Issuer", "EncryptedAssertion", "EncryptedID")] + [f"{{{SAMLP}}}{name}" for name in ("Response", "Status", "StatusCode", "Extensions")] + [f"{{{DS}}}{name}" for name in ("Signature", "SignedInfo", "Reference", "KeyInfo", "Object")] + ["x", "{urn:x}y"]  # fmt: skip


def changed_tree(root: Any, random_: random.Random) -> Any:
    """One to four changes to a tree: values, names, moved, doubled, wrapped and lost elements, comments, attributes."""
    for _ in range(random_.randint(1, 4)):
        element = random_.choice(list(root.iter(etree.Element)))
        parent = element.getparent()
        other = random_.choice(list(root.iter(etree.Element)))
        match random_.randrange(12):
            case 0:
                element.text = random_.choice(ODD)
            case 1 if element.attrib:
                element.set(random_.choice(list(element.attrib)), random_.choice(ODD))
            case 2 if element.attrib:
                del element.attrib[random_.choice(list(element.attrib))]
            case 3 if parent is not None:
                parent.remove(element)
            case 4:
                other.append(deepcopy(element))
            case 5 if parent is not None and other not in element.iter():
                other.insert(random_.randint(0, len(other)), element)
            case 6:
                element.tag = random_.choice(NAMES)
            case 7:
                element.append(
                    etree.Element(
                        random_.choice(NAMES), **{random_.choice(["ID", "Id", "Name", "Value", "URI", "Algorithm"]): random_.choice(ODD)}
                    )
                )
            case 8:
                element.append(etree.Comment("x"))
                element[-1].tail = random_.choice(ODD)
            case 9:
                element.set(
                    random_.choice(["ID", "NotOnOrAfter", "NotBefore", "IssueInstant", "AuthnInstant", "{urn:x}ID", "xmlns-x"]),
                    random_.choice(ODD),
                )
            case 10 if parent is not None:
                for child in list(element):
                    parent.append(child)
            case _:
                element.insert(0, etree.ProcessingInstruction("x", "y"))
    return root


def damaged(data: bytes, random_: random.Random) -> bytes:
    """One to five changes to bytes: flipped, cut, doubled, lost, replaced."""
    raw = bytearray(data)
    for _ in range(random_.randint(1, 5)):
        at, length = random_.randrange(len(raw) + 1), random_.choice([1, 2, 7, 50, 500])
        match random_.randrange(6):
            case 0 if at < len(raw):
                raw[at] ^= 1 << random_.randrange(8)
            case 1:
                del raw[at : at + length]
            case 2:
                raw[at:at] = raw[at : at + length]
            case 3:
                raw[at:at] = random_.choice(ODD).encode()
            case 4:
                raw[at:at] = random_.randbytes(length)
            case _:
                raw[at:] = raw[at : at + 5000] if random_.random() < 0.9 else b""
    return bytes(raw)


OTHER_KINDS: tuple[Any, ...] = (None, True, 0, -1, 2**70, 1.5, [], {}, [[]], {"text": "x"}, {"base64": "%"}, [["a", "b"]], *ODD)


def change_one(plain: Any, random_: random.Random) -> None:
    """One value somewhere becomes another, of any kind; or is lost, or doubled."""
    place = plain
    while True:
        keys = list(place) if isinstance(place, dict) else range(len(place))
        if not keys:
            return
        key = random_.choice(list(keys))
        if isinstance(place[key], (dict, list)) and place[key] and random_.random() < 0.8:
            place = place[key]
            continue
        match random_.randrange(4):
            case 0:
                del place[key]
            case 1 if isinstance(place, list):
                place.append(copy.deepcopy(place[key]))
            case _:
                place[key] = copy.deepcopy(random_.choice(OTHER_KINDS))
        return


def changed_json(data: bytes, random_: random.Random) -> bytes:
    """JSON with one to three values changed; other bytes where it is none."""
    try:
        plain = json.loads(data)
    except ValueError:
        return damaged(data, random_)
    if not isinstance(plain, dict | list):
        return damaged(data, random_)
    for _ in range(random_.randint(1, 3)):
        change_one(plain, random_)
    return json.dumps(plain).encode()


def changed_token(token: str, random_: random.Random) -> str:
    """A token with its header or claims changed, the signature as it was; parts lost, doubled or swapped."""
    parts = token.split(".")
    at = random_.randrange(len(parts))
    match random_.randrange(6):
        case 0:
            del parts[at]
        case 1:
            parts.insert(at, random_.choice(parts))
        case 2:
            parts[at] = random_.choice(ODD)
        case _:
            padded = parts[min(at, 1)] + "=="
            with contextlib.suppress(ValueError):
                inside = changed_json(base64.urlsafe_b64decode(padded), random_)
                parts[min(at, 1)] = base64.urlsafe_b64encode(inside).rstrip(b"=").decode()
    return ".".join(parts)
