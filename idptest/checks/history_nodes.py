"""Rules about the nodes of one IdP: whichever of them answers, the answer is of one kind. And which of them gave which answer."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from idptest.catalogue import check
from idptest.model.history import Change, History, Observation, Sessions
from idptest.model.rule import Level, Outcome, Text, Words, failed, passed

# What changes along with the EPPN has a rule of its own: history-person/same-in-every-session.
_KINDS = {
    "attributes": Words("which attributes there are", "vilka attribut som finns"),
    "attribute-names": Words("their Name or NameFormat", "deras Name eller NameFormat"),
    "attribute-values": Words("how many values they have", "hur många värden de har"),
    "name-id-format": Words("the NameID's Format", "NameID:s Format"),
    "name-id": Words("the persistent NameID", "det persistenta NameID:t"),
    "level": Words("the level", "nivån"),
    "algorithms": Words("the algorithms", "algoritmerna"),
    "key": Words("the signing key", "signeringsnyckeln"),
    "encryption": Words("the encryption", "krypteringen"),
    "lifetime": Words("the lifetime", "giltighetstiden"),
}


@check(
    Level.SHOULD,
    source="https://shibboleth.atlassian.net/wiki/spaces/IDP30/pages/2495742390/Clustering (read 2026-11): each node is an IdP of its own, "
    "and which of them answers is outside their control",
    fix="Compare the nodes' configuration, keys and versions, and make them alike. The finding says which node gave which answer, where that shows.",
    sv=Text(
        "Varje ny session får samma slags svar",
        why="Noder bakom en lastbalanserare som inte är lika inställda ger fel som kommer och går, och som ingen kan upprepa.",
        fix="Jämför nodernas inställningar, nycklar och versioner, och gör dem lika. Här står vilken nod som gav vilket svar, där det syns.",
    ),
)
def answers_are_alike(sessions: Sessions, history: History) -> Outcome:
    """Every fresh session gets the same kind of answer.

    Nodes behind a load balancer that are not configured alike give faults that come and go, and that nobody can repeat.
    """
    first, *rest = sessions.observations
    found = {kind for seen in rest for kind in Change(first, seen).kinds}
    differs = [words for kind, words in _KINDS.items() if kind in found]
    if not differs:
        return passed()
    who = who_answered(sessions.observations, lambda seen: tuple(kind for kind in Change(first, seen).kinds if kind in _KINDS))
    return failed(
        f"logins that nothing else tells apart differ in {', '.join(words.en for words in differs)}; {who.en}",
        f"inloggningar som i övrigt är lika skiljer sig i {', '.join(words.sv for words in differs)}; {who.sv}",
    )


def who_answered(observations: Sequence[Observation], answer: Callable[[Observation], object]) -> Words:
    """Which node gave which answer, by what shows in every login with that answer and in none with another."""
    signs: dict[object, list[set[str]]] = {}
    for seen in observations:
        signs.setdefault(answer(seen), []).append(set(seen.nodes))
    known = set().union(*(one for found in signs.values() for one in found))
    if not known:
        return Words("the capture cannot tell which node answered", "det som fångades visar inte vilken nod som svarade")
    own = []
    for its, found in signs.items():
        others = set().union(*(one for other, logins in signs.items() if other != its for one in logins))
        own.append(", ".join(sorted(set.intersection(*found) - others)) or "–")
    if all(each == "–" for each in own):
        return Words(
            f"nothing in the answers follows the node (seen: {', '.join(sorted(known))})",
            f"inget i svaren följer noden (sett: {', '.join(sorted(known))})",
        )
    return Words(f"the answers came, in order, from {' | '.join(own)}", f"svaren kom, i tur och ordning, från {' | '.join(own)}")
