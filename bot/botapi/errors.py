"""Answers that refuse a call, worded as the real Bot API server words them."""

from __future__ import annotations

from typing import Any

_PREFIXES = {
    400: "Bad Request",
    401: "Unauthorized",
    403: "Forbidden",
    404: "Not Found",
    409: "Conflict",
    413: "Request Entity Too Large",
    429: "Too Many Requests",
    500: "Internal Server Error",
    502: "Bad Gateway",
}


class ApiError(Exception):
    """An ``{"ok": false}`` answer: an error code, a description and optional ``parameters``."""

    def __init__(self, code: int, message: str, *, parameters: dict[str, Any] | None = None, limit: bool = False) -> None:
        prefix = _PREFIXES.get(code, "")
        if not message:
            description = prefix
        elif prefix and not message.startswith(prefix):
            description = f"{prefix}: {message}"
        else:
            description = message
        super().__init__(description)
        self.code = code
        self.description = description
        self.parameters = parameters
        #: True when the refusal follows from a documented limit, so that it is reported as a violation.
        self.limit = limit

    def body(self) -> dict[str, Any]:
        """The JSON object the server answers with."""
        answer: dict[str, Any] = {"ok": False, "error_code": self.code, "description": self.description}
        if self.parameters:
            answer["parameters"] = self.parameters
        return answer


def bad_request(message: str, **kwargs: Any) -> ApiError:
    """A 400 answer."""
    return ApiError(400, message, **kwargs)


def over_limit(message: str) -> ApiError:
    """A 400 answer caused by breaking a documented limit (reported as a violation)."""
    return ApiError(400, message, limit=True)


def forbidden(message: str) -> ApiError:
    """A 403 answer."""
    return ApiError(403, message)


def flood(retry_after: int) -> ApiError:
    """A 429 answer with ``retry_after`` seconds."""
    return ApiError(429, f"Too Many Requests: retry after {retry_after}", parameters={"retry_after": retry_after})
