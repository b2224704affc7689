"""One message in hand, and what is known of it while it is."""

from dataclasses import dataclass

from shared.consumer.ports import Message


@dataclass(slots=True, eq=False, kw_only=True)
class Delivery:
    """Instants are the event loop's, in seconds. `extended_at` is when the visibility last began to count."""

    message: Message
    received_at: float
    extended_at: float
    is_probe: bool = False
