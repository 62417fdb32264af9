"""Rules about an OpenID provider's keys (JWKS), as they were when the login was made."""

from __future__ import annotations

from collections import Counter

from idptest.catalogue import check
from idptest.model.inspection import Judged
from idptest.model.login import Login
from idptest.model.oidc import Jwk, KeySet, shown
from idptest.model.rule import Evidence, Level, Outcome, Text, Verdict, Words, failed, inconclusive, not_applicable, passed, untold

_LEAST_BITS = 2048
_FETCHED = "oidc-keys/can-be-fetched"


@check(
    Level.MUST,
    spec="OIDCDiscovery 3; RFC 7517 5",
    fix="Let jwks_uri answer with the keys as JSON, quickly and to everybody: look at the address in the discovery document, the proxy and the firewall.",
    sv=Text(
        "OP:ns nycklar går att hämta",
        why="Utan nycklar kan ingen tjänst kontrollera signaturen, och då kommer ingen in.",
        fix="Låt jwks_uri svara med nycklarna som JSON, snabbt och till alla. Se över adressen i discovery-dokumentet, proxyn och brandväggen.",
    ),
)
def can_be_fetched(keys: KeySet, judged: Judged) -> Outcome:
    """The OP's keys can be fetched.

    Without keys no service can check the signature, and nobody gets in.
    """
    if isinstance(judged, Login) and not judged.told("fetched"):
        return untold()  # somebody saved them
    if keys.problem is None:
        return passed()
    return failed(
        f"jwks_uri gives no keys that can be used: {keys.problem.en}",
        f"jwks_uri ger inga användbara nycklar: {keys.problem.sv}",
        at=keys.pointer,
    )


@check(
    Level.SHOULD,
    spec="RFC 7517 4.5; OIDCCore 10.1",
    fix="Give each key a kid of its own; a new key gets a new one.",
    sv=Text(
        "Varje nyckel har ett kid, och inget kid används två gånger",
        why="Vid ett nyckelbyte finns två nycklar samtidigt. Utan eget kid på var och en provar tjänsten fel nyckel, eller ger upp.",
        fix="Ge varje nyckel ett eget kid. En ny nyckel får ett nytt.",
    ),
)
def each_key_has_an_id_of_its_own(keys: KeySet) -> Outcome:
    """Every key has a kid, and no two have the same.

    While keys are changed there are two of them. Without a kid of its own on each, a service tries the wrong one, or gives up.
    """
    if keys.problem:
        return inconclusive("there are no keys", "det finns inga nycklar", blocked_by=_FETCHED)
    count = Counter(key.kid for key in keys.keys)
    twice = tuple(kid for kid, number in count.items() if kid is not None and number > 1)
    if twice:
        return failed(
            "the kid {actual} stands more than once", "flera nycklar har kid {actual}", at=keys.at("keys"), actual=shown(list(twice))
        )
    if count[None]:
        without = next(key for key in keys.keys if key.kid is None)
        return failed(
            f"{count[None]} of {len(keys.keys)} keys have no kid",
            f"{count[None]} av {len(keys.keys)} nycklar saknar kid",
            at=without.pointer,
        )
    return passed()


@check(
    Level.MUST,
    spec="RFC 7517 9.2",
    fix="Take the key out of use today, and make a new one: everybody may have read it. Publish only the public half.",
    sv=Text(
        "Ingen privat nyckel är publicerad",
        why="Den som läser den kan skriva en ID-token för vem som helst, elev som lärare, i alla tjänster.",
        fix="Ta nyckeln ur bruk i dag och gör en ny: vem som helst kan ha läst den. Publicera bara den publika halvan.",
    ),
)
def holds_nothing_private(keys: KeySet) -> Outcome:
    """No private key is published.

    Whoever reads it can write tokens for anybody, pupil or teacher, at every service.
    """
    if keys.problem:
        return inconclusive("there are no keys", "det finns inga nycklar", blocked_by=_FETCHED)
    bare = [key for key in keys.keys if key.private]
    if not bare:
        return passed()
    words = Words(
        f"{len(bare)} of {len(keys.keys)} keys hold what is secret: {{actual}}",
        f"{len(bare)} av {len(keys.keys)} nycklar innehåller det som är hemligt: {{actual}}",
    )
    return Outcome(Verdict.FAIL, words, tuple(Evidence(key.pointer, key.private) for key in bare))


@check(
    Level.SHOULD,
    spec="RFC 7518 6; RFC 8037 2",
    fix="Publish the key with all its members (RSA: n and e; EC: crv, x and y), or take it away.",
    sv=Text(
        "Alla publicerade nycklar går att använda",
        why="Ett bibliotek som möter en nyckel det inte kan läsa kan förkasta hela listan, också de nycklar som är rätt.",
        fix="Publicera nyckeln med alla dess delar (RSA: n och e, EC: crv, x och y), eller ta bort den.",
    ),
)
def can_be_used(key: Jwk) -> Outcome:
    """Every published key can be used.

    A library that meets a key it cannot read may throw the whole list away, the right ones too.
    """
    if key.problem is None:
        return passed()
    return failed(f"the key cannot be used: {key.problem.en}", f"nyckeln går inte att använda: {key.problem.sv}", at=key.pointer)


@check(
    Level.MUST,
    spec="RFC 7518 3.3",
    fix="Make a new RSA key of 3072 bits, publish it beside the old one for a day, then sign with it and take the old one away.",
    sv=Text(
        "Nycklarna är starka",
        why="Kortare RSA-nycklar än 2048 bitar får inte användas, och många bibliotek vägrar.",
        fix="Gör en ny RSA-nyckel på 3072 bitar. Publicera den bredvid den gamla i ett dygn, signera sedan med den och ta bort den gamla.",
    ),
)
def is_strong(keys: KeySet) -> Outcome:
    """The keys are strong.

    RSA keys shorter than 2048 bits must not be used, and many libraries refuse them.
    """
    if keys.problem:
        return inconclusive("there are no keys", "det finns inga nycklar", blocked_by=_FETCHED)
    sized = [key for key in keys.keys if key.kind == "RSA" and key.bits is not None]
    if not sized:
        return not_applicable("there is no RSA key", "det finns ingen RSA-nyckel")
    weak = [key for key in sized if key.bits is not None and key.bits < _LEAST_BITS]
    if not weak:
        return passed()
    words = Words(
        f"{len(weak)} of {len(sized)} RSA keys are too short: {{actual}} bits",
        f"{len(weak)} av {len(sized)} RSA-nycklar är för korta: {{actual}} bitar",
    )
    return Outcome(Verdict.FAIL, words, tuple(Evidence(key.pointer, key.bits, _LEAST_BITS) for key in weak))
