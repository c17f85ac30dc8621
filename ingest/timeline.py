"""A pack in, one Document per dated entry out. Pure."""

from __future__ import annotations

from ingest.packs import Entry, Pack
from knowledge.domain import CheckedClaim, Document, Provenance


def documents(pack: Pack) -> list[Document]:
    """The entries as documents: title, statement and what is contested, each a paragraph of the text."""
    return [_document(pack, entry) for entry in pack.entries]


def checked_claims(pack: Pack) -> list[CheckedClaim]:
    """The pack's checked claims, each knowing its pack."""
    return [
        CheckedClaim(
            **item.model_dump(exclude={"claim", "also", "why"}),
            pack=pack.id,
            topic=pack.topic,
            claim=dict(item.claim),
            also=dict(item.also),
            why=dict(item.why),
            as_of=pack.as_of,
        )
        for item in pack.checked_claims
    ]


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
        ),
    )
