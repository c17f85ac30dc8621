"""The faces of Footnote: the terminal and the Telegram bot."""
