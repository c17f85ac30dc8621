"""``python -m tests.botapi``."""

from .cli import main

main()
