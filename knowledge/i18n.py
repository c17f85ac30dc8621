"""A folder of gettext catalogues and a language in, the wording of our sentences in that language out.

English stands in the code; `ro.po`, `uk.po` and `ru.po` in the folder hold the others, and Babel reads them. What a catalogue lacks stays English.
"""

from __future__ import annotations

import gettext
import io
from functools import cache
from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from knowledge.domain import Language

WORDS = Path(__file__).parent / "words"
"""The catalogues of what the flows say."""


def words(language: Language) -> gettext.NullTranslations:
    """The wording of what the flows say."""
    return catalogue(WORDS, language)


@cache
def catalogue(folder: Path, language: Language) -> gettext.NullTranslations:
    file = folder / f"{language}.po"
    if not file.exists():
        return gettext.NullTranslations()
    compiled = io.BytesIO()
    with file.open("rb") as opened:
        write_mo(compiled, read_po(opened, locale=language))
    compiled.seek(0)
    return gettext.GNUTranslations(compiled)
