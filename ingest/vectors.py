"""Developer's tool: compute the vectors that ship with the packs. `python -m ingest.vectors` after any change to a shipped pack."""

from __future__ import annotations

from ingest.packs import SHIPPED_PACKS, pack_files, read_pack
from ingest.split import split
from ingest.timeline import checked_claims, documents
from knowledge.citations import sentences_of
from knowledge.embeddings import EMBEDDED_MODEL, SHIPPED_VECTORS, EmbeddedE5, embed_all, fingerprint, save_vectors, shipped_vectors


def shipped_texts() -> list[str]:
    """The texts of all passages of the shipped packs, of their sentences, and of the wordings of their checked claims."""
    packs = [read_pack(file) for file in pack_files([SHIPPED_PACKS])]
    passages = [passage for pack in packs for document in documents(pack) for passage in split(document)]
    wordings = [text for pack in packs for checked in checked_claims(pack) for _, text in checked.wordings]
    return [*(passage.text for passage in passages), *(s.text for passage in passages for s in sentences_of(passage)), *wordings]


def main() -> None:
    texts = shipped_texts()
    vectors = embed_all(EmbeddedE5(), EMBEDDED_MODEL, texts, known=shipped_vectors())
    save_vectors(SHIPPED_VECTORS, {fingerprint(EMBEDDED_MODEL, text): vector for text, vector in zip(texts, vectors, strict=True)})
    print(f"{len(texts)} vectors in {SHIPPED_VECTORS}")


if __name__ == "__main__":
    main()
