"""Turns botocore's errors into ours, by remedy.

Every AWS call in this package runs inside `translated`; what it does not know stays a defect, so that a new kind of
failure is seen instead of retried for ever or quarantined unread.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    HTTPClientError,
    NoCredentialsError,
)
from botocore.exceptions import (
    ConnectionError as BotoConnectionError,
)

from shared.errors import GavelError, Permanent, Transient

TRANSIENT_CODES = frozenset(
    {
        "InternalError", "InternalFailure", "InternalServerError", "InternalServerException", "InternalException",
        "KMSThrottlingException", "LimitExceededException", "OverLimit", "PriorRequestNotComplete",
        "ProvisionedThroughputExceededException", "RequestLimitExceeded", "RequestThrottled",
        "RequestThrottledException", "RequestTimeout", "RequestTimeoutException", "ServiceUnavailable",
        "ServiceUnavailableException", "SlowDown", "Throttling", "ThrottlingException", "ThrottledException",
        "TooManyRequestsException", "TransactionConflictException", "TransactionInProgressException",
    }
)  # fmt: skip
THROTTLES = frozenset(
    {
        "ProvisionedThroughputExceededException", "RequestLimitExceeded", "RequestThrottled", "SlowDown",
        "Throttling", "ThrottlingException", "TooManyRequestsException",
    }
)  # fmt: skip
# Missing rights and expired tokens are the deployment's fault, not the message's: it waits until that is mended.
DEPLOYMENT_CODES = frozenset({"AccessDenied", "AccessDeniedException", "ExpiredToken", "ExpiredTokenException"})


@contextmanager
def translated(service: str, permanent: Mapping[str, str] | None = None) -> Iterator[None]:
    """Raise Transient or Permanent in place of botocore's errors.

    `permanent` maps AWS error codes to the reason code of the Permanent that they mean for this call. Error texts of
    AWS can quote the request, so only codes are kept.
    """
    try:
        yield
    except ClientError as error:
        code = str(error.response.get("Error", {}).get("Code", "Unknown"))
        found = _remedy(service, code, error, permanent or {})
        if found is None:
            raise
        raise found from error
    except (BotoConnectionError, HTTPClientError) as error:
        raise Transient(f"{service}-unreachable", type(error).__name__) from error
    except NoCredentialsError as error:
        raise Transient(f"{service}-credentials", "no credentials in reach") from error
    except BotoCoreError as error:
        raise Permanent(f"{service}-request-refused", type(error).__name__) from error


def error_code(error: BaseException | None) -> str:
    """The AWS error code behind an error of ours, or an empty string."""
    if isinstance(error, ClientError):
        return str(error.response.get("Error", {}).get("Code", ""))
    return error_code(error.__cause__) if error is not None and error.__cause__ is not None else ""


def _remedy(service: str, code: str, error: ClientError, permanent: Mapping[str, str]) -> GavelError | None:
    status = int(error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0))
    if code in permanent:
        return Permanent(permanent[code], f"{service} answered {code}")
    if code in DEPLOYMENT_CODES or (status == 403 and code in {"403", "Forbidden"}):
        return Transient(f"{service}-access-denied", f"{service} answered {code}")
    if code in THROTTLES:
        return Transient(f"{service}-throttled", f"{service} answered {code}")
    if code in TRANSIENT_CODES or status >= 500:
        return Transient(f"{service}-failed", f"{service} answered {code}")
    return None
