"""What SageMaker and A2I refuse with. AWS's text where a public source quotes it, else our own."""


class Refused(Exception):
    """An answer other than 200: `code` is the exception's name in the service model, `status` the HTTP status."""

    def __init__(self, code: str, message: str, *, status: int = 400) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.status = status


def invalid(message: str) -> Refused:
    return Refused("ValidationException", message)


def in_use(message: str) -> Refused:
    return Refused("ResourceInUse", message)


def limit_exceeded(message: str) -> Refused:
    return Refused("ResourceLimitExceeded", message)


def no_such_resource(message: str) -> Refused:
    """The control plane's, HTTP 400; the runtime's is `no_such_loop_resource`."""
    return Refused("ResourceNotFound", message)


def no_such_loop_resource(message: str) -> Refused:
    return Refused("ResourceNotFoundException", message, status=404)


def conflict(message: str) -> Refused:
    return Refused("ConflictException", message, status=409)


def quota_exceeded(message: str) -> Refused:
    return Refused("ServiceQuotaExceededException", message, status=402)


def not_emulated(api: str, operation: str) -> Refused:
    """Not an AWS error: 501 is outside what SDKs retry, and the code can't be mistaken for one of AWS's."""
    return Refused("NotEmulated", f"{api}.{operation} is not emulated.", status=501)
