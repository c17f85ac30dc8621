"""Labelled material in, groups of a source and what is to be compared with it out: what the entailment model is trained on and watched with."""

from __future__ import annotations

import json
import random
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from ingest.packs import FACT
from knowledge.language import language_of, sentences
from knowledge.training.data import (
    COMPOUND,
    LOOSE,
    Invented,
    claims,
    development,
    held_out,
    invented,
    kept_back,
    loose,
    nearest_entries,
    owner,
    packs,
    plain,
    questions,
    read,
    relations,
    reworded,
)
from knowledge.training.swaps import digits_swapped, swapped

PUBLIC = {
    "hans_templates": 0.18,
    "med_crowd": 0.25,
    "mnli_overlap_contradictions": 0.25,
    "fm2_nei_weak": 0.3,
    "fm2_dev": 0.5,
    "fm2_test": 0.5,
    "fever_symmetric_dev": 0.6,
}
"""Each set with the share of it that is read in one pass."""
TWO_WAY = ("hans_templates", "med_crowd")
"""Sets that know supported or not, and no more."""
LABELS = {"supported": 0, "refuted": 1, "mixed": 2, "conflicting": 2, "not_enough_info": 3, "not_enough_evidence": 3}
STANCES = {"state": (0, False), "deny": (1, False), **dict.fromkeys(("quote", "ask", "joke", "opinion", "near"), (3, True))}
"""What a message says of its claim, and whether 'not supported' is all that is sure."""
ANSWERS, SILENT = 4, 5


INVENTED, ASKED, TOLD = 0.3, 0.6, 0.4
"""The shares of the invented passages, of the passages with questions, and of the messages as sources that are read in one pass."""
PLAIN, FACTS = 0.8, 0.7
"""The shares of the passages with plain sentences and of the entries' single facts. They are large beside the looser claims: among too many of those a plain true sentence is taken for a false one."""
LOOSELY = {LOOSE: 0.4, COMPOUND: 0.8}
"""The share of the loosely worded claims of each kind."""
REWORDED = 0.5
"""The share of the reworded sentences about entries; those about invented passages, which are worded more freely, are all read."""


class Example(NamedTuple):
    claim: str
    label: int
    two_way: bool = False


Group = tuple[str, list[Example]]
"""A source and what is to be compared with it: it is read once for all of them."""


class Entry(NamedTuple):
    texts: dict[str, str]
    """By language, as `knowledge.entailment.source_text` gives them."""
    statements: dict[str, str]


@cache
def entries() -> dict[str, Entry]:
    found = {}
    for pack in packs():
        for entry in pack.entries:
            versions = {"en": entry, **pack.translations.get(entry.id, {})}
            found[entry.id] = Entry(
                {
                    language: f"{entry.period.iso}: {v.title}. " + " ".join(f"{v.statement} {v.contested or ''}".split())
                    for language, v in versions.items()
                },
                {language: v.statement for language, v in versions.items()},
            )
    return found


def material(public: Path, rng: random.Random) -> list[Group]:
    """One pass over everything that may be trained on, sampled anew each time."""
    excluded = held_out() | {entry for entry in entries() if development(entry)}
    groups = [*_own(excluded, rng), *_relations(excluded, rng), *_statements(excluded, rng), *_invented(rng), *_questions(excluded, rng)]
    groups += _plain(excluded, rng) + _facts(excluded, rng) + _loose(excluded, rng) + _reworded(excluded, rng) + _stances(rng)
    groups += [
        group for name, share in PUBLIC.items() for group in _public(public / f"{name}.jsonl", name in TWO_WAY) if rng.random() < share
    ]
    groups = [group for group in groups if group[1]]
    rng.shuffle(groups)
    return groups


@cache
def _passages() -> dict[str, Invented]:
    return {passage.id: passage for passage in invented()}


def _source(owner_id: str, language: str) -> str:
    """An invented passage, or an entry in this language."""
    passage = _passages().get(owner_id)
    return passage.source if passage else entries()[owner_id].texts[language]


@cache
def _near() -> dict[str, list[str]]:
    rows = [row for row in claims() if row["label"] != "not_checkable"]
    return dict(zip((row["id"] for row in rows), nearest_entries([row["text"] for row in rows]), strict=True))


def _own(excluded: frozenset[str], rng: random.Random) -> list[Group]:
    """Claims with the entry that decides them, some swapped in one point, some with a near entry that does not."""
    by_entry: dict[str, list[Example]] = {}
    for row in claims():
        if row["label"] == "not_checkable" or owner(row) in excluded or (row["kind"] == FACT and rng.random() > FACTS):
            continue
        mine = by_entry.setdefault(owner(row), [])
        told = row["text"] if rng.random() < 0.5 else rng.choice([row["text"], *row.get("translations", {}).values()])
        mine.append(Example(told, LABELS[row["label"]]))
        if row["label"] == "supported" and rng.random() < 0.25:
            mine += [Example(false, 1) for false in swapped(row["text"], row["language"], rng)[:1]]
        others = [entry for entry in _near()[row["id"]] if entry not in row["entries"] and entry not in excluded]
        if others and rng.random() < 0.35:
            by_entry.setdefault(rng.choice(others[:6]), []).append(Example(row["text"], 3))
    groups = []
    for entry, examples in by_entry.items():
        by_source: dict[str, list[Example]] = {}
        for example in examples:
            language = rng.choice([language_of(example.claim)] * 3 + ["en", "en", rng.choice(["ro", "uk", "ru"])])
            by_source.setdefault(entries()[entry].texts[language], []).append(example)
        groups += [(source, found[at : at + 14]) for source, found in by_source.items() for at in range(0, len(found), 14)]
    return groups


def _relations(excluded: frozenset[str], rng: random.Random) -> list[Group]:
    """A claim as the source of others about the same entry, whose relation a person wrote down."""
    known = {row["id"]: row for row in claims()}
    by_source: dict[str, list[Example]] = {}
    for one, relation, other in relations():
        if one in known and other in known and owner(known[one]) not in excluded:
            for source, claim, label in _directed(one, relation, other):
                if rng.random() < _RELATED[relation]:
                    by_source.setdefault(source, []).append(Example(known[claim]["text"], label))
    groups = []
    for source, examples in by_source.items():
        chosen = rng.sample(examples, min(len(examples), 8))
        versions = {known[source]["language"]: known[source]["text"], **known[source].get("translations", {})}
        by_version: dict[str, list[Example]] = {}
        for example in chosen:
            own = versions.get(language_of(example.claim), known[source]["text"])
            by_version.setdefault(own if rng.random() < 0.7 else rng.choice(list(versions.values())), []).append(example)
        groups += list(by_version.items())
    return groups


_RELATED = {"=": 0.5, ">": 0.5, "!": 0.08, "~": 0.5}
"""The share of the relations of each kind that is read in one pass: contradictions are many, since one claim contradicts all versions of another."""


def _directed(one: str, relation: str, other: str) -> list[tuple[str, str, int]]:
    """Source, claim, and what the one says of the other."""
    forth, back = {"=": (0, 0), ">": (0, 3), "!": (1, 1), "~": (3, 3)}[relation]
    return [(one, other, forth), (other, one, back)]


def _edits(passage: Invented, rng: random.Random) -> list[Group]:
    """A true claim as the source of the false one in nearly the same words, the other way round, and of true ones on other points."""
    true = [text for label, _, text in passage.claims if label == "supported"]
    groups = []
    for false in (text for label, _, text in passage.claims if label == "refuted"):
        for one in true:
            if _alike(one, false, 0.5) and rng.random() < 0.5:
                source, claim = rng.sample([one, false], 2)
                other = rng.choice(true)
                groups.append((source, [Example(claim, 1), *([] if _alike(other, source) else [Example(other, 3)])]))
    return groups


def _alike(one: str, other: str, share: float = 0.3) -> bool:
    first, second = set(one.lower().split()), set(other.lower().split())
    return len(first & second) >= share * len(first | second)


def _statements(excluded: frozenset[str], rng: random.Random) -> list[Group]:
    """A sentence of an entry in each language, and the same swapped in one point, with the entry in some language."""
    groups = []
    for entry_id, entry in entries().items():
        if entry_id in excluded:
            continue
        examples = []
        for language, statement in entry.statements.items():
            sentence = rng.choice(sentences(statement, language)).text
            if len(sentence) > 350:
                continue
            examples += [Example(sentence, 0)] if rng.random() < 0.8 else []
            examples += [Example(false, 1) for false in swapped(sentence, language, rng)[:1] if rng.random() < 0.8]
        groups.append((entry.texts[rng.choice(["en", "en", "ro", "uk", "ru"])], examples))
    return groups


def _plain(excluded: frozenset[str], rng: random.Random) -> list[Group]:
    """Short plain sentences and their false twins, both or neither: how a sentence is worded must not tell whether it is true."""
    groups: list[Group] = []
    for owner_id, pairs in plain().items():
        if owner_id in excluded or (owner_id in _passages() and (rng.random() > PLAIN or _kept(_passages()[owner_id]))):
            continue
        source = _source(owner_id, rng.choice(["en", "en", "ro", "uk", "ru"]))
        chosen = [pair for pair in pairs if rng.random() < 0.8]
        groups.append((source, [Example(text, label) for _, *twins in chosen for label, text in enumerate(twins)]))
        for _, true, false in pairs:
            if rng.random() < 0.15:
                one, other = rng.sample([true, false], 2)
                groups.append((one, [Example(one, 0), Example(other, 1)]))
    return groups


def _loose(excluded: frozenset[str], rng: random.Random) -> list[Group]:
    """Loosely worded claims about an entry, each true one with its false twin; some with a near entry that does not decide them."""
    near: dict[str, list[str]] = {}
    for row in claims():
        if row["id"] in _near():
            near.setdefault(owner(row), []).extend(one for one in _near()[row["id"]] if one != owner(row) and one not in excluded)
    by_source: dict[str, list[Example]] = {}

    def add(owner_id: str, language: str, examples: list[Example]) -> None:
        source = _source(owner_id, rng.choice([language] * 3 + ["en", "en", rng.choice(["ro", "uk", "ru"])]))
        by_source.setdefault(source, []).extend(examples)

    for kind, share in LOOSELY.items():
        for row in loose(kind):
            if row.entry in excluded or (row.entry in _passages() and _kept(_passages()[row.entry])):
                continue
            for at, (language, true, false) in enumerate(row.twins):
                if not kept_back(row, at) and rng.random() < share:
                    add(row.entry, language, [Example(true, 0), Example(false, 1)])
                    if rng.random() < 0.1:
                        one, other = rng.sample([true, false], 2)
                        by_source[one] = [Example(one, 0), Example(other, 1)]
                    if near.get(row.entry) and rng.random() < 0.15:
                        add(rng.choice(near[row.entry]), language, [Example(rng.choice([true, false]), 3)])
            for label, others in ((2, row.half), (3, row.open)):
                for at, (language, text) in enumerate(others):
                    if not kept_back(row, at) and rng.random() < share:
                        add(row.entry, language, [Example(text, label)])
    return [(source, found[at : at + 14]) for source, found in by_source.items() for at in range(0, len(found), 14)]


def _reworded(excluded: frozenset[str], rng: random.Random) -> list[Group]:
    """Sentences that differ in one word, with the entry and as each other's source: without these every such difference is taken for a contradiction."""
    groups: list[Group] = []
    for owner_id, language, base, same, contrary in reworded():
        if owner_id in excluded or development(owner_id) or (owner_id not in _passages() and rng.random() > REWORDED):
            continue
        turned = [Example(text, 1) for text in contrary]
        for source in [base, *same]:
            groups.append((source, [Example(text, 0) for text in (base, *same) if text != source] + [rng.choice(turned)]))
        groups.append((rng.choice(contrary), [Example(rng.choice([base, *same]), 1)]))
        told = _source(owner_id, rng.choice([language] * 2 + ["en"]))
        groups.append((told, [Example(rng.choice(same), 0), rng.choice(turned)]))
    return groups


def _facts(excluded: frozenset[str], rng: random.Random) -> list[Group]:
    """A single fact of an entry as the source of itself in other languages, of itself swapped in one point, and of another fact of the entry."""
    by_entry: dict[str, list[dict[str, str]]] = {}
    for row in claims():
        if row["kind"] == FACT and owner(row) not in excluded:
            by_entry.setdefault(owner(row), []).append({row["language"]: row["text"], **row["translations"]})
    groups = []
    for facts in by_entry.values():
        for fact in rng.sample(facts, -(-len(facts) // 2)):
            first, *others = rng.sample(list(fact), 3)
            examples = [Example(fact[language], 0) for language in others]
            examples += [Example(false, 1) for language in (first, *others) for false in swapped(fact[language], language, rng)[:1]]
            other = rng.choice(facts)
            if other is not fact and not _alike(other["en"], fact["en"]):
                examples.append(Example(other[rng.choice(list(other))], 3))
            groups.append((fact[first], examples))
    return groups


def _stances(rng: random.Random) -> list[Group]:
    """A claim as the source of messages that state it, deny it, or do neither, and each message as the source of the claim."""
    groups: list[Group] = []
    for (slug, claim), rows in stances().items():
        if not development(slug):
            groups += _told([claim], [(row["text"], *STANCES[row["stance"]]) for row in rows], rng)
    for _, wordings, rows in _posts():
        groups += _told(wordings, [(row["text"], *STANCES[row["kind"]]) for row in rows], rng)
    return groups


def _told(wordings: Sequence[str], told: Sequence[tuple[str, int, bool]], rng: random.Random) -> list[Group]:
    """Messages beside a claim in one of its wordings, in both directions."""
    forth = (rng.choice(wordings), [Example(text, label, either) for text, label, either in told])
    back = [(text, [Example(rng.choice(wordings), label, either)]) for text, label, either in told if rng.random() < TOLD]
    return [forth, *back]


@cache
def _posts() -> list[tuple[str, list[str], list[dict[str, Any]]]]:
    """Each curated claim with its wordings, and the posts of a language around it; without those about held-out entries."""
    curated = _curated()
    found: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for row in read("posts.jsonl"):
        if row["claim"] and read_by_the_network(row["claim"]):
            found.setdefault((row["claim"], row["language"]), []).append(row)
    return [
        (claim_id, [curated[claim_id].claim[own], curated[claim_id].claim["en"], *curated[claim_id].also.get(own, ())], rows)
        for (claim_id, own), rows in found.items()
    ]


def read_by_the_network(claim_id: str) -> bool:
    """Whether the posts about a curated claim are trained on: a fifth is not, nor what is about held-out entries."""
    return not development(claim_id) and not any(quote.entry in held_out() for quote in _curated()[claim_id].quotes)


@cache
def _curated() -> dict[str, Any]:
    return {claim.id: claim for pack in packs() for claim in pack.checked_claims}


@cache
def stances() -> dict[tuple[str, str], list[dict[str, Any]]]:
    """Messages of chats by what they are about: a name for it that no other language has, and the claim in plain words."""
    found: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for row in read("stances.jsonl"):
        found.setdefault((f"{row['language']} {row['id']}", row["claim"]), []).append(row)
    return found


def _kept(passage: Invented) -> bool:
    """Whether a passage is only looked at, never trained on."""
    return development(passage.title) and development(f"{passage.title}x")


def _invented(rng: random.Random) -> list[Group]:
    groups, all_passages = [], [passage for passage in invented() if not _kept(passage)]
    for passage in rng.sample(all_passages, int(len(all_passages) * INVENTED)):
        examples = [Example(text, LABELS[label]) for label, _, text in passage.claims]
        true = [text for label, _, text in passage.claims if label == "supported" and rng.random() < 0.2]
        examples += [Example(false, 1) for text in true for false in list(digits_swapped(text, rng))[:1]]
        sentence = rng.choice(sentences(passage.text, passage.language)).text
        examples += [Example(sentence, 0), *(Example(false, 1) for false in list(digits_swapped(sentence, rng))[:1])]
        other = rng.choice(all_passages)
        if other is not passage and rng.random() < 0.5:
            examples.append(Example(rng.choice(other.claims)[2], 3))
        groups.append((passage.source, examples))
        groups += _edits(passage, rng)
    return groups


def _questions(excluded: frozenset[str], rng: random.Random) -> list[Group]:
    """Questions with the passage they are about and with its sentences one by one."""
    by_passage: dict[str, list[dict[str, Any]]] = {}
    for row in questions():
        if "sentences" in row and row["about_entry"] not in excluded and not development(row["about_entry"]):
            by_passage.setdefault(row["about_entry"], []).append(row)
    heads = {p.id: (f"{p.date}: {p.title}.", sentences(p.text, p.language)) for p in invented()}
    for pack in packs():
        for e in pack.entries:
            heads[e.id] = (f"{e.period.iso}: {e.title}.", sentences(f"{e.statement}\n{e.contested or ''}".strip(), "en"))
    asked = [row["question"] for rows in by_passage.values() for row in rows]
    groups = []
    for passage_id, rows in rng.sample(list(by_passage.items()), int(len(by_passage) * ASKED)):
        head, found = heads[passage_id]
        whole = [Example(row["question"], ANSWERS if row["sentences"] else SILENT) for row in rows]
        groups.append(
            (f"{head} {' '.join(s.text for s in found)}", [*whole, *([Example(rng.choice(asked), SILENT)] if rng.random() < 0.5 else [])])
        )
        for number, sentence in enumerate(found, 1):
            examples = [
                Example(row["question"], ANSWERS if number in row["sentences"] else SILENT)
                for row in rows
                if number in row["sentences"] or rng.random() < 0.4
            ]
            groups.append((f"{head} {sentence.text}", examples))
    return groups


@cache
def _public(file: Path, two_way: bool) -> list[Group]:
    by_source: dict[str, list[Example]] = {}
    for row in map(json.loads, file.open(encoding="utf-8")):
        assert row["may_train"], f"{file} may not be trained on"
        if row.get("label5") in LABELS and row.get("evidence"):
            source = " ".join(evidence["text"] for evidence in row["evidence"])
            by_source.setdefault(source, []).append(Example(row["claim"], LABELS[row["label5"]], two_way))
    return list(by_source.items())


def _watched_loose(kind: str = LOOSE, *, seen: bool) -> list[Group]:
    groups = []
    for row in loose(kind):
        if row.entry in entries() and row.entry not in held_out() and development(row.entry) != seen:
            labelled = [(at, Example(text, label)) for at, (_, *twins) in enumerate(row.twins) for label, text in enumerate(twins)]
            labelled += [
                (at, Example(text, label)) for label, others in ((2, row.half), (3, row.open)) for at, (_, text) in enumerate(others)
            ]
            groups.append((entries()[row.entry].texts["en"], [one for at, one in labelled if not seen or kept_back(row, at)]))
    return [group for group in groups if group[1]]


def _watched_facts() -> list[Group]:
    """The single facts of entries, and the same swapped in one point: as plain as a claim can be."""
    rng, found = random.Random(1), dict[str, list[Example]]()
    for row in claims():
        if row["kind"] == FACT and development(owner(row)) and owner(row) not in held_out():
            language, text = rng.choice([(row["language"], row["text"]), *row["translations"].items()])
            false = [Example(one, 1) for one in swapped(text, language, rng)[:1]]
            found.setdefault(owner(row), []).extend([Example(text, 0), *false])
    return [(entries()[entry].texts["en"], examples) for entry, examples in found.items()]


def _watched_reworded(*, ours: bool) -> list[Group]:
    """Reworded sentences about entries, or about invented passages that are read with other sentences."""
    rows = [row for row in reworded() if development(row.entry) and row.entry not in held_out() and (row.entry in entries()) == ours]
    return [(row.base, [*(Example(text, 0) for text in row.same), *(Example(text, 1) for text in row.contrary)]) for row in rows]


def development_groups() -> dict[str, list[Group]]:
    """What is never trained on but looked at on the way: the judge is fitted on the first of these."""
    own: dict[str, list[Example]] = {}
    for row in claims():
        if row["label"] != "not_checkable" and row["kind"] != FACT and development(owner(row)) and owner(row) not in held_out():
            own.setdefault(owner(row), []).append(Example(row["text"], LABELS[row["label"]]))
    kept = [p for p in invented() if _kept(p)]
    watched: dict[str, list[Group]] = {
        "entries": [(entries()[entry].texts["en"], examples) for entry, examples in own.items()],
        "invented": [(p.source, [Example(text, LABELS[label]) for label, _, text in p.claims]) for p in kept],
        "single facts": _watched_facts(),
        "reworded": _watched_reworded(ours=True),
        "reworded, of other things": _watched_reworded(ours=False),
        "stances": [
            (claim, [Example(row["text"], *STANCES[row["stance"]]) for row in rows])
            for (slug, claim), rows in stances().items()
            if development(slug)
        ],
        "loose": _watched_loose(seen=False),
        "loose, of entries seen with other claims": _watched_loose(seen=True),
        "of several parts": _watched_loose(COMPOUND, seen=False),
    }
    return {name: groups for name, groups in watched.items() if groups}
