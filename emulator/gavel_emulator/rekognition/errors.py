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


def video_too_large(size_bytes: int, most_bytes: int) -> RekognitionError:
    return RekognitionError(
        "VideoTooLargeException",
        f"Video size in bytes: {size_bytes} is more than the maximum limit of: {most_bytes} bytes.",
    )


def video_too_long(duration_ms: int, most_ms: int) -> RekognitionError:
    """The exception covers the duration too (API reference); the wording for it is ours."""
    return RekognitionError(
        "VideoTooLargeException",
        f"Video duration in milliseconds: {duration_ms} is more than the maximum limit of: {most_ms} milliseconds.",
    )


def too_many_jobs(open_jobs: int, user_arn: str, most: int) -> RekognitionError:
    return RekognitionError(
        "LimitExceededException", f"{open_jobs} open Jobs for User {user_arn} Maximum limit: {most}"
    )


def token_in_use(token: str) -> RekognitionError:
    return RekognitionError(
        "IdempotentParameterMismatchException", f"The ClientRequestToken: {token} you have supplied is already in use."
    )


def unknown_job(job_id: str) -> RekognitionError:
    """The wording is ours."""
    return RekognitionError("ResourceNotFoundException", f"The job {job_id} does not exist.")


def invalid_page_token() -> RekognitionError:
    return RekognitionError("InvalidPaginationTokenException", "Invalid Pagination Token")


def invalid_manifest() -> RekognitionError:
    """ "A provided manifest file is empty or larger than the allowed limit" (API reference); the wording is ours."""
    return RekognitionError("InvalidManifestException", "The manifest file is empty or larger than the allowed limit.")


def closed_to_new_accounts() -> RekognitionError:
    """UNVERIFIED: nobody has told what an account hears that bulk analysis is closed to. The code is the operation's
    own for who may not call it; the wording is ours."""
    return RekognitionError(
        "AccessDeniedException", "Batch image content moderation is not available to new customers."
    )


def rate_exceeded() -> RekognitionError:
    return RekognitionError("ProvisionedThroughputExceededException", "Provisioned Rate exceeded.")


def unknown_adapter(arn: str) -> RekognitionError:
    """The guide says "various messages" for this one; the wording is ours."""
    return RekognitionError("ResourceNotFoundException", f"The project version {arn} does not exist.")


def adapter_not_ready(arn: str) -> RekognitionError:
    """The wording is ours, here and in all that follows about projects and adapters."""
    return RekognitionError("ResourceNotReadyException", f"The project version {arn} is not ready.")


def unknown_project(arn: str) -> RekognitionError:
    return RekognitionError("ResourceNotFoundException", f"The project {arn} does not exist.")


def unknown_resource(arn: str) -> RekognitionError:
    return RekognitionError("ResourceNotFoundException", f"The resource {arn} does not exist.")


def name_taken(name: str) -> RekognitionError:
    return RekognitionError("ResourceInUseException", f"The name {name} is already in use.")


def project_not_empty(arn: str) -> RekognitionError:
    return RekognitionError("ResourceInUseException", f"The project {arn} still has versions.")


def not_while_training(arn: str) -> RekognitionError:
    return RekognitionError("ResourceInUseException", f"The project version {arn} is training.")


def too_many_of(what: str, most: int) -> RekognitionError:
    return RekognitionError("LimitExceededException", f"The maximum number of {what} is {most}.")


def too_many_tags(most: int) -> RekognitionError:
    return RekognitionError("ServiceQuotaExceededException", f"A resource has at most {most} tags.")


def not_emulated(operation: str) -> RekognitionError:
    """Not an AWS error: 501 is outside what SDKs retry, and the code can't be mistaken for one of Rekognition's."""
    return RekognitionError("NotEmulated", f"rekognition.{operation} is not emulated.", status=501)


def invalid_script(problem: str) -> RekognitionError:
    """What the emulator was told to see makes no sense.

    It must be seen at once: an empty answer would approve the picture, a 5xx would be retried until the queue gives up,
    and a code that AWS lacks would be a client's defect. So it is a code that every client knows, in words of our own.
    """
    return RekognitionError("InvalidParameterException", f"{SCRIPT_MISTAKE} {problem}")
