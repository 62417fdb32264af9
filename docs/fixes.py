"""The page of what to change in each product: fixes.sv.md and fixes.en.md."""

from __future__ import annotations

from collections.abc import Iterator

from docs.markdown import prose
from idptest import catalogue, resources
from idptest.model.rule import Rule, Words
from idptest.products import Fix, fix, known
from idptest.products.changes import GENERAL, fixes_of

_MADE = Words(
    "<!-- Made by `make docs` from idptest/products/fixes/. Change those files, not this one. -->",
    "<!-- Skapad av `make docs` ur idptest/products/fixes/. Ändra de filerna, inte den här. -->",
)
_TITLE = Words("What to change, product by product", "Vad som ska ändras, produkt för produkt")
_INTRO = Words(
    """When a rule fails, the report says what to change in the IdP product at hand, where that is known; otherwise it says the rule's own general
words. ● stands in published documentation, ○ is put together from public facts, and where nothing stands the general words hold. At the
terminal: `idptest rules ID --product adfs`.""",
    """När en regel inte håller säger rapporten vad som ska ändras i just den IdP-produkten, om det är känt, och annars regelns egna allmänna ord.
● står i publicerad dokumentation, ○ är hopsatt av offentliga uppgifter, och där inget står gäller de allmänna orden. I terminalen:
`idptest rules ID --product adfs --lang sv`.""",
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
# How Markdown's fences name what idptest calls otherwise.
_FENCES = {"claim-rules": "text", "expression": "text"}


def page(lang: str) -> str:
    rules = {rule.id: rule for rule in catalogue.all_rules()}
    files = [name for name in resources.fixes() if name != GENERAL]
    lines = [_MADE.text(lang), "", f"# {_TITLE.text(lang)}", "", _INTRO.text(lang), ""]
    lines += ["| " + " | ".join([_label("rule", lang), *(_name(name) for name in files)]) + " |", "|---" * (len(files) + 1) + "|"]
    for rule_id in rules:
        cells = [_cell(name, rule_id) for name in files]
        if any(cells):
            lines.append(f"| [{rule_id}](rules.{lang}.md#{rule_id}) | " + " | ".join(cells) + " |")
    lines += ["", f"## {_label('everywhere', lang)}"]
    for _, settles in _changes(GENERAL):
        lines += _change(fix(rules[settles[0]], None), settles, lang)
    for name in files:
        lines += ["", f"## {_name(name)}"]
        for _, settles in _changes(name):
            lines += ["", f'<a id="{_anchor(name, settles[0])}"></a>']
            lines += _change(_shown(rules, name, settles), settles, lang)
    return "\n".join(lines) + "\n"


def _changes(name: str) -> Iterator[tuple[Fix, list[str]]]:
    """Each change in that file, and the rules that it mends."""
    found: dict[int, tuple[Fix, list[str]]] = {}
    for rule_id, change in fixes_of(name).items():
        found.setdefault(id(change), (change, []))[1].append(rule_id)
    yield from found.values()


def _shown(rules: dict[str, Rule], name: str, settles: list[str]) -> Fix:
    """As a report shows it: with what is to be written in every product."""
    return next((found for rule in settles if (found := fix(rules[rule], name)).snippet), fix(rules[settles[0]], name))


def _change(change: Fix, settles: list[str], lang: str) -> list[str]:
    remark = "" if change.confirmed else f" ({_label('unconfirmed', lang)})"
    lines = ["", prose(change.words.text(lang)), ""]
    if change.snippet:
        lines += [f"```{_FENCES.get(change.syntax or '', change.syntax)}", *change.snippet.splitlines(), "```", ""]
    lines.append(f"- {_label('rules', lang)}: {', '.join(f'`{rule}`' for rule in settles)}")
    lines.append(f"- {_label('source', lang)}: {prose(change.source or '')}{remark}")
    return lines


def _cell(name: str, rule_id: str) -> str:
    for change, settles in _changes(name):
        if rule_id in settles:
            return f"[{'●' if change.confirmed else '○'}](#{_anchor(name, settles[0])})"
    return ""


def _anchor(name: str, rule_id: str) -> str:
    return f"{name}-{rule_id.replace('/', '-')}"


def _name(name: str) -> str:
    entry = known(name)
    return entry.name if entry else name


def _label(key: str, lang: str) -> str:
    return _LABELS[key].text(lang)
