from __future__ import annotations

import tomllib
from itertools import pairwise
from pathlib import Path

from importlinter.cli import lint_imports

from bot.settings import Settings

ROOT = Path(__file__).parents[1]
ALLOWED = {"bot", "knowledge", "ingest", "tests", "pyproject.toml", "README.md", "LICENSE", "uv.lock"}


def test_the_import_contracts_hold(monkeypatch: object) -> None:
    assert lint_imports(config_filename=str(ROOT / "pyproject.toml"), no_cache=True) == 0


def test_the_example_of_settings_is_equal_to_the_settings() -> None:
    lines = (ROOT / ".env.example").read_text(encoding="utf-8").splitlines()
    example: dict[str, tuple[str, str]] = {}
    for above, line in pairwise(lines):
        if line.startswith("FOOTNOTE_"):
            name, _, value = line.partition("=")
            example[name] = (above.removeprefix("# "), value)
    expected = {}
    for field, info in Settings.model_fields.items():
        shown = "" if info.default is None or field == "data_dir" else str(info.default)
        expected[f"FOOTNOTE_{field.upper()}"] = (info.description, shown)
    assert {name: value for name, (_, value) in example.items()} == {name: value for name, (_, value) in expected.items()}
    for name, (comment, _) in example.items():
        assert comment.removesuffix(" Empty: the user's data folder.") == expected[name][0], name


def test_the_top_level_is_the_agreed_one() -> None:
    tracked = {path.name for path in ROOT.iterdir() if not path.name.startswith(".")}
    assert tracked - {"build", "dist", "htmlcov", "Dockerfile", "compose.yaml"} <= ALLOWED


def test_each_dependency_is_explained_in_the_readme() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    names = [requirement.partition(">")[0].partition("=")[0].partition("[")[0] for requirement in project["dependencies"]]
    assert [name for name in names if f"`{name}`" not in readme] == []
