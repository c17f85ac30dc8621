"""A text in, the names it mentions out, the same name the same whatever language or alphabet it is written in.

The alias table `names.yaml` knows the names of the shipped packs' world; other capitalized words are compared by
the consonants of their transliteration, which survive inflection and alphabet (Зеленського, Zelensky, Zelenskyy).
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache, lru_cache
from pathlib import Path
from typing import NamedTuple

import yaml

PERSON = "person"
ALIASES = Path(__file__).parent / "names.yaml"
_WORD = re.compile(r"[^\W\d_]+(?:['’ʼ-][^\W\d_]+)*")
_HALF = re.compile(r"[^-]+")
_LANGUAGES = ("en", "ro", "uk", "ru")

_CYRILLIC = str.maketrans(
    {
        "а": "a", "б": "b", "в": "v", "г": "g", "ґ": "g", "д": "d", "е": "e", "є": "e", "ё": "e", "ж": "z", "з": "z", "и": "i", "і": "i", "ї": "i", "й": "i", "к": "k",
        "л": "l", "м": "m", "н": "n", "о": "o", "п": "p", "р": "r", "с": "s", "т": "t", "у": "u", "ф": "f", "х": "h", "ц": "ts", "ч": "ch", "ш": "sh", "щ": "sh", "ъ": "",
        "ы": "i", "ь": "", "э": "e", "ю": "iu", "я": "ia", "ʼ": "", "’": "", "'": "",
    }
)  # fmt: skip


_DENIED = re.compile(
    r"(?<!\w)(?:not|nor|neither|rather than|instead of|nu|nici|не|ні|ни)\s(?:by |with |to |the |de |pe |la |lui |cu |від |до |з |от |к |с )?$",
    re.IGNORECASE,
)


class Name(NamedTuple):
    """A name at `[start, end)` of a text. `key` is the same for all forms of a known name, its skeleton for others."""

    text: str
    start: int
    end: int
    key: str
    kind: str
    denied: bool = False
    """Whether the text says that it was not this one."""

    @property
    def known(self) -> bool:
        return self.kind != ""


class _Alias(NamedTuple):
    words: tuple[str, ...]
    exact: bool
    key: str
    kind: str


def names(text: str) -> list[Name]:
    """The known names, then other capitalized words, in order of appearance; the longest form wins."""
    words = [word for match in _WORD.finditer(text) for word in _parts(match)]
    found: list[Name] = []
    at = 0
    while at < len(words):
        name = _known_at(text, words, at) or _capitalized_at(text, words, at)
        if name is None:
            at += 1
            continue
        found.append(name._replace(denied=_DENIED.search(text, max(0, name.start - 24), name.start) is not None))
        while at < len(words) and words[at][1] < name.end:
            at += 1
    return found


def _word(match: re.Match[str]) -> tuple[str, int, int]:
    """A word and its place, without the English possessive."""
    word = re.sub(r"['’ʼ]s?$", "", match.group())
    return word, match.start(), match.start() + len(word)


def _parts(match: re.Match[str]) -> list[tuple[str, int, int]]:
    """The word, or each half of one that joins two names, as Trump-Putin does."""
    whole = _word(match)
    halves = list(_HALF.finditer(whole[0]))
    if len(halves) < 2 or not all(half.group()[0].isupper() for half in halves) or folded(whole[0]) in _joined():
        return [whole]
    return [(half.group(), whole[1] + half.start(), whole[1] + half.end()) for half in halves]


@cache
def _joined() -> frozenset[str]:
    """The words with a hyphen that known names have."""
    return frozenset(folded(word) for aliases in _table().values() for alias in aliases for word in alias.words if "-" in word)


def known_key(name: str) -> str | None:
    """The key of a name that the table knows."""
    found = names(name)
    return found[0].key if found and found[0].known else None


def mentions(text_names: frozenset[str], skeletons: frozenset[str], name: Name) -> bool:
    """Whether a name is among a text's known keys, or its skeleton among those of the text's words."""
    if name.known:
        return name.key in text_names
    return any(_same_skeleton(name.key, skeleton) for skeleton in skeletons)


def skeletons(text: str) -> set[str]:
    """The skeletons of all words of a text that are long enough to tell apart."""
    return {made for word in _WORD.findall(text) if len(made := skeleton(word)) >= 2}


@lru_cache(maxsize=100_000)
def skeleton(word: str) -> str:
    """The consonants of a word in Latin letters, doubled ones once, similar sounds alike."""
    latin = folded(word).translate(_CYRILLIC)
    for old, new in (
        ("dz", "g"),
        ("ph", "f"),
        ("kh", "h"),
        ("th", "t"),
        ("ch", "c"),
        ("sh", "s"),
        ("tz", "ts"),
        ("x", "ks"),
        ("w", "v"),
        ("q", "k"),
        ("ck", "k"),
        ("c", "k"),
        ("j", ""),
    ):
        latin = latin.replace(old, new)
    head, rest = latin[:1], re.sub(r"[aeiouyh]", "", latin[1:])
    return re.sub(r"(.)\1+", r"\1", ("" if head in "h" else head if head not in "aeiouy" else "a") + rest)


@lru_cache(maxsize=100_000)
def folded(text: str) -> str:
    """Lower case without diacritics, for comparison."""
    decomposed = unicodedata.normalize("NFKD", text.casefold().replace("й", "\0").replace("ї", "\1"))
    return (
        "".join(c for c in decomposed if not unicodedata.combining(c))
        .replace("\0", "й")
        .replace("\1", "ї")
        .replace("ʼ", "'")
        .replace("’", "'")
    )


def _same_skeleton(one: str, other: str) -> bool:
    short, long = sorted((one, other), key=len)
    return one == other or (len(short) >= 3 and long.startswith(short) and len(long) - len(short) <= 2)


def _known_at(text: str, words: list[tuple[str, int, int]], at: int) -> Name | None:
    first = folded(words[at][0])
    for alias in _table().get(first[:3], ()):
        span = words[at : at + len(alias.words)]
        if len(span) == len(alias.words) and all(_matches(alias, form, word) for form, (word, _, _) in zip(alias.words, span, strict=True)):
            return Name(text[span[0][1] : span[-1][2]], span[0][1], span[-1][2], alias.key, alias.kind)
    return None


def _matches(alias: _Alias, form: str, word: str) -> bool:
    if alias.exact:
        return word == form
    mine, theirs = folded(form), folded(word)
    named = word[:1].isupper() or not form[:1].isupper()
    if mine == theirs:
        return named or form.casefold() == word.casefold()
    if len(mine) < 4 or not named:
        return False
    if mine.isascii():
        stem = mine.removesuffix("a")
        return theirs.startswith(stem) and theirs[len(stem) :] in _LATIN_ENDINGS
    common = len(mine) - (2 if mine[-1] in "аяоеийьюєїі" else 0 if len(mine) < 5 else 1)
    return theirs[:common] == mine[:common] and len(theirs) - len(mine) <= 3


_LATIN_ENDINGS = frozenset(
    ["", "a", "e", "i", "s", "u", "ei", "ii", "ul", "lui", "ului", "ilor", "a-n", "ian", "ians", "n", "an", "ean", "ean\u0103"]
)


_SENTENCE_START = re.compile(r"(?:^|[.!?…:;]|\n)[\s\"'«„“(\[-]*$")
_ORDINARY = frozenset(
    [
        "i",
        "the",
        "a",
        "an",
        "he",
        "she",
        "it",
        "they",
        "we",
        "you",
        "his",
        "her",
        "their",
        "this",
        "that",
        "these",
        "those",
        "there",
        "in",
        "on",
        "at",
        "by",
        "of",
        "to",
        "and",
        "or",
        "but",
        "if",
        "as",
        "so",
        "no",
        "not",
        "yes",
        "only",
        "all",
        "some",
        "many",
        "most",
        "january",
        "february",
        "march",
        "april",
        "may",
        "june",
        "july",
        "august",
        "september",
        "october",
        "november",
        "december",
        "monday",
        "tuesday",
        "wednesday",
        "thursday",
        "friday",
        "saturday",
        "sunday",
        "el",
        "ea",
        "ei",
        "ele",
        "noi",
        "voi",
        "un",
        "o",
        "pe",
        "la",
        "de",
        "din",
        "nu",
        "da",
        "cu",
    ]
)


def _capitalized_at(text: str, words: list[tuple[str, int, int]], at: int) -> Name | None:
    word, start, end = words[at]
    if not word[0].isupper() or folded(word) in _ORDINARY or len(word) < 3:
        return None
    if text.isupper() or _SENTENCE_START.search(text[:start]):
        return None
    key = skeleton(word)
    return Name(word, start, end, key, "") if len(key) >= 2 else None


@cache
def _table() -> dict[str, tuple[_Alias, ...]]:
    """Aliases by the first three letters of their first word, those of more words first."""
    if not ALIASES.exists():
        return {}
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    table: dict[str, dict[_Alias, None]] = {}
    for item in yaml.load(ALIASES.read_text(encoding="utf-8"), Loader=loader):  # noqa: S506 - both are safe loaders
        for form in (item["name"], *(form for language in _LANGUAGES for form in item[language])):
            words = tuple(_WORD.findall(form))
            if words:
                exact = len(words) == 1 and len(form) <= 5 and form.upper() == form
                table.setdefault(folded(words[0])[:3], {})[_Alias(words, exact, item["name"], item["type"])] = None
    return {
        start: tuple(sorted(found, key=lambda a: (-len(a.words), -len(a.words[0]), not a.exact, a.key))) for start, found in table.items()
    }
