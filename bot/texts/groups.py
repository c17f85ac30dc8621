"""What the bot says in groups and to those who moderate them. Plain text, in the language of the catalogues beside it."""

from __future__ import annotations

from collections.abc import Sequence
from gettext import NullTranslations

from bot.moderation import GRACE_DAYS, IGNORED_DAYS, MUTED_MINUTES, REPORTS_A_DAY, SILENCED_DAYS, Choice, Digest, Mode, Right, Who


class GroupTexts:
    """One sentence, or one function of what it speaks about, a name."""

    def __init__(self, words: NullTranslations) -> None:
        self._words = words
        gettext = words.gettext

        # -- the group

        self.introduction = gettext(
            "Hello. I speak here only when asked: answer a message with /check, mention me with a question, or /report a message to the moderators. "
            "Administrators set me up with /settings; I delete, mute and ban nothing by myself."
        )
        self.sees_all = gettext("I can read the messages of this group.")
        self.sees_addressed = gettext(
            "I see only what is addressed to me. To let me watch for circulating claims, make me an administrator, "
            "or turn off privacy mode at @BotFather (/setprivacy) and then remove me and add me again."
        )
        self.admins_only_ask = gettext("In this group only administrators ask me. You can ask me in private.")
        self.details = gettext("Details")
        self.whispered = gettext("I have an answer. Whoever asked can read it alone; an administrator can publish it here.")
        self.read_alone = gettext("Read it alone")
        self.publish = gettext("Publish it here")
        self.not_for_you = gettext("This answer waits for whoever asked, and is kept only for a time.")

        # -- reports

        self.report_usage = gettext("Answer the message that you want to report with /report.")
        self.report_limit = words.ngettext(
            "You have reported {n} message today; that is the limit.",
            "You have reported {n} messages today; that is the limit.",
            REPORTS_A_DAY,
        ).format(n=REPORTS_A_DAY)
        self.report_nobody = gettext("Nobody gets reports here yet: an administrator must choose the moderators' chat in /settings.")
        self.queue_empty = gettext("Nothing waits for you.")
        self.queue_usage = gettext("/queue works in the chat that gets the notes of a group.")

        # -- cases

        self.choices = {
            Choice.CONTEXT: gettext("Post context"),
            Choice.WARN: gettext("Warn"),
            Choice.DELETE: gettext("Delete"),
            Choice.MUTE: gettext("Mute for an hour"),
            Choice.DELETE_AND_MUTE: gettext("Delete and mute"),
            Choice.IGNORE: gettext("Ignore"),
            Choice.IGNORE_CLAIM: gettext("Ignore this claim for a week"),
            Choice.APPROVE: gettext("Rightly reported"),
            Choice.REJECT: gettext("Reject"),
            Choice.ABUSE: gettext("Abusive report"),
            Choice.UNDO: gettext("Undo"),
            Choice.AGREE: gettext("Right"),
            Choice.DISAGREE: gettext("Wrong"),
        }
        self._done = {
            Choice.CONTEXT: gettext("{name} posted context"),
            Choice.WARN: gettext("{name} warned the author"),
            Choice.DELETE: gettext("{name} deleted the message"),
            Choice.MUTE: gettext("{name} muted the author for an hour"),
            Choice.DELETE_AND_MUTE: gettext("{name} deleted the message and muted the author for an hour"),
            Choice.IGNORE: gettext("{name} ignored it"),
            Choice.IGNORE_CLAIM: gettext("{name} ignores this claim for a week"),
            Choice.APPROVE: gettext("{name} found the report right"),
            Choice.REJECT: gettext("{name} rejected the report"),
            Choice.ABUSE: gettext("{name} found the report abusive: its authors are not heard for a month"),
            Choice.AGREE: gettext("{name} agrees"),
            Choice.DISAGREE: gettext("{name} disagrees"),
            Choice.BY_HAND: gettext("{name} restricted or removed the author by hand"),
        }
        self.taken = gettext("Somebody has dealt with this already.")
        self.no_right = gettext("You need the right to do this in the group itself, given by its owner.")
        self._bot_lacks = {
            Right.DELETE: gettext("I may not delete messages there. Give me that right in the group's list of administrators."),
            Right.RESTRICT: gettext("I may not restrict members there. Give me that right in the group's list of administrators."),
            Right.MODERATE: gettext("I am no administrator there any more."),
        }
        self.cannot = gettext("Telegram refused this: the message or its author may be gone, or the author may be an administrator.")
        self.not_in_basic = gettext("Telegram mutes people only in supergroups.")
        self.warning = gettext("A moderator asks you to keep to the rules of this group.")
        self.context_title = gettext("A moderator adds context to this claim.")
        self.warning_title = gettext("A moderator asks not to pass on this claim without context.")
        self.open_post = gettext("the message")
        self.author_channel = gettext("It was sent in the name of a channel.")

        # -- settings

        self.settings_title = gettext("My settings in this group")
        self.settings_admins = gettext("Only administrators who may change the group's information can change my settings.")
        self.options = {
            "language": gettext("Language"),
            "watch": gettext("Watch"),
            "bar": gettext("Bar for notes"),
            "digest": gettext("Digest"),
            "hour": gettext("Hour of the digest"),
            "zone": gettext("Time zone"),
            "moderators": gettext("Moderators' chat"),
            "who": gettext("Who may ask"),
            "whisper": gettext("Answers"),
            "reports": gettext("Reports needed"),
            "keep_days": gettext("Kept for"),
            "packs": gettext("Sources"),
        }
        self.modes = {
            Mode.OFF: gettext("off"),
            Mode.SHADOW: gettext("shadow: only keeps what it would have said"),
            Mode.NOTES: gettext("notes to the moderators"),
        }
        self.digests = {Digest.OFF: gettext("off"), Digest.DAILY: gettext("daily"), Digest.WEEKLY: gettext("weekly, on Mondays")}
        self.whos = {Who.EVERYBODY: gettext("everybody"), Who.ADMINS: gettext("administrators")}
        self.in_public = gettext("in the group")
        self.whisper_first = gettext("to the asker first")
        self.askers = gettext("the asker's")
        self.every_pack = gettext("all")
        self.none_chosen = gettext("none: notes wait in the log")
        self.linked = gettext("linked")
        self.link_chat = gettext("Choose a chat")
        self.link_private = gettext("Send them to me alone")
        self.unlink = gettext("No chat")
        self.link_how = gettext(
            "Where shall notes, reports and digests go? Whoever opens one of these links must be an administrator here; they hold for an hour."
        )
        self.link_refused = gettext("This link is too old, or you are no administrator of that group. Open /settings there once more.")
        self.watch_note = gettext(
            "I compare posts with claims that were checked before. In shadow mode I tell nobody; look at what I would have said before you turn notes on."
        )
        self.review = gettext("Look at proposals")
        self.write_first = gettext("I could not write to you: open a private chat with me first, or choose a moderators' chat.")
        self.close = gettext("Close")
        self.closed = gettext("Settings are closed. /settings opens them again.")
        self.zone_unknown = gettext("I do not know this time zone. Write it like this: /settings Europe/Bucharest")

        # -- the digest

        self.digest_none = gettext("Nothing came up.")
        self.digest_uncovered = gettext("What my sources do not settle")
        self.digest_repeated = gettext("What came up")

    def post(self, title: str) -> str:
        """Ends before the link to the message."""
        return self._words.gettext("In “{title}”:").format(title=title)

    def link_done(self, title: str) -> str:
        return self._words.gettext("Notes, reports and digests of “{title}” come here from now on.").format(title=title)

    def came_up(self, times: int, forms: int, days: int) -> str:
        said = self._words.ngettext(
            "This claim came up {n} time here within {days} ({forms}).", "This claim came up {n} times here within {days} ({forms}).", times
        )
        wordings = self._words.ngettext("{n} wording", "{n} wordings", forms).format(n=forms)
        return said.format(n=times, days=self.days(days), forms=wordings)

    def grew(self, numbers: Sequence[str]) -> str:
        return self._words.gettext("It was told with these numbers: {numbers}.").format(numbers=" → ".join(numbers))

    def why_noted(self, likeness: float, states: float, bar: float) -> str:
        said = self._words.gettext(
            "Why this note: the post reads as the same claim ({likeness}%) and states it rather than quotes, asks or denies it ({states}%). "
            "Notes are meant to be right at least {bar} times in 100; you decide."
        )
        return said.format(likeness=round(100 * likeness), states=round(100 * states), bar=round(100 * bar))

    def reported(self, count: int) -> str:
        said = self._words.ngettext("Reported by {n} person.", "Reported by {n} people.", count)
        return said.format(n=count)

    def warned_before(self, count: int) -> str:
        said = self._words.ngettext("The author was warned {n} time before.", "The author was warned {n} times before.", count)
        return said.format(n=count)

    def done(self, choice: Choice, name: str) -> str:
        return self._done[choice].format(name=name)

    def undone(self, name: str) -> str:
        return self._words.gettext("{name} took it back").format(name=name)

    def bot_lacks(self, right: Right) -> str:
        return self._bot_lacks[right]

    def days(self, count: int) -> str:
        return self._words.ngettext("{n} day", "{n} days", count).format(n=count)

    def agreement(self, right: int, decided: int, waiting: int) -> str:
        if not decided and not waiting:
            return self._words.gettext("No proposals yet.")
        said = self._words.gettext("Of {decided} proposals that moderators decided on, {right} were right by them; {waiting} wait.")
        return said.format(decided=decided, right=right, waiting=waiting)

    def digest_title(self, title: str, days: int) -> str:
        said = self._words.ngettext("“{title}”: the last {n} day", "“{title}”: the last {n} days", days)
        return said.format(title=title, n=days)

    def times(self, count: int) -> str:
        return self._words.ngettext("{n} time", "{n} times", count).format(n=count)

    def reports_in(self, count: int) -> str:
        return self._words.ngettext("{n} report", "{n} reports", count).format(n=count)

    def unread(self, count: int) -> str:
        said = self._words.ngettext(
            "{n} post was not looked at: too many came at once.", "{n} posts were not looked at: too many came at once.", count
        )
        return said.format(n=count)

    def privacy(self) -> str:
        said = self._words.gettext(
            "In groups: posts that are not addressed to me are not stored. Where administrators turned watching on, I keep of a post that repeats a checked claim "
            "its place, a salted hash and the numbers in it, for as long as the group chose. When I am removed, all of it is deleted after {grace}."
        )
        return said.format(grace=self.days(GRACE_DAYS))


assert (MUTED_MINUTES, IGNORED_DAYS, SILENCED_DAYS) == (60, 7, 30), "the sentences above name these times"
