"""A language code in, the sentences of that language out: every word the bot says in a chat is in this folder.

English stands in `Texts`; the gettext catalogues `ro.po`, `uk.po` and `ru.po` beside it hold the other languages. Plain text, which `render`
escapes and marks up.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from functools import cache, partial
from pathlib import Path

from babel.dates import format_date, format_skeleton
from babel.numbers import format_decimal, format_percent

from bot.texts.groups import GroupTexts
from knowledge.domain import LANGUAGES, Aspect, Label, Language, Reason
from knowledge.i18n import catalogue

CATALOGUES = Path(__file__).parent
KNOWN = "known entries: "
"""What the names of figures about entries begin with that the network knows from other claims."""


def texts_for(language_code: str | None) -> Texts:
    """The sentences for an IETF tag such as Telegram's `ro` or `pt-BR`; English where we have no others."""
    code = (language_code or "").lower().partition("-")[0]
    return _texts(code if code in LANGUAGES else "en")


class Texts:
    """One sentence, or one function of what it speaks about, a name."""

    def __init__(self, language: Language) -> None:
        self.language = language
        self._words = catalogue(CATALOGUES, language)
        self.group = GroupTexts(self._words)
        gettext = self._words.gettext

        # -- about the bot

        self.start = gettext(
            "Hello! I check claims and explain their background. Every word I stand behind is cited from a source that you can open.\n\n"
            "Send me\n"
            "• an article or a post, forwarded or pasted: I check its claims one by one;\n"
            "• one sentence: I check it as a claim;\n"
            "• a question: I answer it from my sources;\n"
            "• a reply that quotes a passage, with your question: I explain that passage.\n\n"
            "/help has examples, /sources says what I know, /privacy what I keep. Or try one of these:"
        )
        self.examples = (
            gettext("Romania's election was annulled before the run-off"),
            gettext("Trump and Putin met in Budapest in August 2025"),
        )
        self.help = gettext(
            "What you can send me\n\n"
            "• An article or a post, forwarded or pasted. I find the sentences that can be checked and compare each with my sources.\n"
            "• One sentence, such as: The Constitutional Court annulled the first round on 6 December 2024.\n"
            "• A question, such as: When did Romania hold the second round?\n"
            "• A reply to a message, with your question. Select a passage and quote it, and I explain just that passage.\n"
            "• A link, or a PDF, DOCX, HTML or text file: I read it like an article.\n"
            "• /timeline, for a picture of what you asked last, or of a topic: /timeline romania 2024-11..2025-05.\n"
            "• My name and a claim in any chat: I offer verdicts to send there.\n\n"
            "In a group I speak only when asked: answer a message with /check, or write the text after it.\n\n"
            "I know only what /sources lists, and I say so when that does not settle a claim. "
            "A program gives the labels and it can be wrong, so open the sources before you rely on one."
        )
        self.check_usage = gettext(
            "Answer a message with /check, or write the text after the command: /check Romania annulled its election in 2024."
        )
        self.commands = {
            "check": gettext("check a claim or an article"),
            "whisper": gettext("check it, and tell me alone"),
            "report": gettext("report a message to the moderators"),
            "queue": gettext("what waits for the moderators"),
            "timeline": gettext("draw a timeline"),
            "language": gettext("choose my language"),
            "sources": gettext("what I know, and until when"),
            "accuracy": gettext("how often I am right, as measured"),
            "help": gettext("what you can send me"),
            "privacy": gettext("what I keep of your messages"),
            "settings": gettext("your settings"),
            "export": gettext("all that I hold of yours"),
            "forget": gettext("delete what I hold of yours"),
            "feedback": gettext("tell those who look after this bot"),
            "cancel": gettext("stop the check that is running"),
        }
        self.description = gettext(
            "Forward me an article, quote a passage or ask a question. I compare it with background sources that can be read, "
            "and I cite every word I stand behind."
        )
        self.short_description = gettext("Checks claims and explains their background, with citations you can open.")
        self.unknown_command = gettext("I do not know this command. /help lists what you can send me.")
        self.what_can_be_sent = gettext(
            "I read text, links, and PDF, DOCX, HTML and text files. Forward or paste an article, send me a claim or ask a question; /help has examples."
        )
        self.no_words = gettext(
            "I find no words in this that I could check or answer. Forward or paste an article, send me a claim or ask a question; /help has examples."
        )
        self._unread = {
            "not_public": gettext(
                "I only open public web addresses that begin with http or https. Please paste the text and I will check it."
            ),
            "unreachable": gettext(
                "I cannot open this page: it does not answer, or not with an article. Please paste the text and I will check it."
            ),
            "too_large": gettext("This is too large for me. Please send the part that matters as text."),
            "too_slow": gettext("This took too long to read. Please paste the text and I will check it."),
            "kind": gettext(
                "I can read web pages, plain text, PDF, DOCX and HTML, and this is something else. Please paste the text and I will check it."
            ),
            "empty": gettext(
                "I find no text in this; it may be a picture or a page that needs a browser. Please paste the text and I will check it."
            ),
            "encrypted": gettext("This file is locked with a password. Please send it without, or paste the text."),
            "not_given": gettext("Telegram did not give me this file. Please send it again, or paste the text."),
            "broken": gettext("I cannot read this file; it may be damaged. Please paste the text and I will check it."),
        }

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
        self.later_label = gettext("What changed afterwards")
        self.disputed_label = gettext("Disputed")
        self.translated_label = gettext("In translation")
        self.compared_title = gettext("Claim and sources side by side")
        self.agrees = gettext("agrees")
        self.differs = gettext("differs")
        self.program_note = gettext("A program compared the text with the cited sources; open them before you rely on a label.")
        self.ask_on = gettext("To ask about a passage, quote it in a reply.")

        # -- what buttons say

        self.all_claims = gettext("☰ All claims")
        self.timeline = gettext("🗓 Timeline")
        self.why_trust = gettext("Why trust this?")
        self.tell_me = gettext("🔔 Tell me when it is known")
        self.helpful = gettext("Helpful")
        self.not_helpful = gettext("Not right")
        self.back = gettext("‹ Back")
        self.reasons = {
            "label": gettext("The verdict is wrong"),
            "source": gettext("The source does not fit"),
            "unclear": gettext("I do not understand it"),
            "missing": gettext("Something is missing"),
        }
        self.what_is_wrong = gettext("What is not right?")
        self.thanks = gettext("Thank you, noted for those who look after this bot.")
        self.will_tell = gettext("I will write to you when my sources settle it.")
        self.expired = gettext("This card is too old: its buttons no longer work. Send me the text again.")
        self.not_yours = gettext("This card belongs to whoever asked for it. Send me the text yourself for your own.")
        self.now_known = gettext("You asked me to tell you when this is known. My sources have grown:")
        self.why_title = gettext("How this came about")
        self.checked_nearby = gettext("Claims checked before that come near")
        self.no_timeline = gettext("There is nothing dated to draw here.")

        self.deciding = gettext("decides")
        self.type_a_claim = gettext("Type a claim of a few words")

        # -- the page of the demo

        self.page = {
            "hello": gettext("This is Footnote in your browser: the same bot that answers on Telegram, running on this computer alone."),
            "sample": gettext("Check the sample op-ed"),
            "hint": gettext("Paste or drop an article, type a claim or a question, or select words of any message and ask about them."),
            "write": gettext("Write a message"),
            "send": gettext("Send"),
            "attach": gettext("Attach a file"),
            "ask": gettext("Ask about this"),
            "about": gettext("About this passage"),
            "drop": gettext("Not about this passage"),
            "language": gettext("Language"),
            "theme": gettext("Light or dark"),
            "chat": gettext("Chat"),
            "starting": gettext("getting ready…"),
            "online": gettext("online"),
            "typing": gettext("reading…"),
            "edited": gettext("edited"),
            "forwarded": gettext("forwarded"),
            "more": gettext("Show all of it"),
        }

        # -- settings

        self.language_names = {"en": "English", "ro": "Română", "uk": "Українська", "ru": "Русский"}
        self.choose_language = gettext("In which language shall I speak? Sources are quoted in their own.")
        self.as_my_app = gettext("As my Telegram app")
        self.language_chosen = gettext("I speak English now.")
        self.nothing_to_cancel = gettext("Nothing is being worked on that could be cancelled.")
        self.cancelled = gettext("Cancelled.")
        self.nothing_to_export = gettext("I hold nothing of yours.")
        self.feedback_usage = gettext("Write it behind the command: /feedback the card for my article missed a claim.")

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

    def privacy(self, keep_days: int, outside_model: str | None, chat_model: str | None = None) -> str:
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
        kept = self._words.ngettext("{n} day", "{n} days", keep_days).format(n=keep_days)
        return gettext(
            "What I keep\n\n"
            "• Your message, until it is answered; then only its number.\n"
            "• What I found for you, with the sentences of yours that it is about, for {kept}: the buttons under it need that.\n"
            "• What you tell me by buttons or /feedback, and the language you chose.\n\n"
            "/export gives you all of it, /forget deletes it. {reading} "
            "When something fails, the log gets a number, the time and the place in the program, never your text.\n\n"
            "What I answer in a group stays there, where you can delete it. {groups}"
        ).format(reading=reading, kept=kept, groups=self.group.privacy())

    def unreadable(self, reason: str) -> str:
        return self._unread[reason]

    def unreadable_file(self, name: str | None, reason: str) -> str:
        """Of one file among several."""
        return f"{name}: {self._unread[reason]}" if name else self._unread[reason]

    def timeline_usage(self, topics: Sequence[str]) -> str:
        said = self._words.gettext(
            "Write a topic, and a time if you like: /timeline {example} 2024-11..2025-05. I know {topics}. Without a topic I draw what you asked last."
        )
        return said.format(example=topics[0] if topics else "romania", topics=", ".join(topics))

    def named_by_claim(self, day: str) -> str:
        return self._words.gettext("The claim: {day}").format(day=self.date(day))

    def checked_label(self, label: str) -> str:
        return self._words.gettext("Checked claim, {label}").format(label=label)

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
        if name.startswith(KNOWN):
            return gettext("about entries known from other claims: {figure}").format(figure=self._figure_name(name.removeprefix(KNOWN)))
        names = {
            "macro-F1 over five labels": gettext("macro-F1 over five labels"),
            "macro-F1 over four labels": gettext("macro-F1 over four labels"),
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

    def origin(self, name: str | None, published: dt.date | None, forwarded: dt.date | None) -> str:
        """Empty where nothing is known."""
        gettext = self._words.gettext
        parts = [name] if name and published is None else []
        if published:
            day = self.date(published.isoformat())
            parts = [gettext("{day}, {name}").format(day=day, name=name)] if name else [day]
        if forwarded and forwarded != published:
            parts.append(gettext("forwarded {day}").format(day=self.date(forwarded.isoformat())))
        return ", ".join(parts)

    def bears_on(self, numbers: Sequence[int]) -> str:
        listed = ", ".join(map(str, numbers))
        return self._words.ngettext("for claim {listed}", "for claims {listed}", len(numbers)).format(listed=listed)

    def looked_for(self, claim: str) -> str:
        return self._words.gettext("I looked for: “{claim}”. These entries came nearest, and this is what I read in them:").format(
            claim=claim
        )

    def passage_read(self, similarity: float, shares: Sequence[float], *, cited: bool) -> str:
        """Shares that it supports, refutes, does some of both, or settles nothing."""
        gettext = self._words.gettext
        said = gettext("nearness {near}; supports {supports}, contradicts {contradicts}, both {both}, says nothing of it {nothing}")
        shown = [format_percent(share, "#,##0%", locale=self.language) for share in shares]
        line = said.format(
            near=format_decimal(similarity, "0.00", locale=self.language),
            supports=shown[0],
            contradicts=shown[1],
            both=shown[2],
            nothing=shown[3],
        )
        use = gettext("cited") if cited else gettext("set aside")
        return f"{line}; {use}"

    def weighed(self, labels: Sequence[tuple[str, float, float]]) -> str:
        """Each label with its share and the least share that it needs."""
        said = self._words.gettext("{label}: {share}, and it takes {floor}")
        percent = partial(format_percent, format="#,##0%", locale=self.language)
        lines = [said.format(label=label, share=percent(share), floor=percent(floor)) for label, share, floor in labels]
        return "\n".join([self._words.gettext("All of it together, with the dates, numbers and names that agree or differ:"), *lines])

    def why_note(self, certainty: float) -> str:
        said = self._words.gettext(
            "The bars are set so that about {certainty} of the verdicts are right on claims like those it was fitted on; /accuracy has what was measured. "
            "Refuted takes more where no date, number or person visibly differs."
        )
        return said.format(certainty=format_percent(certainty, "#,##0%", locale=self.language))

    def forgotten(self, counts: Mapping[str, int]) -> str:
        """How many checks, opinions, wishes and settings were deleted."""
        gettext = self._words.gettext
        names = {
            "checks": gettext("checks: {n}"),
            "opinions": gettext("opinions: {n}"),
            "wishes": gettext("wishes to be told: {n}"),
            "people": gettext("settings: {n}"),
            "reports": gettext("reports in groups: {n}"),
        }
        lines = [f"• {names[name].format(n=count)}" for name, count in counts.items()]
        return "\n".join(
            [gettext("Deleted, and not kept anywhere else by me:"), *lines, gettext("Delete this chat to remove what I answered.")]
        )

    def settings(self, language: str, days: int) -> str:
        words = self._words
        kept = words.ngettext("What I found is kept for {n} day, then deleted.", "What I found is kept for {n} days, then deleted.", days)
        return "\n".join(
            [
                words.gettext("Language: {language} (/language changes it).").format(language=language),
                kept.format(n=days),
                words.gettext("/export gives you what I hold of yours, /forget deletes it."),
            ]
        )

    def progress(self, done: int, total: int) -> str:
        return self._words.gettext("Checking: {done} of {total} claims. /cancel stops it.").format(done=done, total=total)

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
