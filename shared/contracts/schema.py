"""JSON Schema of every event type, for producers and subscribers in other languages.

Written to `schemas/` by `python -m shared.contracts.schema`; a test compares.
"""

import json
from pathlib import Path
from typing import Any

import msgspec

from shared.contracts.cloudevents import CloudEvent
from shared.contracts.messages import PAYLOADS

FOLDER = Path(__file__).parent / "schemas"


def schema(type_: str) -> dict[str, Any]:
    """The schema of one whole event, envelope and payload."""
    payload = PAYLOADS[type_]
    (envelope,), parts = msgspec.json.schema_components([CloudEvent[payload]], ref_template="#/$defs/{name}")  # type: ignore[valid-type]
    root = parts.pop(envelope["$ref"].rsplit("/", 1)[1])
    root["properties"]["type"] = {"const": type_}
    # The specification leaves time and subject to the producer; only our own messages always carry them.
    root["required"] = ["specversion", "id", "source", "type", "data"]
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": type_, **root, "$defs": parts}


def text(type_: str) -> str:
    return json.dumps(schema(type_), indent=2) + "\n"


if __name__ == "__main__":
    for name in PAYLOADS:
        (FOLDER / f"{name}.json").write_text(text(name))
