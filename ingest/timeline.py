"""A pack in, one Document per dated entry out. Pure."""

from __future__ import annotations

from ingest.packs import FACT, ArchivedClaim, CheckedClaimItem, Entry, Pack, Translation
from knowledge.domain import CheckedClaim, Document, Language, Provenance, QuotedWords, Translated


def documents(pack: Pack) -> list[Document]:
    """The entries as documents: title, statement and what is contested, each a paragraph of the text."""
    return [_document(pack, entry) for entry in pack.entries]


def checked_claims(pack: Pack) -> list[CheckedClaim]:
    """The pack's checked claims, each knowing its pack: those that circulate most, then the archive."""
    return [*(_curated(pack, item) for item in pack.checked_claims), *(_archived(pack, item) for item in pack.archive)]


def _curated(pack: Pack, item: CheckedClaimItem) -> CheckedClaim:
    return CheckedClaim(
        **item.model_dump(exclude={"claim", "also", "why"}),
        pack=pack.id,
        topic=pack.topic,
        claim=dict(item.claim),
        also=dict(item.also),
        why=dict(item.why),
        as_of=pack.as_of,
    )


def _archived(pack: Pack, item: ArchivedClaim) -> CheckedClaim:
    """A fact is looked for in all its languages, another claim in its own."""
    own, translations = {item.language: item.text}, dict(item.translations)
    is_fact = item.kind == FACT
    return CheckedClaim(
        id=item.id,
        pack=pack.id,
        topic=pack.topic,
        label=item.label,
        claim=own | translations if is_fact else own,
        translations=own | translations if is_fact else translations,
        quotes=(QuotedWords(entry=item.entry, words=item.quote),),
        as_of=pack.as_of,
        fact=is_fact,
    )


def _document(pack: Pack, entry: Entry) -> Document:
    paragraphs = [entry.title, entry.statement, *([entry.contested] if entry.contested else [])]
    return Document(
        id=entry.id,
        text="\n".join(" ".join(paragraph.split()) for paragraph in paragraphs),
        provenance=Provenance(
            pack=pack.id,
            topic=pack.topic,
            title=entry.title,
            language=entry.language,
            period=entry.period,
            sources=entry.sources,
            entities=entry.entities,
            contested=" ".join(entry.contested.split()) if entry.contested else None,
            confidence=entry.confidence,
            as_of=pack.as_of,
            overtaken_by=entry.overtaken_by,
            translations=tuple(_translated(language, one) for language, one in pack.translations.get(entry.id, {}).items()),
        ),
    )


def _translated(language: Language, translation: Translation) -> Translated:
    paragraphs = [translation.statement, *([translation.contested] if translation.contested else [])]
    return Translated(language=language, title=translation.title, text="\n".join(" ".join(one.split()) for one in paragraphs))
