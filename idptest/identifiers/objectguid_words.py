"""What each form of an objectGUID means for the person who must put it right: the mistake, and where it is usually made.

Products named here were read about in November 2026: PhenixID's brace-wrapping decoder
(https://support.phenixid.se/provisioning-actions/base-64-encodedecode-attribute-values/), AD FS and Entra's base64
(https://learn.microsoft.com/en-us/entra/identity/hybrid/connect/plan-connect-design-concepts), Entra Connect's UTF-16 functions
(https://learn.microsoft.com/en-us/entra/identity/hybrid/connect/reference-connect-sync-functions-reference), EGIL's byte-order
switch (https://github.com/Sambruk/EgilSCIM, master_config/master.conf), .NET's BitConverter and ToByteArray
(https://learn.microsoft.com/dotnet/api/system.guid.tobytearray).
"""

from __future__ import annotations

from functools import cache

from idptest.model.rule import Words

_WORDS: dict[str, Words] = {
    "canonical": Words(
        "The GUID in its usual form: lower case, with dashes, nothing around it.",
        "GUID i sin vanliga form: små bokstäver, bindestreck och inget runt om.",
    ),
    "upper": Words(
        "The letters are upper case. PowerShell scripts and .NET's format strings do that; put a lower-casing step last.",
        "Bokstäverna är stora. Det brukar komma från ett PowerShell-skript eller en formatsträng i .NET; gör om till små sist av allt.",
    ),
    "braces": Words(
        "There are brackets around the GUID. PhenixID's GUID decoder adds braces unless told otherwise.",
        "GUID:et står inom klammerparenteser. PhenixID:s GUID-avkodning lägger till dem om man inte stänger av det.",
    ),
    "urn": Words(
        "The prefix urn:uuid: has been left on. Java and Python libraries write it; cut it off where the attribute is built.",
        "Prefixet urn:uuid: sitter kvar. Det skrivs av bibliotek i Java och Python; ta bort det där attributet byggs.",
    ),
    "base64-ad": Words(
        "Base64 of the bytes that AD stores, like the immutable ID. AD FS and Entra send this when objectGUID is released as it is.",
        "Base64 av de bytes som AD lagrar, samma text som immutable ID. Så blir det när AD FS eller Entra skickar objectGUID som det är.",
    ),
    "base64-rfc": Words(
        "Base64 of the bytes in the order of the text, not in AD's order. Made by a library that does not know how AD stores a GUID.",
        "Base64 av bytes i textens ordning, inte i AD:s. Så gör ett bibliotek som inte vet hur AD lagrar ett GUID.",
    ),
    "base64url-ad-unpadded": Words(
        "Base64 of AD's bytes in the variant for web addresses, or without its padding. Made by a script, or to get rid of +, / and =.",
        "Base64 av AD:s bytes i varianten för webbadresser, eller utan utfyllnad. Så gör ett skript, eller den som vill slippa +, / och =.",
    ),
    "byte-order-mistake": Words(
        "AD's bytes were read in the order of the text, so the first half of the GUID is scrambled. Usual in Java, Python and LDAP tools; "
        "in EGIL ldap-MS-UUID is missing.",
        "AD:s bytes har lästs i fel ordning, så den första halvan av GUID:et är omkastad. Vanligt i Java, Python och LDAP-verktyg; "
        "i EGIL saknas ldap-MS-UUID.",
    ),
    "ad-bytes-hex": Words(
        "The bytes that AD stores, in hexadecimal. Comes from an LDAP tool or from the <GUID=…> form of an address in AD.",
        "De bytes som AD lagrar, i hexadecimal form. Kommer från ett LDAP-verktyg eller från adresser av typen <GUID=…> i AD.",
    ),
    "rfc-bytes-hex": Words(
        "The bytes are in the order of the text: a GUID whose dashes are gone. Format N in .NET does that, or a step that removes dashes.",
        "Bytes i textens ordning: ett GUID utan bindestreck. Format N i .NET gör så, liksom ett steg som tar bort bindestreck.",
    ),
    "ldap-filter": Words(
        "The form that an LDAP search filter wants. A value made for searching has been sent as the value itself.",
        "Den form som ett LDAP-sökfilter vill ha. Något som var tänkt för en sökning har skickats som själva värdet.",
    ),
    "bitconverter": Words(
        "Written by BitConverter.ToString in .NET or PowerShell: AD's bytes in pairs. Use [guid] or Guid.ToString instead.",
        "Skrivet av BitConverter.ToString i .NET eller PowerShell: AD:s bytes i par. Använd [guid] eller Guid.ToString i stället.",
    ),
    "base64-of-text": Words(
        "The written GUID has been base64-encoded, instead of its bytes. One encoding step too many.",
        "Det utskrivna GUID:et har kodats med base64, i stället för dess bytes. Ett kodningssteg för mycket.",
    ),
    "base64-of-utf16le-text": Words(
        "The written GUID has been base64-encoded as UTF-16 text. ConvertToBase64 in Entra Connect does that; it is for text, not bytes.",
        "Det utskrivna GUID:et har kodats med base64 som UTF-16-text. Så gör ConvertToBase64 i Entra Connect, som är till för text.",
    ),
    "base64-of-base64": Words(
        "Encoded with base64 twice. Both the directory connector and a later step encode; remove one of them.",
        "Kodat med base64 två gånger. Både katalogkopplingen och ett senare steg kodar; ta bort det ena.",
    ),
    "decimals": Words(
        "The bytes written out as numbers. PowerShell and some scripting languages do that when a byte array is used as text.",
        "Bytes utskrivna som tal. PowerShell och en del skriptspråk gör så när en byte-array används som text.",
    ),
    "rfc-bytes-reversed": Words(
        "All sixteen bytes are in reverse order. A hand-written conversion has turned all of it round, not just the first three fields.",
        "Alla sexton bytes står baklänges. En egenskriven omvandling har vänt hela värdet i stället för de tre första fälten.",
    ),
    "ad-bytes-reversed": Words(
        "All sixteen of AD's bytes are in reverse order. A hand-written conversion has turned the whole value round.",
        "Alla sexton bytes från AD står baklänges. En egenskriven omvandling har vänt hela värdet.",
    ),
    "only-first-field-swapped": Words(
        "Only the first field has been put in order; the second and the third are still as AD stores them.",
        "Bara det första fältet har vänts rätt; det andra och det tredje står kvar som AD lagrar dem.",
    ),
    "first-two-fields-swapped": Words(
        "The first two fields have been put in order; the third is still as AD stores it.",
        "De två första fälten har vänts rätt; det tredje står kvar som AD lagrar det.",
    ),
    "partly-swapped": Words(
        "The second half is right but the bytes of the first half are in some other order. Look at the hand-written conversion.",
        "Den andra halvan stämmer, men bytes i den första står i en annan ordning. Se över den egenskrivna omvandlingen.",
    ),
    "lower-cased": Words(
        "Base64 that has been made lower case: letters are lost, and two accounts can get the same value. Remove the lower-casing step.",
        "Base64 som gjorts om till små bokstäver: information har gått förlorad, och två konton kan få samma värde. Ta bort steget som gör det.",
    ),
}

_UNDECIDED = Words(
    "The value alone does not tell the byte order; compare with the account in AD.",
    "Byteordningen går inte att avgöra av värdet; jämför med kontot i AD.",
)


@cache
def words_for(names: tuple[str, ...], undecided: bool) -> Words:
    """One sentence or two for each form, in the order given. No braces: the words may become part of a message with places to fill."""
    parts = [_WORDS[name] for name in names] + ([_UNDECIDED] if undecided else [])
    return Words(" ".join(part.en for part in parts), " ".join(part.sv for part in parts))
