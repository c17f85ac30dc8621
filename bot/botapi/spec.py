"""The machine-readable Bot API specification and the validation of values against it.

Limits that the specification states only in prose ("1-64 bytes", "must be one of ...") are read out of the
field descriptions, so a newer ``api.json`` brings its limits along.

The specification is a file of somebody else and does not lie in this repository: see :func:`spec_file`.
"""

from __future__ import annotations

import functools
import json
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

MAX_TEXT = 4096
MAX_CAPTION = 1024

_INT = re.compile(r"-?\d+\Z")
_FLOAT = re.compile(r"-?\d+(\.\d+)?([eE][-+]?\d+)?\Z")
_QUOTED = re.compile(r'"([^"]+)"|“([^”]+)”')


@dataclass(frozen=True, slots=True)
class Issue:
    """One way in which a value departs from the specification."""

    kind: str  # unknown_param | missing_param | wrong_type | bad_value | unknown_method | ...
    path: str
    message: str


@dataclass(slots=True)
class Field:
    """A parameter of a method or a field of a type."""

    name: str
    types: tuple[str, ...]
    required: bool
    description: str
    chars: tuple[int, int] | None = None
    bytes: tuple[int, int] | None = None
    items: tuple[int, int] | None = None
    values: tuple[int, int] | None = None
    one_of: frozenset[str] | None = None
    constant: str | None = None

    @property
    def is_scalar(self) -> bool:
        """True when no JSON object or array can be meant."""
        return all(t in ("Integer", "String", "Boolean", "Float", "InputFile") for t in self.types)


@dataclass(slots=True)
class Method:
    """A Bot API method."""

    name: str
    fields: dict[str, Field]
    returns: tuple[str, ...]
    description: str


@dataclass(slots=True)
class ObjectType:
    """A Bot API object type; a union has ``subtypes`` and no fields."""

    name: str
    fields: dict[str, Field]
    subtypes: tuple[str, ...]


def _read_field(raw: Mapping[str, Any], siblings: set[str]) -> Field:
    text = str(raw["description"])
    field = Field(str(raw["name"]), tuple(raw["types"]), bool(raw["required"]), text)
    is_text = "String" in field.types
    is_list = any(t.startswith("Array of") for t in field.types)
    is_formatted = f"{field.name}_parse_mode" in siblings or (
        field.name in ("text", "caption", "message_text") and "parse_mode" in siblings
    )
    if is_text:
        if m := re.search(r"(\d+)-(\d+) [Bb]ytes", text):
            field.bytes = (int(m[1]), int(m[2]))
        elif m := re.search(r"[Ll]ength can't exceed (\d+) bytes", text):
            field.bytes = (0, int(m[1]))
        m = re.search(r"(\d+)-(\d+) characters(?! after entit)(?!.{0,40}after entit)", text)
        if m and not is_formatted:
            field.chars = (int(m[1]), int(m[2]))
        if m := re.search(r"(?:must|can) be (?:one of|either) ([^.]*)", text):
            quoted = [a or b for a, b in _QUOTED.findall(m[1])]
            if len(quoted) > 1 and not re.search(r"for the|must be", m[1].split('"', 1)[0]):
                field.one_of = frozenset(quoted)
        if m := re.search(r"(?:, must be|always) [\"“]?(\w+)[\"”]?$", text):
            field.constant = m[1]
    if is_list:
        m = re.search(r"list of (\d+)-(\d+) |must include (\d+)-(\d+) items", text)
        if m:
            low, high = (int(g) for g in m.groups() if g)
            field.items = (low, high)
        elif m := re.search(r"[Aa]t most (\d+) \w+ can be specified", text):
            field.items = (0, int(m[1]))
    if field.types == ("Integer",) and (m := re.search(r"Values between (\d+)-(\d+) are accepted|; (\d+)-(\d+)$", text)):
        low, high = (int(g) for g in m.groups() if g)
        field.values = (low, high)
    return field


def _read_fields(raw: Mapping[str, Any]) -> dict[str, Field]:
    rows = raw.get("fields") or []
    siblings = {row["name"] for row in rows}
    return {row["name"]: _read_field(row, siblings) for row in rows}


class Uploads:
    """The files of one multipart request, and which of them the parameters refer to."""

    def __init__(self, names: set[str] | None = None) -> None:
        self.names = names or set()
        self.used: set[str] = set()


class Spec:
    """All methods and types of one Bot API version."""

    def __init__(self, raw: Mapping[str, Any]) -> None:
        self.version = str(raw["version"])
        self.methods = {
            name: Method(name, _read_fields(m), tuple(m["returns"]), " ".join(m["description"])) for name, m in raw["methods"].items()
        }
        self.types = {name: ObjectType(name, _read_fields(t), tuple(t.get("subtypes") or ())) for name, t in raw["types"].items()}
        self._by_lower = {name.lower(): method for name, method in self.methods.items()}
        self.update_types = frozenset(self.types["Update"].fields) - {"update_id"}

    @classmethod
    def load(cls) -> Spec:
        """The specification, where its file is at hand (parsed once); else what stands in for it."""
        return _load_spec(spec_file())

    def method(self, name: str) -> Method | None:
        """Look a method up; like the real server, without regard to case."""
        return self.methods.get(name) or self._by_lower.get(name.lower())

    def field(self, type_name: str, name: str) -> Field | None:
        """A field of an object type."""
        return self.types[type_name].fields[name]

    # -- parameters ------------------------------------------------------------------------------

    def decode_params(self, method: Method, raw: Mapping[str, Any], uploads: Uploads) -> tuple[dict[str, Any], list[Issue]]:
        """Turn raw request parameters into Python values and list every departure from the specification."""
        issues: list[Issue] = []
        values: dict[str, Any] = {}
        for name, value in raw.items():
            field = method.fields.get(name)
            if field is None:
                issues.append(Issue("unknown_param", name, f"{method.name} has no parameter {name!r}"))
                continue
            decoded = self._decode(field, value, name, issues)
            if decoded is not None:
                self._check_field(field, decoded, name, issues, uploads)
                values[name] = decoded
        for name in uploads.names & method.fields.keys():
            field = method.fields[name]
            if "InputFile" in field.types:
                uploads.used.add(name)
                values[name] = f"attach://{name}"
            else:
                issues.append(Issue("wrong_type", name, "a file was uploaded for a parameter that is no InputFile"))
        for name, field in method.fields.items():
            if field.required and (values.get(name) == "" or (name not in values and not raw.get(name))):
                issues.append(Issue("missing_param", name, f"{method.name} requires {name!r}"))
        for name in sorted(uploads.names - uploads.used):
            issues.append(Issue("unknown_param", name, "uploaded file is not referred to by any parameter"))
        return values, issues

    def _decode(self, field: Field, value: Any, path: str, issues: list[Issue]) -> Any:
        if not isinstance(value, str):  # a JSON request body
            return value
        types = field.types
        if types == ("Integer",):
            if value == "":
                return None
            if _INT.match(value):
                return int(value)
            issues.append(Issue("wrong_type", path, f"expected Integer, got {value[:60]!r}"))
            return None
        if types == ("Boolean",):
            if value.lower() in ("true", "1", "yes"):
                return True
            if value.lower() in ("false", "0", "no", ""):
                return False
            issues.append(Issue("wrong_type", path, f"expected Boolean, got {value[:60]!r}"))
            return None
        if types == ("Float",):
            if _FLOAT.match(value):
                return float(value)
            issues.append(Issue("wrong_type", path, f"expected Float, got {value[:60]!r}"))
            return None
        if "String" in types:
            return int(value) if "Integer" in types and _INT.match(value) else value
        if field.is_scalar:
            return value
        if value == "":
            return None
        try:
            return json.loads(value)
        except ValueError:
            issues.append(Issue("wrong_type", path, f"not valid JSON: {value[:60]!r}"))
            return None

    # -- values ----------------------------------------------------------------------------------

    def check(self, type_name: str, value: Any, path: str = "") -> list[Issue]:
        """All issues of ``value`` as an instance of ``type_name`` (``"Array of X"`` is understood)."""
        issues: list[Issue] = []
        self._check_type(type_name, value, path or type_name, issues, Uploads())
        return issues

    def _check_field(self, field: Field, value: Any, path: str, issues: list[Issue], uploads: Uploads) -> None:
        self._check_union(field.types, value, path, issues, uploads)
        if isinstance(value, str):
            if field.chars and not field.chars[0] <= len(value) <= field.chars[1] and not (value == "" and not field.required):
                issues.append(Issue("limit", path, f"{len(value)} characters, allowed {field.chars[0]}-{field.chars[1]}"))
            if field.bytes:
                size = len(value.encode("utf-8", "surrogatepass"))
                if not field.bytes[0] <= size <= field.bytes[1]:
                    issues.append(Issue("limit", path, f"{size} bytes, allowed {field.bytes[0]}-{field.bytes[1]}"))
            if field.one_of and value not in field.one_of and value != "":
                issues.append(Issue("bad_value", path, f"{value!r} is none of {sorted(field.one_of)}"))
        elif isinstance(value, list):
            if field.items and not field.items[0] <= len(value) <= field.items[1]:
                issues.append(Issue("limit", path, f"{len(value)} items, allowed {field.items[0]}-{field.items[1]}"))
        elif isinstance(value, int) and not isinstance(value, bool) and field.values and not field.values[0] <= value <= field.values[1]:
            issues.append(Issue("bad_value", path, f"{value}, allowed {field.values[0]}-{field.values[1]}"))

    def _check_union(self, types: tuple[str, ...], value: Any, path: str, issues: list[Issue], uploads: Uploads) -> None:
        if len(types) == 1:
            self._check_type(types[0], value, path, issues, uploads)
            return
        best: list[Issue] | None = None
        for name in types:
            attempt: list[Issue] = []
            self._check_type(name, value, path, attempt, uploads)
            if not attempt:
                return
            if best is None or len(attempt) < len(best):
                best = attempt
        issues.extend(best or ())

    def _check_type(self, name: str, value: Any, path: str, issues: list[Issue], uploads: Uploads) -> None:
        if name.startswith("Array of "):
            if not isinstance(value, list):
                issues.append(Issue("wrong_type", path, f"expected {name}, got {_kind(value)}"))
                return
            inner = name[len("Array of ") :]
            for index, item in enumerate(value):
                self._check_type(inner, item, f"{path}[{index}]", issues, uploads)
            return
        if name in ("Integer", "Int"):
            if isinstance(value, bool) or not isinstance(value, int):
                issues.append(Issue("wrong_type", path, f"expected Integer, got {_kind(value)}"))
        elif name == "String":
            if not isinstance(value, str):
                issues.append(Issue("wrong_type", path, f"expected String, got {_kind(value)}"))
            elif value.startswith("attach://"):
                self._use_upload(value, path, issues, uploads)
        elif name in ("Boolean", "True"):
            if not isinstance(value, bool):
                issues.append(Issue("wrong_type", path, f"expected Boolean, got {_kind(value)}"))
        elif name == "Float":
            if isinstance(value, bool) or not isinstance(value, int | float):
                issues.append(Issue("wrong_type", path, f"expected Float, got {_kind(value)}"))
        elif name == "InputFile":
            if not isinstance(value, str) or not value.startswith("attach://"):
                issues.append(Issue("wrong_type", path, "expected an uploaded file"))
            else:
                self._use_upload(value, path, issues, uploads)
        else:
            self._check_object(name, value, path, issues, uploads)

    @staticmethod
    def _use_upload(value: str, path: str, issues: list[Issue], uploads: Uploads) -> None:
        name = value[len("attach://") :]
        if name in uploads.names:
            uploads.used.add(name)
        else:
            issues.append(Issue("bad_value", path, f"{value!r} names no file of the request"))

    def _check_object(self, name: str, value: Any, path: str, issues: list[Issue], uploads: Uploads) -> None:
        kind = self.types.get(name)
        if kind is None:
            return
        if not isinstance(value, dict):
            issues.append(Issue("wrong_type", path, f"expected {name}, got {_kind(value)}"))
            return
        if kind.subtypes:
            candidates = [s for s in kind.subtypes if self._constants_match(s, value)] or list(kind.subtypes)
            self._check_union(tuple(candidates), value, path, issues, uploads)
            return
        for key, item in value.items():
            field = kind.fields.get(key)
            if field is None:
                issues.append(Issue("unknown_param", f"{path}.{key}", f"{name} has no field {key!r}"))
                continue
            if item is None:
                continue
            if field.constant is not None and item != field.constant:
                issues.append(Issue("bad_value", f"{path}.{key}", f"{item!r} is not {field.constant!r}"))
                continue
            self._check_field(field, item, f"{path}.{key}", issues, uploads)
        for key, field in kind.fields.items():
            if field.required and value.get(key) is None:
                issues.append(Issue("missing_param", f"{path}.{key}", f"{name} requires {key!r}"))

    def _constants_match(self, name: str, value: Mapping[str, Any]) -> bool:
        kind = self.types[name]
        if kind.subtypes:
            return any(self._constants_match(s, value) for s in kind.subtypes)
        constants = [f for f in kind.fields.values() if f.constant is not None]
        if constants:
            return all(value.get(f.name) == f.constant for f in constants)
        required = [f.name for f in kind.fields.values() if f.required]
        return all(r in value for r in required)


def _kind(value: Any) -> str:
    text = repr(value)
    return f"{type(value).__name__} {text[:60]}"


def spec_file() -> Path | None:
    """The file that ``BOTAPI_SPEC`` names (none if that is empty), else one in a folder beside the repository."""
    named = os.environ.get("BOTAPI_SPEC")
    if named is not None:
        return Path(named) if named else None
    beside = Path(__file__).resolve().parents[3]
    return next(iter(sorted(beside.glob("*/botapi/src/botapi/data/api.json"))), None)


@functools.cache
def _load_spec(path: Path | None) -> Spec:
    from .unspecified import Unspecified  # it is a Spec

    return Spec(json.loads(path.read_text(encoding="utf-8"))) if path else Unspecified()
