"""Every sentence the bot says, in English: plain text, which `render` escapes and marks up."""

from __future__ import annotations

import datetime as dt
from typing import ClassVar

from knowledge.domain import Aspect, Label

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


class English:
    """One sentence, or one function of what it speaks about, a name."""

    # -- about the bot

    start = (
        "Hello! I check claims and explain their background. Every word I stand behind is cited from a source that you can open.\n\n"
        "Send me\n"
        "• an article or a post, forwarded or pasted: I check its claims one by one;\n"
        "• one sentence: I check it as a claim;\n"
        "• a question: I answer it from my sources;\n"
        "• a reply that quotes a passage, with your question: I explain that passage.\n\n"
        "/help has examples, /sources says what I know, /privacy what I keep."
    )
    help = (
        "What you can send me\n\n"
        "• An article or a post, forwarded or pasted. I find the sentences that can be checked and compare each with my sources.\n"
        "• One sentence, such as: The Constitutional Court annulled the first round on 6 December 2024.\n"
        "• A question, such as: When did Romania hold the second round?\n"
        "• A reply to a message, with your question. Select a passage and quote it, and I explain just that passage.\n\n"
        "In a group I speak only when asked: answer a message with /check, or write the text after it.\n\n"
        "I know only what /sources lists, and I say so when that does not settle a claim. "
        "A program gives the labels and it can be wrong, so open the sources before you rely on one."
    )
    check_usage = "Answer a message with /check, or write the text after the command: /check Romania annulled its election in 2024."
    commands: ClassVar[dict[str, str]] = {
        "check": "check a claim or an article",
        "sources": "what I know, and until when",
        "accuracy": "how often I am right, as measured",
        "help": "what you can send me",
        "privacy": "what I keep of your messages",
    }
    description = (
        "Forward me an article, quote a passage or ask a question. I compare it with background sources that can be read, "
        "and I cite every word I stand behind."
    )
    short_description = "Checks claims and explains their background, with citations you can open."
    unknown_command = "I do not know this command. /help lists what you can send me."
    what_can_be_sent = "I can only read text for now. Forward or paste an article, send me a claim or ask a question; /help has examples."
    no_words = "I find no words in this that I could check or answer. Forward or paste an article, send me a claim or ask a question; /help has examples."
    links_stay_closed = "I cannot open links yet. Please paste the text of the article and I will check it."

    def privacy(self, outside_model: str | None, chat_model: str | None = None) -> str:
        """The embedding model and the chat model that texts are sent to, where they do not run inside the bot."""
        reading = (
            f"To search my sources, your text goes to the embedding model {outside_model}, which whoever runs this bot chose."
            if outside_model
            else "Your text is worked on where this bot runs; beside Telegram, no other service gets it."
            if chat_model is None
            else "My sources are searched where this bot runs."
        )
        if chat_model is not None:
            reading += f" To word and judge, your text goes to the language model {chat_model}, which whoever runs this bot chose."
        return (
            "What I keep of your messages: nothing.\n\n"
            f"I read a message to answer it and forget it afterwards. {reading} "
            "I do not store who you are, whom you forward from, or what you ask.\n\n"
            "When something fails, the log gets a number, the time and the place in the program, never your text.\n\n"
            "In groups I only act on commands. What I answer stays in the chat, where you can delete it."
        )

    # -- how good it is

    accuracy_title = "How often I am right"
    no_accuracy = "No measurement has been made yet."
    accuracy_note = "Measured on claims and questions that were kept apart from all tuning. Brackets: 95 % intervals."

    def measured_on(self, claims: int, questions: int, sentences: int, day: str) -> str:
        return f"{claims} claims, {questions} questions and {sentences} sentences in four languages, {self.date(day)}."

    def figure(self, name: str, value: float, low: float, high: float) -> str:
        return f"{name}: {value:.1%} [{low:.1%} to {high:.1%}]"

    # -- the sources

    sources_title = "What I know"
    no_sources = "Nothing is indexed yet."

    def pack(self, entries: int, as_of: str, licence: str) -> str:
        return f"{_count(entries, 'entry', 'entries')}, until {self.date(as_of)}, licence {licence}"

    def date(self, iso: str) -> str:
        """`2024-12-06`, `2024-12` or `2024` as a reader writes it."""
        year, *rest = iso.split("-")
        month = [_MONTHS[int(rest[0]) - 1]] if rest else []
        day = [str(int(rest[1]))] if len(rest) > 1 else []
        return " ".join([*day, *month, year])

    # -- a checked text

    labels: ClassVar[dict[Label, str]] = {
        Label.SUPPORTED: "Supported",
        Label.REFUTED: "Refuted",
        Label.CONFLICTING: "Sources conflict",
        Label.NOT_ENOUGH_EVIDENCE: "Not enough evidence",
        Label.NOT_CHECKABLE: "Not checkable",
    }
    aspects: ClassVar[dict[Aspect, str]] = {
        Aspect.DATE: "Date",
        Aspect.NUMBER: "Number",
        Aspect.NAME: "Name",
        Aspect.NEGATION: "Negation",
        Aspect.WORDING: "Wording",
    }
    card_title = "Fact check"
    no_claims = "I found no sentence in this text that sources could confirm or refute."
    sources_label = "Sources"
    nearest_label = "Nearest sources"
    disputed_label = "Disputed"
    compared_title = "Claim and sources side by side"
    agrees = "agrees"
    differs = "differs"
    program_note = "A program compared the text with the cited sources; open them before you rely on a label."
    ask_on = "To ask about a passage, quote it in a reply."

    def card_summary(self, claims: int, sentences: int) -> str:
        return f"{_count(claims, 'claim', 'claims')} out of {_count(sentences, 'sentence', 'sentences')}, in the order of the text."

    def left_out(self, opinions: int, skipped: int) -> str:
        """Empty where nothing was left out."""
        return " ".join(
            [
                *([f"{_count(opinions, 'opinion or prediction was', 'opinions and predictions were')} not checked."] if opinions else []),
                *([f"{_count(skipped, 'more claim was', 'more claims were')} skipped because the text is long."] if skipped else []),
            ]
        )

    def checked_before(self, wording: str, similarity: float) -> str:
        return f"Checked before: “{wording}” (similarity {similarity:.2f})"

    def compared(self, aspect: str, claimed: str, sourced: str | None) -> str:
        return f"{aspect}: the claim says {claimed}; the sources {f'say {sourced}' if sourced else 'do not say'}"

    def confidence(self, share: float) -> str:
        return f"Confidence: {round(share * 100)} %."

    def as_of(self, day: dt.date) -> str:
        return f"My sources end on {self.date(day.isoformat())}."

    # -- an answer

    abstention = "No answer in my sources"

    # -- failures

    def failed(self, number: str) -> str:
        return (
            f"Something went wrong on our side: please try again, and if it goes on, tell whoever runs this bot the error number {number}."
        )

    def sources_failed(self, number: str) -> str:
        return f"I cannot read my sources at the moment: please try again later, and if it goes on, tell whoever runs this bot the error number {number}."


def _count(number: int, one: str, many: str) -> str:
    return f"{number} {one if number == 1 else many}"
