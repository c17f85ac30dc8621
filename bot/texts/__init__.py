"""A language code in, the sentences of that language out: every word the bot says in a chat is in this folder.

Another language is a subclass of `English` in a module of its own and a line in `_LANGUAGES`;
what it does not override stays English.
"""

from __future__ import annotations

from bot.texts.english import English as Texts

_ENGLISH = Texts()
_LANGUAGES: dict[str, Texts] = {"en": _ENGLISH}


def texts_for(language_code: str | None) -> Texts:
    """The sentences for an IETF tag such as Telegram's `ro` or `pt-BR`; English where we have no others."""
    return _LANGUAGES.get((language_code or "").lower().partition("-")[0], _ENGLISH)


__all__ = ["Texts", "texts_for"]
