"""People's names as account names write them: small letters a to z.

Marks fall away (Öström: ostrom), letters that carry no mark have a usual stand-in (Łukasz: lukasz, Søren: soren), and Cyrillic and
Greek letters are written as passports write them, roughly. Scripts that leave out vowels, or have no letters, have no spelling of
their own in a to z (يوسف may be yousef, yusuf or youssef): such a name gives nothing, and then nothing can be compared.
"""

from __future__ import annotations

import unicodedata

_LETTERS = str.maketrans(
    {
        "ł": "l", "ø": "o", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe", "ß": "ss", "ı": "i", "ħ": "h", "ŋ": "n", "ŧ": "t", "ə": "a",
        "а": "a", "б": "b", "в": "v", "г": "g", "д": "d", "е": "e", "ж": "zh", "з": "z", "и": "i", "к": "k", "л": "l", "м": "m", "н": "n",
        "о": "o", "п": "p", "р": "r", "с": "s", "т": "t", "у": "u", "ф": "f", "х": "kh", "ц": "ts", "ч": "ch", "ш": "sh", "щ": "shch",
        "ъ": "", "ы": "y", "ь": "", "э": "e", "ю": "iu", "я": "ia", "і": "i", "є": "ie", "ґ": "g", "ђ": "dj", "ј": "j", "љ": "lj", "њ": "nj",
        "ћ": "c", "џ": "dz",
        "α": "a", "β": "v", "γ": "g", "δ": "d", "ε": "e", "ζ": "z", "η": "i", "θ": "th", "ι": "i", "κ": "k", "λ": "l", "μ": "m", "ν": "n",
        "ξ": "x", "ο": "o", "π": "p", "ρ": "r", "σ": "s", "ς": "s", "τ": "t", "υ": "y", "φ": "f", "χ": "ch", "ψ": "ps", "ω": "o",
    }
)  # fmt: skip


def plain(text: str) -> str:
    """Small letters without marks, in Latin letters where there is a usual spelling; other characters stay."""
    if text.isascii():  # nothing to take away or to spell otherwise
        return text.casefold()
    unmarked = "".join(char for char in unicodedata.normalize("NFKD", text.casefold()) if not unicodedata.combining(char))
    return unmarked.translate(_LETTERS)


def letters(name: str) -> str:
    """The a to z of a name, for comparing with account names: Žužana Čapek-Öström gives zuzanacapekostrom. Empty when it has none."""
    return "".join(char for char in plain(name) if "a" <= char <= "z")
