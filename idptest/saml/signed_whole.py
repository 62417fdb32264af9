"""The signature of a whole document, such as a federation's feed: by one certificate, over all of it.

`Canonical` is for documents too large for a tree. Exclusive C14N writes an element alike wherever it stands, but for the namespaces that
the elements around it have written already; so the root's children can be canonicalised one at a time, as they are read, and those
namespaces left out. What it computes either has the digest that was signed, and then these were the bytes that were signed, or tells
nothing: then `verify` asks the library about the tree.
"""

from __future__ import annotations

import hashlib
import re
from base64 import b64decode
from dataclasses import dataclass
from typing import Any

from lxml import etree

from idptest.model.rule import Words
from idptest.saml.signature import DIGEST_METHODS, EXCLUSIVE, SIGNATURE_METHODS, algorithm_of, form_fault, library_key
from idptest.saml.xml import DS, MD, NS, SPACE, Element

_SIGNATURE = f"{{{DS}}}Signature"
_EXTENSIONS = f"{{{MD}}}Extensions"
_METHOD, _DIGEST = "ds:SignedInfo/ds:SignatureMethod", "ds:SignedInfo/ds:Reference/ds:DigestMethod"
# The namespaces that a start tag declares; in canonical XML they come first, and "<" stands nowhere but before tags.
_DECLARED = re.compile(rb'(<[^ />!?]+)((?: xmlns(?::[^ =]+)?="[^"]*")+)')
_ONE = re.compile(rb' xmlns(?::([^ =]+))?="([^"]*)"')


@dataclass(frozen=True)
class Verified:
    """What became of it: "valid", "unsigned", "malformed" with why, "refused" (its algorithms) or "invalid" (changed, or another key)."""

    state: str
    algorithm: str | None = None
    digest: str | None = None
    problem: Words | None = None


def verify(root: Element, certificate: bytes) -> Verified:
    """The signature over the tree, by this certificate (PEM) and no other key.

    SHA-1 does not count here: who can make two feeds of one digest gets whom he likes into the federation.
    """
    found = root.find("ds:Signature", NS)
    if found is None:
        return Verified("unsigned")
    own = (root.get("ID") or "").strip(SPACE)
    # a million attributes are counted in the library; whatever their names, one of that value might be taken for an ID
    shared = bool(own) and root.xpath("count(//@*[normalize-space(.) = $own])", own=own) != 1
    before = _before_keys(found, root, shared)
    return before if before.state else Verified(_with_key(found, root, certificate), before.algorithm, before.digest)


def _before_keys(signature: Element, root: Element, shared: bool) -> Verified:
    """What structure and algorithms say; state "" when they say nothing against it. `shared`: another element has the root's ID."""
    algorithm, digest = algorithm_of(signature, _METHOD), algorithm_of(signature, _DIGEST)
    problem = form_fault(signature, root, [root.get("ID")] if shared else (), whole=True)
    if problem:
        return Verified("malformed", algorithm, digest, problem)
    counts = algorithm in SIGNATURE_METHODS and digest in DIGEST_METHODS
    return Verified("" if counts else "refused", algorithm, digest)


def _with_key(signature: Element, root: Element, certificate: bytes) -> str:
    import xmlsec

    context = xmlsec.SignatureContext()
    try:
        if root.get("ID"):
            context.register_id(root, "ID")
        context.key = library_key(certificate)
        context.verify(signature)
    except xmlsec.Error:
        return "invalid"
    return "valid"


class Canonical:
    """Given the root when it has begun, and its children as they come, each complete and still in its place.

    Whatever is not as feeds usually are is given up, for `verify` to tell: then `verified` is None.
    """

    def __init__(self, root: Element) -> None:
        self._root, self._own = root, (root.get("ID") or "").strip(SPACE)
        alone = canonical(etree.Element(root.tag, root.attrib, nsmap=root.nsmap))
        start, _, end = alone.rpartition(b"</")
        self._end = b"</" + end
        self._written = dict(_ONE.findall(_declared(start)))
        self._before: list[bytes] = [start]  # until the signature says how to digest it
        self._hash: Any = None
        self._signed: _SignedInfo | None = None
        self._begun = False
        self._usual = bool(self._own) and list(root.attrib.values()).count(root.get("ID")) == 1

    def child(self, child: Element, form: bytes) -> None:
        """`form`: its `canonical` form, alone."""
        if not self._usual:
            return
        if not self._begun:
            self._begun = True
            self._text(self._root.text)
        if child.tag == _SIGNATURE:
            self._signature(child)
        elif isinstance(child.tag, str):
            self._element(child, form)
        elif child.tag is not etree.Comment:
            self._usual = False  # a processing instruction
        self._text(child.tail)

    def verified(self, certificate: bytes) -> Verified | None:
        """Valid, or None when this cannot tell."""
        import xmlsec

        if not self._usual or self._signed is None:
            return None
        self._hash.update(self._end)
        if self._hash.digest() != self._signed.digest_value:
            return None
        transform = _transform(self._signed.algorithm)
        if transform is None:
            return None
        context = xmlsec.SignatureContext()
        try:
            context.key = library_key(certificate)
            context.verify_binary(self._signed.canonical, transform, self._signed.value)
        except xmlsec.Error:
            return None
        return Verified("valid", self._signed.algorithm, self._signed.digest)

    def _write(self, data: bytes) -> None:
        if self._hash is None:
            self._before.append(data)
        else:
            self._hash.update(data)

    def _text(self, text: str | None) -> None:
        if text and text.strip(" \t\n"):
            self._usual = False
        self._write((text or "").encode())

    def _signature(self, signature: Element) -> None:
        if self._signed is not None or _before_keys(signature, self._root, self._shares_the_id(signature)).state:
            self._usual = False
            return
        self._signed = _SignedInfo.read(signature)
        if self._signed is None:
            self._usual = False
            return
        self._hash = hashlib.new(DIGEST_METHODS[self._signed.digest].replace("-", ""))
        self._hash.update(b"".join(self._before))

    def _element(self, element: Element, form: bytes) -> None:
        if self._hash is None and element.tag != _EXTENSIONS:
            self._usual = False
            return
        if self._own.encode() in form and self._shares_the_id(element):
            self._usual = False
        self._write(self._inside(form))

    def _shares_the_id(self, element: Element) -> bool:
        return bool(element.xpath("boolean(.//@*[normalize-space(.) = $own])", own=self._own))

    def _inside(self, form: bytes) -> bytes:
        """The element's canonical form inside the root: without the namespaces that the root has written."""
        first = _declared(form)
        if b"" in self._written and b' xmlns="%b"' % self._written[b""] not in first:
            self._usual = False  # what has no namespace in it would have to say so
        if len(self._written) == 1:
            ((prefix, uri),) = self._written.items()
            opening = b' xmlns:%b="' % prefix if prefix else b' xmlns="'
            whole = opening + uri + b'"'
            if whole in first and form.count(opening) == 1:
                return form.replace(whole, b"", 1)
        return _DECLARED.sub(self._without, form)

    def _without(self, tag: re.Match[bytes]) -> bytes:
        kept = []
        for found in _ONE.finditer(tag[2]):
            prefix, uri = found.groups(b"")
            if prefix not in self._written:
                kept.append(found[0])
            elif uri != self._written[prefix]:
                self._usual = False  # below this, the root's would have to be written again
        return tag[1] + b"".join(kept)


@dataclass(frozen=True)
class _SignedInfo:
    """What was signed, canonical, and the algorithms and values that it and its signature hold."""

    canonical: bytes
    algorithm: str
    digest: str
    digest_value: bytes
    value: bytes

    @classmethod
    def read(cls, signature: Element) -> _SignedInfo | None:
        """None when anything is there more than once, or is canonicalised in another way than a feed usually is."""
        (info,) = signature.findall("ds:SignedInfo", NS)
        (reference,) = info.findall("ds:Reference", NS)
        digests, values = reference.findall("ds:DigestValue", NS), signature.findall("ds:SignatureValue", NS)
        methods, digested = info.findall("ds:SignatureMethod", NS), reference.findall("ds:DigestMethod", NS)
        transforms = reference.findall("ds:Transforms/ds:Transform", NS)
        canonicalised = info.findall("ds:CanonicalizationMethod", NS)
        once = all(len(found) == 1 for found in (digests, values, methods, digested, canonicalised))
        if not once or len(transforms) != 2 or canonicalised[0].get("Algorithm") != EXCLUSIVE or not reference.get("URI"):
            return None
        if any(len(found) for found in (*transforms, *canonicalised, *methods)):  # such as InclusiveNamespaces
            return None
        try:
            return cls(
                canonical=canonical(info),
                algorithm=methods[0].get("Algorithm"),
                digest=digested[0].get("Algorithm"),
                digest_value=b64decode("".join(str(digests[0].xpath("string()")).split()), validate=True),
                value=b64decode("".join(str(values[0].xpath("string()")).split()), validate=True),
            )
        except ValueError:
            return None


def canonical(element: Element) -> bytes:
    """The element alone, by exclusive C14N without comments; as it is, where a namespace that is no absolute URI forbids that."""
    try:
        return bytes(etree.tostring(element, method="c14n", exclusive=True, with_comments=False, with_tail=False))
    except etree.C14NError:  # then nobody can have signed it
        return bytes(etree.tostring(element, with_tail=False))


def _declared(form: bytes) -> bytes:
    """The namespaces that the first start tag declares, as written."""
    found = _DECLARED.match(form)
    return found[2] if found else b""


def _transform(algorithm: str) -> Any:
    """The library's name for it; None when it has none."""
    import xmlsec

    known = (getattr(xmlsec.constants, name) for name in dir(xmlsec.constants) if name.startswith("Transform"))
    return next((found for found in known if getattr(found, "href", None) == algorithm), None)
