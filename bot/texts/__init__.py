"""A language code in, the sentences of that language out: every word the bot says in a chat is in this folder.

English stands in `Texts`; the gettext catalogues `ro.po`, `uk.po` and `ru.po` beside it hold the other languages. Plain text, which `render`
escapes and marks up.
"""

from __future__ import annotations

import datetime as dt
from functools import cache
from pathlib import Path

from babel.dates import format_date, format_skeleton
from babel.numbers import format_decimal, format_percent

from knowledge.domain import LANGUAGES, Aspect, Label, Language, Reason
from knowledge.i18n import catalogue

CATALOGUES = Path(__file__).parent


def texts_for(language_code: str | None) -> Texts:
    """The sentences for an IETF tag such as Telegram's `ro` or `pt-BR`; English where we have no others."""
    code = (language_code or "").lower().partition("-")[0]
    return _texts(code if code in LANGUAGES else "en")


class Texts:
    """One sentence, or one function of what it speaks about, a name."""

    def __init__(self, language: Language) -> None:
        self.language = language
        self._words = catalogue(CATALOGUES, language)
        gettext = self._words.gettext

        # -- about the bot

        self.start = gettext(
            "Hello! I check claims and explain their background. Every word I stand behind is cited from a source that you can open.\n\n"
            "Send me\n"
            "• an article or a post, forwarded or pasted: I check its claims one by one;\n"
            "• one sentence: I check it as a claim;\n"
            "• a question: I answer it from my sources;\n"
            "• a reply that quotes a passage, with your question: I explain that passage.\n\n"
            "/help has examples, /sources says what I know, /privacy what I keep."
        )
        self.help = gettext(
            "What you can send me\n\n"
            "• An article or a post, forwarded or pasted. I find the sentences that can be checked and compare each with my sources.\n"
            "• One sentence, such as: The Constitutional Court annulled the first round on 6 December 2024.\n"
            "• A question, such as: When did Romania hold the second round?\n"
            "• A reply to a message, with your question. Select a passage and quote it, and I explain just that passage.\n\n"
            "In a group I speak only when asked: answer a message with /check, or write the text after it.\n\n"
            "I know only what /sources lists, and I say so when that does not settle a claim. "
            "A program gives the labels and it can be wrong, so open the sources before you rely on one."
        )
        self.check_usage = gettext(
            "Answer a message with /check, or write the text after the command: /check Romania annulled its election in 2024."
        )
        self.commands = {
            "check": gettext("check a claim or an article"),
            "sources": gettext("what I know, and until when"),
            "accuracy": gettext("how often I am right, as measured"),
            "help": gettext("what you can send me"),
            "privacy": gettext("what I keep of your messages"),
        }
        self.description = gettext(
            "Forward me an article, quote a passage or ask a question. I compare it with background sources that can be read, "
            "and I cite every word I stand behind."
        )
        self.short_description = gettext("Checks claims and explains their background, with citations you can open.")
        self.unknown_command = gettext("I do not know this command. /help lists what you can send me.")
        self.what_can_be_sent = gettext(
            "I can only read text for now. Forward or paste an article, send me a claim or ask a question; /help has examples."
        )
        self.no_words = gettext(
            "I find no words in this that I could check or answer. Forward or paste an article, send me a claim or ask a question; /help has examples."
        )
        self.links_stay_closed = gettext("I cannot open links yet. Please paste the text of the article and I will check it.")

        # -- how good it is

        self.accuracy_title = gettext("How often I am right")
        self.no_accuracy = gettext("No measurement has been made yet.")
        self.accuracy_note = gettext(
            "Measured on claims and questions that were kept apart from all tuning. Brackets hold 95-percent intervals."
        )

        # -- the sources

        self.sources_title = gettext("What I know")
        self.no_sources = gettext("Nothing is indexed yet.")

        # -- a checked text

        self.labels = {
            Label.SUPPORTED: gettext("Supported"),
            Label.REFUTED: gettext("Refuted"),
            Label.CONFLICTING: gettext("Sources conflict"),
            Label.NOT_ENOUGH_EVIDENCE: gettext("Not enough evidence"),
            Label.NOT_CHECKABLE: gettext("Not checkable"),
        }
        self.aspects = {
            Aspect.DATE: gettext("Date"),
            Aspect.NUMBER: gettext("Number"),
            Aspect.NAME: gettext("Name"),
            Aspect.NEGATION: gettext("Negation"),
            Aspect.WORDING: gettext("Wording"),
        }
        self.card_title = gettext("Fact check")
        self.no_claims = gettext("I found no sentence in this text that sources could confirm or refute.")
        self.sources_label = gettext("Sources")
        self.nearest_label = gettext("Nearest sources")
        self.disputed_label = gettext("Disputed")
        self.compared_title = gettext("Claim and sources side by side")
        self.agrees = gettext("agrees")
        self.differs = gettext("differs")
        self.program_note = gettext("A program compared the text with the cited sources; open them before you rely on a label.")
        self.ask_on = gettext("To ask about a passage, quote it in a reply.")

        # -- an answer

        self.abstention = gettext("No answer in my sources")
        self.passage_parts = gettext("In the passage")
        self.kinds: dict[Reason | None, str] = {
            None: gettext("A claim"),
            Reason.OPINION: gettext("An opinion"),
            Reason.PREDICTION: gettext("About the future"),
            Reason.QUESTION: gettext("A question"),
            Reason.RHETORIC: gettext("Rhetoric"),
            Reason.WISH: gettext("A wish"),
            Reason.PERSONAL: gettext("Personal"),
        }

    def privacy(self, outside_model: str | None, chat_model: str | None = None) -> str:
        """The embedding model and the chat model that texts are sent to, where they do not run inside the bot."""
        gettext = self._words.gettext
        if outside_model is not None:
            reading = gettext(
                "To search my sources, your text goes to the embedding model {model}, which whoever runs this bot chose."
            ).format(model=outside_model)
        elif chat_model is None:
            reading = gettext("Your text is worked on where this bot runs; beside Telegram, no other service gets it.")
        else:
            reading = gettext("My sources are searched where this bot runs.")
        if chat_model is not None:
            wording = gettext("To word and judge, your text goes to the language model {model}, which whoever runs this bot chose.")
            reading += " " + wording.format(model=chat_model)
        return gettext(
            "What I keep of your messages: nothing.\n\n"
            "I read a message to answer it and forget it afterwards. {reading} "
            "I do not store who you are, whom you forward from, or what you ask.\n\n"
            "When something fails, the log gets a number, the time and the place in the program, never your text.\n\n"
            "In groups I only act on commands. What I answer stays in the chat, where you can delete it."
        ).format(reading=reading)

    def measured_on(self, claims: int, questions: int, sentences: int, day: str) -> str:
        said = self._words.gettext("{claims} claims, {questions} questions and {sentences} sentences in four languages, {day}.")
        return said.format(claims=claims, questions=questions, sentences=sentences, day=self.date(day))

    def figure(self, name: str, value: float, low: float, high: float) -> str:
        shown = [format_percent(share, "#,##0.0%", locale=self.language) for share in (value, low, high)]
        return self._words.gettext("{name}: {value} [{low} to {high}]").format(
            name=self._figure_name(name), value=shown[0], low=shown[1], high=shown[2]
        )

    def _figure_name(self, name: str) -> str:
        gettext = self._words.gettext
        names = {
            "macro-F1 over five labels": gettext("macro-F1 over five labels"),
            "true claims called refuted": gettext("true claims called refuted"),
            "decided verdicts that are right": gettext("decided verdicts that are right"),
            "claims decided": gettext("claims decided"),
            "a swapped point changes the verdict": gettext("a swapped point changes the verdict"),
            "same verdict in every language": gettext("same verdict in every language"),
            "deciding entry first": gettext("deciding entry first"),
            "deciding entry among the first five": gettext("deciding entry among the first five"),
            "deciding entry cited in decided verdicts": gettext("deciding entry cited in decided verdicts"),
            "quotes literal": gettext("quotes literal"),
            "claims set aside as not checkable": gettext("claims set aside as not checkable"),
            "answerable questions answered": gettext("answerable questions answered"),
            "answered with the key fact": gettext("answered with the key fact"),
            "unanswerable questions abstained on": gettext("unanswerable questions abstained on"),
            "sentences told rightly to be checkable or not": gettext("sentences told rightly to be checkable or not"),
        }
        return names.get(name, name)

    def pack(self, entries: int, as_of: str, licence: str) -> str:
        said = self._words.ngettext("{n} entry, until {day}, licence {licence}", "{n} entries, until {day}, licence {licence}", entries)
        return said.format(n=entries, day=self.date(as_of), licence=licence)

    def date(self, iso: str) -> str:
        """`2024-12-06`, `2024-12` or `2024` as a reader writes it."""
        year, *rest = map(int, iso.split("-"))
        if not rest:
            return str(year)
        day = dt.date(year, rest[0], rest[1] if len(rest) > 1 else 1)
        if len(rest) == 1:
            return str(format_skeleton("yMMM", day, locale=self.language))
        return str(format_date(day, "d MMM y" if self.language == "en" else "medium", locale=self.language))

    def card_summary(self, claims: int, sentences: int) -> str:
        words = self._words
        return words.gettext("{claims} out of {sentences}, in the order of the text.").format(
            claims=words.ngettext("{n} claim", "{n} claims", claims).format(n=claims),
            sentences=words.ngettext("{n} sentence", "{n} sentences", sentences).format(n=sentences),
        )

    def left_out(self, opinions: int, skipped: int) -> str:
        """Empty where nothing was left out."""
        words = self._words
        parts = []
        if opinions:
            said = words.ngettext("{n} opinion or prediction was not checked.", "{n} opinions and predictions were not checked.", opinions)
            parts.append(said.format(n=opinions))
        if skipped:
            said = words.ngettext(
                "{n} more claim was skipped because the text is long.", "{n} more claims were skipped because the text is long.", skipped
            )
            parts.append(said.format(n=skipped))
        return " ".join(parts)

    def checked_before(self, wording: str, similarity: float) -> str:
        near = format_decimal(similarity, "0.00", locale=self.language)
        return self._words.gettext("Checked before: “{wording}” (similarity {near})").format(wording=wording, near=near)

    def compared(self, aspect: str, claimed: str, sourced: str | None) -> str:
        if sourced:
            return self._words.gettext("{aspect}: the claim says {claimed}; the sources say {sourced}").format(
                aspect=aspect, claimed=claimed, sourced=sourced
            )
        return self._words.gettext("{aspect}: the claim says {claimed}; the sources do not say").format(aspect=aspect, claimed=claimed)

    def confidence(self, share: float) -> str:
        return self._words.gettext("Confidence: {percent} %.").format(percent=round(share * 100))

    def as_of(self, day: dt.date) -> str:
        return self._words.gettext("My sources end on {day}.").format(day=self.date(day.isoformat()))

    def wording_of(self, word: str) -> str:
        return self._words.gettext("The word “{word}”.").format(word=word)

    # -- failures

    def failed(self, number: str) -> str:
        return self._words.gettext(
            "Something went wrong on our side: please try again, and if it goes on, tell whoever runs this bot the error number {number}."
        ).format(number=number)

    def sources_failed(self, number: str) -> str:
        return self._words.gettext(
            "I cannot read my sources at the moment: please try again later, and if it goes on, tell whoever runs this bot the error number {number}."
        ).format(number=number)


@cache
def _texts(language: Language) -> Texts:
    return Texts(language)


__all__ = ["Texts", "texts_for"]
