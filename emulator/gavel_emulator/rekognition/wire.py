"""Whether the JSON on the wire has the types of the service model.

LocalStack's parser converts what it can (the text "70" to a number, a text to a list of its characters), where AWS
answers SerializationException. SDKs never send such a thing; other clients do.
"""

import binascii
import json
from base64 import b64decode
from collections.abc import Mapping
from typing import Any

from botocore.model import Shape


def fits(shape: Shape, document: Any) -> bool:
    """Members that the shape doesn't know are ignored, null counts as absent; both as AWS does."""
    match shape.type_name:
        case "structure":
            return isinstance(document, Mapping) and all(
                fits(member, document[name]) for name, member in shape.members.items() if document.get(name) is not None
            )
        case "list":
            return isinstance(document, list) and all(fits(shape.member, item) for item in document)
        case "map":
            return isinstance(document, Mapping) and all(fits(shape.value, item) for item in document.values())
        case "float" | "double":
            return isinstance(document, int | float) and not isinstance(document, bool)
        case "integer" | "long":
            return isinstance(document, int) and not isinstance(document, bool)
        case "boolean":
            return isinstance(document, bool)
        case "blob":
            return isinstance(document, str) and _is_base64(document)
        case _:
            return isinstance(document, str)


def body_fits(shape: Shape, body: bytes) -> bool:
    """An empty body is an empty object."""
    if not body:
        return True
    try:
        return fits(shape, json.loads(body))
    except ValueError:
        return False


def _is_base64(text: str) -> bool:
    try:
        b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return False
    return True
