"""What Rekognition refuses with: codes, HTTP statuses and texts as documented (Developer Guide, "Error handling")."""

SCRIPT_MISTAKE = "The emulator can't read what the object's gavel-* metadata says:"


class RekognitionError(Exception):
    """An answer other than 200; `code` is the exception's name in the service model, `status` the HTTP status."""

    def __init__(self, code: str, message: str, *, status: int = 400) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.status = status


def invalid_parameters() -> RekognitionError:
    """AWS names no parameter, so neither does this; the emulator's log does."""
    return RekognitionError("InvalidParameterException", "Request has invalid parameters.")


def not_serialized() -> RekognitionError:
    """A body that isn't JSON, or whose JSON has other types than the service model; every JSON service answers so."""
    return RekognitionError("SerializationException", "The request body can't be read as the operation's input.")


def unknown_operation() -> RekognitionError:
    return RekognitionError("UnknownOperationException", "There is no such operation.")


def unreadable_object() -> RekognitionError:
    return RekognitionError(
        "InvalidS3ObjectException",
        "Unable to get object metadata from S3. Check object key, region and/or access permissions.",
    )


def invalid_image_format() -> RekognitionError:
    return RekognitionError("InvalidImageFormatException", "Request has invalid image format.")


def image_too_large() -> RekognitionError:
    return RekognitionError("ImageTooLargeException", "Image size is too large.")


def rate_exceeded() -> RekognitionError:
    return RekognitionError("ProvisionedThroughputExceededException", "Provisioned Rate exceeded.")


def unknown_adapter(arn: str) -> RekognitionError:
    """The guide says "various messages" for this one; the wording is ours."""
    return RekognitionError("ResourceNotFoundException", f"The project version {arn} does not exist.")


def not_emulated(operation: str) -> RekognitionError:
    """Not an AWS error: 501 is outside what SDKs retry, and the code can't be mistaken for one of Rekognition's."""
    return RekognitionError("NotEmulated", f"rekognition.{operation} is not emulated.", status=501)


def invalid_script(problem: str) -> RekognitionError:
    """What the emulator was told to see makes no sense.

    It must be seen at once: an empty answer would approve the picture, a 5xx would be retried until the queue gives up,
    and a code that AWS lacks would be a client's defect. So it is a code that every client knows, in words of our own.
    """
    return RekognitionError("InvalidParameterException", f"{SCRIPT_MISTAKE} {problem}")
