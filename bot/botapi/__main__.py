"""``python -m bot.botapi``."""

from .cli import main

main()
