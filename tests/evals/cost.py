"""What a cold start costs: `python -m tests.evals.cost` runs commands in fresh processes and prints their CPU time and peak memory."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import tempfile

COMMANDS = (
    ("index the shipped packs", ("ingest",)),
    ("answer a question", ("ask", "Who was sworn in on 20 January 2025?")),
    ("check a claim", ("check", "Trump won 312 electoral votes.")),
    ("check the sample op-ed", ("check", "--sample")),
)


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        for title, words in COMMANDS:
            pid = os.posix_spawn(
                sys.executable,
                [sys.executable, "-m", "bot", *words],
                {**os.environ, "FOOTNOTE_DATA_DIR": folder},
                file_actions=[(os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0)],
            )
            _, status, used = os.wait4(pid, 0)
            assert status == 0, subprocess.CalledProcessError(status, words)
            print(f"{title}: {used.ru_utime + used.ru_stime:.1f} s of CPU, {_megabytes(used):.0f} MB at the peak")


def _megabytes(used: resource.struct_rusage) -> float:
    return used.ru_maxrss / (1024 * 1024 if sys.platform == "darwin" else 1024)


if __name__ == "__main__":
    main()
