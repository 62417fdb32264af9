"""The page of what to change in each product: fixes.sv.md and fixes.en.md."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from docs.markdown import prose
from idptest import catalogue, resources
from idptest.model.rule import Rule, Words
from idptest.products import Fix, fix, known
from idptest.products.changes import GENERAL, OIDC, SAML, fixes_of

_MADE = Words(
    "<!-- Made by `make docs` from idptest/products/fixes/. Change those files, not this one. -->",
    "<!-- Skapad av `make docs` ur idptest/products/fixes/. Ändra de filerna, inte den här. -->",
)
_TITLE = Words("What to change, product by product", "Vad som ska ändras, produkt för produkt")
_INTRO = Words(
    """When a rule fails, the report says what to change in the IdP product at hand, where that is known; otherwise it says the rule's own general
words. A product is changed in one way when it is a SAML IdP, and in another when it is an OpenID provider. ● stands in published
documentation, ○ is put together from public facts, and where nothing stands the general words hold. At the terminal:
`idptest rules ID --product adfs`.""",
    """När en regel inte håller säger rapporten vad som ska ändras i just den IdP-produkten, om det är känt, och annars regelns egna allmänna ord.
En produkt ändras på ett sätt som SAML-IdP och på ett annat som OpenID-leverantör. ● står i publicerad dokumentation, ○ är hopsatt av
offentliga uppgifter, och där inget står gäller de allmänna orden. I terminalen: `idptest rules ID --product adfs --lang sv`.""",
)
_LABELS = {
    "rule": Words("Rule", "Regel"),
    "rules": Words("Mends", "Rättar"),
    "source": Words("By", "Enligt"),
    "everywhere": Words("In every product", "I alla produkter"),
    "unconfirmed": Words(
        "put together from public facts, not found in published documentation",
        "hopsatt av offentliga uppgifter men inte hittat i publicerad dokumentation",
    ),
}
_PROTOCOLS = {SAML: "SAML", OIDC: "OpenID Connect"}
# How Markdown's fences name what idptest calls otherwise.
_FENCES = {"claim-rules": "text", "expression": "text"}


def page(lang: str) -> str:
    rules = {rule.id: rule for rule in catalogue.all_rules()}
    lines = [_MADE.text(lang), "", f"# {_TITLE.text(lang)}", "", _INTRO.text(lang)]
    for protocol, title in _PROTOCOLS.items():
        lines += ["", f"## {title}", "", *_table(rules, protocol, lang)]
        for name in (GENERAL, *_files(protocol)):
            lines += ["", f"### {_label('everywhere', lang) if name == GENERAL else _name(name)}"]
            for _, settles in _changes(name, protocol):
                lines += ["", f'<a id="{_anchor(name, protocol, settles[0])}"></a>'] if name != GENERAL else []
                lines += _change(_shown(rules, None if name == GENERAL else name, protocol, settles), settles, lang)
    return "\n".join(lines) + "\n"


def _files(protocol: str) -> list[str]:
    return [name for name in resources.fixes(protocol) if name != GENERAL]


def _table(rules: Mapping[str, Rule], protocol: str, lang: str) -> Iterator[str]:
    """A row for each rule that some product has words of its own for."""
    files = _files(protocol)
    yield "| " + " | ".join([_label("rule", lang), *(_name(name) for name in files)]) + " |"
    yield "|---" * (len(files) + 1) + "|"
    for rule_id in rules:
        cells = [_cell(name, protocol, rule_id) for name in files]
        if any(cells):
            yield f"| [{rule_id}](rules.{lang}.md#{rule_id}) | " + " | ".join(cells) + " |"


def _changes(name: str, protocol: str) -> Iterator[tuple[Fix, list[str]]]:
    """Each change in that file, and the rules that it mends."""
    found: dict[int, tuple[Fix, list[str]]] = {}
    for rule_id, change in fixes_of(name, protocol).items():
        found.setdefault(id(change), (change, []))[1].append(rule_id)
    yield from found.values()


def _shown(rules: Mapping[str, Rule], name: str | None, protocol: str, settles: list[str]) -> Fix:
    """As a report shows it: with what is to be written in every product."""
    shown = [fix(rules[rule], name, protocol) for rule in settles]
    return next((found for found in shown if found.snippet), shown[0])


def _change(change: Fix, settles: list[str], lang: str) -> list[str]:
    remark = "" if change.confirmed else f" ({_label('unconfirmed', lang)})"
    lines = ["", prose(change.words.text(lang)), ""]
    if change.snippet:
        lines += [f"```{_FENCES.get(change.syntax or '', change.syntax)}", *change.snippet.splitlines(), "```", ""]
    lines.append(f"- {_label('rules', lang)}: {', '.join(f'`{rule}`' for rule in settles)}")
    lines.append(f"- {_label('source', lang)}: {prose(change.source or '')}{remark}")
    return lines


def _cell(name: str, protocol: str, rule_id: str) -> str:
    for change, settles in _changes(name, protocol):
        if rule_id in settles:
            return f"[{'●' if change.confirmed else '○'}](#{_anchor(name, protocol, settles[0])})"
    return ""


def _anchor(name: str, protocol: str, rule_id: str) -> str:
    return f"{'' if protocol == SAML else protocol + '-'}{name}-{rule_id.replace('/', '-')}"


def _name(name: str) -> str:
    entry = known(name)
    return entry.name if entry else name


def _label(key: str, lang: str) -> str:
    return _LABELS[key].text(lang)
