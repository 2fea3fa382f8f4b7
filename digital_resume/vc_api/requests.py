"""Reading of requests: strict JSON, and the members that each call has."""

from collections.abc import Mapping
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request

from digital_resume.core.encoding.bounded_json import dump_json, parse_json_object
from digital_resume.core.errors import MalformedError

MAX_BODY_BYTES = 2_097_152
_FORMS = frozenset({"application/x-www-form-urlencoded", "multipart/form-data"})


async def read_body(request: Request) -> dict[str, Any]:
    """Read the body; clients of the VC-API say many content types, but a form is none of them.

    Raises:
        MalformedError: not a JSON object.
        HTTPException: 415, it says that it is a form.
    """
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() in _FORMS:
        raise HTTPException(415, "Send the body as JSON, with Content-Type: application/json.")
    body = parse_json_object(await request.body(), max_bytes=MAX_BODY_BYTES)
    # What cannot be written again (integers beyond 64 bits) cannot be issued or handed back either.
    dump_json(body)
    return body


def member(body: Mapping[str, Any], name: str) -> dict[str, Any]:
    """Return an object member.

    Raises:
        MalformedError: it is missing or another kind of value.
    """
    value = body.get(name)
    if not isinstance(value, dict):
        raise MalformedError(f"The request must have '{name}', an object.", code="request_invalid")
    return value


def secured(body: Mapping[str, Any], name: str) -> dict[str, Any] | str:
    """Return a secured document: an object, or a token as a string.

    Raises:
        MalformedError: it is missing or another kind of value.
    """
    value = body.get(name)
    if isinstance(value, str) and value:
        return value
    return member(body, name)


def options_of(body: Mapping[str, Any]) -> dict[str, Any]:
    """Return ``options``, empty when there are none.

    Raises:
        MalformedError: not an object.
    """
    value = body.get("options")
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise MalformedError("'options' must be an object.", code="request_invalid")
    return value


def text_option(options: Mapping[str, Any], name: str) -> str | None:
    """Return a string option, ``None`` when it is not there.

    Raises:
        MalformedError: another kind of value, or longer than 2,048 characters.
    """
    value = options.get(name)
    if value is None:
        return None
    if not isinstance(value, str) or not 0 < len(value) <= 2_048:
        raise MalformedError(f"'options.{name}' must be a string.", code="request_invalid")
    return value


def list_option(options: Mapping[str, Any], name: str, *, most: int = 1_024) -> list[str] | None:
    """Return an option that is a list of strings, ``None`` when it is not there.

    Raises:
        MalformedError: another kind of value, or too many.
    """
    value = options.get(name)
    if value is None:
        return None
    if (
        not isinstance(value, list)
        or len(value) > most
        or not all(isinstance(item, str) and len(item) <= 2_048 for item in value)
    ):
        raise MalformedError(f"'options.{name}' must be a list of strings.", code="request_invalid")
    return value
