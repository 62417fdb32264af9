"""What can be put right in a metadata file without asking anybody: what stands in the wrong place, is misspelt, or should not be there.

A correction is kept only if its rule holds afterwards. What a person has to write is a placeholder, and says so.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace

from lxml import etree

from idptest import lint
from idptest.expectations.metadata import E_LEG_NAME, E_LEG_VALUE, URI, meant_as
from idptest.identifiers.scope import written_badly
from idptest.model.flow import IdpFacts
from idptest.model.inspection import Inspection, InspectionReport
from idptest.model.rule import Level, Verdict, Words
from idptest.model.saml import IdpMetadata
from idptest.saml.schema import metadata_fault
from idptest.saml.xml import MD, MDATTR, MDUI, NS, SAML, SHIBMD, XMLNS, XSI, Element, parse
from idptest.validator import inspect

PLACEHOLDER = "FYLL I"
_MOST_ROUNDS = 4  # what was put right may show what stood behind it, such as a name that is misspelt in the wrong place


_HEAD = Words("Corrected by idptest metadata lint:", "Rättat av idptest metadata lint:")
_PLACEHOLDERS = Words(f" Write your own text where it says {PLACEHOLDER}.", f" Skriv egen text där det står {PLACEHOLDER}.")
_NOTHING = Words(
    "Nothing that fails here can be put right without a person.", "Inget av det som är fel här går att rätta utan en människa."
)
_HINT = Words(
    "The same command with --suggest writes corrected metadata; corrections: {n}.",
    "Samma kommando med --suggest skriver rättad metadata; antal rättningar: {n}.",
)
_LEFT = Words("left to do", "kvar att göra")
_SIGNATURE = "saml-metadata-signing/own-signature-still-holds"
_NOT_ANY_MORE = Words(
    "the signature is taken out, since it would not hold any more", "signaturen är borttagen, eftersom den inte längre skulle stämma"
)
_INVALID = Words(
    "It does not follow SAML's schema yet: idptest metadata lint says where.",
    "Det följer inte SAML-schemat än: idptest metadata lint säger var.",
)


@dataclass(frozen=True)
class Change:
    """What was changed for a rule's sake."""

    rule: str
    words: Words


@dataclass(frozen=True)
class Corrected:
    """The metadata as it would be, and how it came to be so. `report`: judged anew; `valid`: by SAML's schema."""

    document: bytes
    changes: tuple[Change, ...]
    report: InspectionReport
    valid: bool


# Changes the entity and its role in place. True: it changed something.
Correct = Callable[[Element, Element], bool]


def corrected(report: InspectionReport) -> Corrected | None:
    """The IdP's metadata with all corrected that can be; None when that is nothing, or it is no IdP's."""
    found = report.inspection.all(IdpFacts)
    if not found or not isinstance(found[0], IdpFacts):
        return None
    idp, changes = found[0], []
    signed = any(isinstance(metadata, IdpMetadata) and metadata.signed for metadata in report.inspection.all(IdpMetadata))
    for _ in range(_MOST_ROUNDS):
        made = False
        for rule in _failing(report):
            tried = _try(rule, idp, report)
            if tried is not None:
                idp, report = tried
                changes.append(Change(rule, CORRECTIONS[rule][0]))
                made = True
        if not made:
            break
    if not changes:
        return None
    if signed and not any(change.rule == _SIGNATURE for change in changes):
        changes.append(Change(_SIGNATURE, _NOT_ANY_MORE))
    return Corrected(idp.metadata, tuple(changes), report, metadata_fault(idp.metadata) is None)


def as_file(made: Corrected, lang: str) -> str:
    """The corrected metadata, with what was changed in a comment before it."""
    listed = "".join(f"\n  - {change.words.text(lang)} ({change.rule})" for change in made.changes)
    head = _HEAD.text(lang) + (_PLACEHOLDERS.text(lang) if PLACEHOLDER in made.document.decode() else "")
    declaration, _, rest = made.document.decode().partition("\n")
    return f"{declaration}\n<!-- {head.replace('--', '—')}{listed.replace('--', '—')}\n-->\n{rest}"


def summary(report: InspectionReport, made: Corrected | None, lang: str) -> Iterator[str]:
    """What was changed, and what is left to a person, a line each."""
    if made is None:
        yield _NOTHING.text(lang)
    for change in made.changes if made else ():
        yield f"+ {change.words.text(lang)} ({change.rule})"
    left = made.report if made else report
    for rule in dict.fromkeys(finding.rule for level in (Level.MUST, Level.SHOULD) for finding in left.failures(level)):
        yield f"  {_LEFT.text(lang)}: {rule.text(lang).title} ({rule.id})"
    if made and PLACEHOLDER in made.document.decode():
        yield _PLACEHOLDERS.text(lang).strip()
    if made and not made.valid:
        yield _INVALID.text(lang)


def hint(report: InspectionReport, lang: str) -> Iterator[str]:
    """A line that tells of --suggest, where it would help."""
    if report.inspection.all(IdpMetadata) and (made := corrected(report)):
        yield "  " + _HINT.text(lang).replace("{n}", str(len(made.changes)))
        yield ""


def _failing(report: InspectionReport) -> tuple[str, ...]:
    """The rules that fail and have a correction, in the order of CORRECTIONS."""
    failing = {finding.rule.id for finding in report.having(Verdict.FAIL)}
    return tuple(rule for rule in CORRECTIONS if rule in failing)


def _try(rule: str, idp: IdpFacts, report: InspectionReport) -> tuple[IdpFacts, InspectionReport] | None:
    """The metadata with that rule's correction, and its report; None when the rule fails all the same."""
    entity = parse(idp.metadata)
    entity = entity if entity.tag == f"{{{MD}}}EntityDescriptor" else next(entity.iter(f"{{{MD}}}EntityDescriptor"))
    role = entity.find("md:IDPSSODescriptor", NS)
    if not CORRECTIONS[rule][1](entity, role):
        return None
    for signature in entity.findall("ds:Signature", NS):
        _remove(signature)  # what it covered is another now
    _tidy(entity)
    made = replace(idp, metadata=bytes(etree.tostring(entity, encoding="utf-8", xml_declaration=True, with_tail=False)) + b"\n")
    again = _judged(made, report.inspection)
    return None if any(found.rule.id == rule for found in again.having(Verdict.FAIL)) else (made, again)


def _judged(idp: IdpFacts, was: Inspection) -> InspectionReport:
    looked_at = lint.of_idp(idp, was.at)
    return inspect(looked_at, lint.rulesets(looked_at))


# --- the corrections


def _scope_to_the_role(entity: Element, role: Element) -> bool:
    found = entity.findall(f"md:Extensions/{{{SHIBMD}}}Scope", NS)
    for scope in found:
        _extensions(role).append(_taken(scope))
    return bool(found)


def _scopes_in_small_letters(entity: Element, role: Element) -> bool:
    changed = False
    for scope in entity.iter(f"{{{SHIBMD}}}Scope"):
        written = scope.text or ""
        right = written.strip().lower()
        if len(scope) == 0 and right != written and scope.get("regexp") not in ("true", "1") and written_badly(right) is None:
            scope.text, changed = right, True
    return changed


def _scopes_written_out(entity: Element, role: Element) -> bool:
    """A pattern that one domain alone fits, such as ^exempelstad\\.se$, is that domain."""
    changed = False
    for scope in entity.iter(f"{{{SHIBMD}}}Scope"):
        pattern = re.fullmatch(r"\^?([a-z0-9-]+(?:\\\.[a-z0-9-]+)+)\$?", (scope.text or "").strip())
        if pattern and scope.get("regexp") in ("true", "1"):
            scope.text, changed = pattern[1].replace("\\.", "."), True
            scope.set("regexp", "false")
    return changed


def _e_leg_to_the_entity(entity: Element, role: Element) -> bool:
    found = role.findall("md:Extensions/mdattr:EntityAttributes", NS)
    there = entity.find("md:Extensions/mdattr:EntityAttributes", NS)
    for attributes in found:
        moved = _taken(attributes)
        if there is None:
            there = moved
            _extensions(entity).append(moved)
            continue
        for attribute in list(moved):
            same = next((each for each in there if dict(each.attrib) == dict(attribute.attrib) and each.tag == attribute.tag), None)
            if same is None:
                there.append(attribute)
            else:
                same.extend(list(attribute))
    return bool(found)


def _e_leg_spelt_right(entity: Element, role: Element) -> bool:
    for attribute in entity.iter(f"{{{SAML}}}Attribute"):
        parent = attribute.getparent()
        values = attribute.findall("saml:AttributeValue", NS)
        meant = [value for value in values if meant_as("".join(value.itertext()).strip(), E_LEG_VALUE)]
        if meant and parent is not None and parent.tag == f"{{{MDATTR}}}EntityAttributes":
            attribute.set("Name", E_LEG_NAME)
            attribute.set("NameFormat", URI)
            for value in meant:
                del value[:]
                value.text = E_LEG_VALUE
            return True
    return False


def _unsigned_requests(entity: Element, role: Element) -> bool:
    return role.attrib.pop("WantAuthnRequestsSigned", None) is not None


def _idp_alone(entity: Element, role: Element) -> bool:
    """The roles of WS-Federation, and the SP that AD FS describes itself as beside them."""
    federation = [found for found in entity.findall("md:RoleDescriptor", NS) if found.get(f"{{{XSI}}}type")]
    for found in (*federation, *(entity.findall("md:SPSSODescriptor", NS) if federation else ())):
        _remove(found)
    return bool(federation)


def _no_listed_attributes(entity: Element, role: Element) -> bool:
    found = role.findall("saml:Attribute", NS)
    for attribute in found:
        _remove(attribute)
    return bool(found)


def _without_signature(entity: Element, role: Element) -> bool:
    return entity.find("ds:Signature", NS) is not None


def _mail_addresses(entity: Element, role: Element) -> bool:
    changed = False
    for address in entity.iter(f"{{{MD}}}EmailAddress"):
        written = (address.text or "").strip()
        bare = written.partition(":")[2] if written.casefold().startswith("mailto:") else written
        right = f"mailto:{bare.strip()}"
        if len(address) == 0 and re.fullmatch(r"[^\s@:]+@[^\s@:]+\.[^\s@:]+", bare.strip()) and right != address.text:
            address.text, changed = right, True
    return changed


def _in_both_languages(*names: str) -> Correct:
    """Where there is a text in one language, a placeholder beside it for the other; where there is none, nothing is known."""

    def correct(entity: Element, role: Element) -> bool:
        changed = False
        for name in names:
            space, parents = (MD, entity.findall("md:Organization", NS)) if name.startswith("Organization") else (MDUI, _interfaces(role))
            found = [each for parent in parents for each in parent.findall(f"{{{space}}}{name}")]
            spoken = {(each.get(f"{{{XMLNS}}}lang") or "").casefold().partition("-")[0] for each in found if (each.text or "").strip()}
            for language in ("sv", "en"):
                if found and spoken and language not in spoken:
                    found[-1].addnext(_placeholder(found[-1], name, language))
                    changed = True
        return changed

    return correct


def _interfaces(role: Element) -> list[Element]:
    return list(role.findall("md:Extensions/mdui:UIInfo", NS))


def _placeholder(beside: Element, name: str, language: str) -> Element:
    made = etree.Element(beside.tag, {f"{{{XMLNS}}}lang": language}, nsmap=beside.nsmap)
    marked = f"{PLACEHOLDER}: {name} ({language})"
    made.text = f"https://fyll-i.example/{name}/{language}" if name.endswith("URL") else marked
    made.tail = beside.tail
    return made


# The order of elements in an entity and in its role (SAML V2.0 Metadata, 2.3.2 and 2.4.1 to 2.4.3).
_ORDER = (
    (
        "Signature", "Extensions", "RoleDescriptor", "IDPSSODescriptor", "SPSSODescriptor", "AuthnAuthorityDescriptor",
        "AttributeAuthorityDescriptor", "PDPDescriptor", "AffiliationDescriptor", "Organization", "ContactPerson", "AdditionalMetadataLocation",
    ),
    (
        "Signature", "Extensions", "KeyDescriptor", "Organization", "ContactPerson", "ArtifactResolutionService", "SingleLogoutService",
        "ManageNameIDService", "NameIDFormat", "SingleSignOnService", "NameIDMappingService", "AssertionIDRequestService",
        "AttributeProfile", "Attribute",
    ),
)  # fmt: skip


def _in_order(entity: Element, role: Element) -> bool:
    changed = False
    for parent, order in zip((entity, role), _ORDER, strict=True):
        children = [child for child in parent if isinstance(child.tag, str)]
        names = [child.tag.rpartition("}")[2] for child in children]
        roles = {name for name in names if name.endswith("Descriptor") and name != "KeyDescriptor"}  # these in any order
        if any(name not in order for name in names):
            continue
        place = {name: order.index("RoleDescriptor") if name in roles else order.index(name) for name in names}
        right = sorted(children, key=lambda child: place[child.tag.rpartition("}")[2]])
        if right != children:
            parent[:] = right
            changed = True
    return changed


def _extensions(parent: Element) -> Element:
    """Its Extensions, made where the schema has them when there are none."""
    found = parent.find("md:Extensions", NS)
    if found is None:
        found = etree.Element(f"{{{MD}}}Extensions", nsmap={"md": MD})
        signature = parent.find("ds:Signature", NS)
        parent.insert(0 if signature is None else parent.index(signature) + 1, found)
    return found


def _taken(element: Element) -> Element:
    """Out of where it stands, without the white space after it."""
    made = copy.deepcopy(element)
    made.tail = None
    _remove(element)
    return made


def _remove(element: Element) -> None:
    """The text after it stays where it is."""
    parent, before = element.getparent(), element.getprevious()
    tail = element.tail or ""
    if tail.strip():
        if before is not None:
            before.tail = (before.tail or "") + tail
        else:
            parent.text = (parent.text or "") + tail
    parent.remove(element)


def _tidy(entity: Element) -> None:
    """An Extensions that has been emptied is against the schema. What was moved is indented as the rest."""
    for found in list(entity.iter(f"{{{MD}}}Extensions")):
        if not any(isinstance(child.tag, str) for child in found):
            _remove(found)
    etree.indent(entity)


# Rule → what its correction does, and how. Those that uncover others stand first.
CORRECTIONS: Mapping[str, tuple[Words, Correct]] = {
    "dnp/scope-is-literal": (Words("the scope's pattern is written out as its one domain", "scopets mönster är utskrivet som den enda domän det gäller"), _scopes_written_out),
    "dnp/scope-is-declared": (Words("the scope is moved to IDPSSODescriptor/Extensions", "scopet är flyttat till IDPSSODescriptor/Extensions"), _scope_to_the_role),
    "saml-metadata-scopes/scopes-are-domain-names": (Words("scopes are written in small letters, without white space", "scopen är skrivna med små bokstäver, utan blanktecken"), _scopes_in_small_letters),
    "dnp-teacher/e-leg-is-spelt-right": (Words("the declaration of e-leg has its right name, NameFormat and value", "deklarationen av e-leg har rätt namn, NameFormat och värde"), _e_leg_spelt_right),
    "dnp-teacher/e-leg-is-declared-under-the-entity": (Words("the declaration of e-leg is moved to EntityDescriptor/Extensions", "deklarationen av e-leg är flyttad till EntityDescriptor/Extensions"), _e_leg_to_the_entity),
    "dnp/takes-unsigned-requests": (Words("WantAuthnRequestsSigned is taken out (unsigned requests are asked for by leaving it out)", "WantAuthnRequestsSigned är borttaget (utan det väntar sig IdP:n osignerade frågor)"), _unsigned_requests),
    "saml-metadata-offers/describes-the-idp-alone": (Words("the roles of WS-Federation are taken out", "rollerna för WS-Federation är borttagna"), _idp_alone),
    "skolfederation/no-attributes-are-listed": (Words("the list of attributes is taken out", "uppräkningen av attribut är borttagen"), _no_listed_attributes),
    "skolfederation/display-name-in-swedish-and-english": (Words("a placeholder for DisplayName in the language that is missing: fill it in", "en platshållare för DisplayName på språket som saknas: fyll i den"), _in_both_languages("DisplayName")),
    "skolfederation/description-in-swedish-and-english": (Words("a placeholder for Description in the language that is missing: fill it in", "en platshållare för Description på språket som saknas: fyll i den"), _in_both_languages("Description")),
    "skolfederation/information-page-is-linked": (Words("a placeholder for InformationURL in the language that is missing: fill it in", "en platshållare för InformationURL på språket som saknas: fyll i den"), _in_both_languages("InformationURL")),
    "skolfederation/privacy-statement-is-linked": (Words("a placeholder for PrivacyStatementURL in the language that is missing: fill it in", "en platshållare för PrivacyStatementURL på språket som saknas: fyll i den"), _in_both_languages("PrivacyStatementURL")),
    "skolfederation/organisation-in-swedish-and-english": (Words("placeholders for the organisation in the language that is missing: fill them in", "platshållare för organisationen på språket som saknas: fyll i dem"), _in_both_languages("OrganizationName", "OrganizationDisplayName", "OrganizationURL")),
    "skolfederation/contacts-have-mail-addresses": (Words("contacts' addresses begin with mailto:", "kontakternas adresser börjar med mailto:"), _mail_addresses),
    "saml-metadata/is-valid-by-the-schema": (Words("the elements stand in the schema's order", "elementen står i schemats ordning"), _in_order),
    _SIGNATURE: (Words("the signature is taken out, since it does not hold", "signaturen är borttagen, eftersom den inte stämmer"), _without_signature),
}  # fmt: skip
