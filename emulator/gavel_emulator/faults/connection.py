"""Closes a client's connection without an answer.

WSGI hides the connection from the application, so the server's request is kept in the WSGI environment, where Twisted's
own entries are made.
"""

from typing import Any

from localstack.http import Request
from rolo.serving import twisted as serving
from twisted.internet import reactor

KEY = "gavel.twisted_request"


def remember_connections() -> None:
    """From now on every request can be dropped."""
    original = serving.update_wsgi_environment

    def update(environ: dict[str, Any], request: Any) -> None:
        original(environ, request)
        environ[KEY] = request

    serving.update_wsgi_environment = update


def drop(request: Request) -> None:
    """Aborts the connection; what is written to it later is discarded."""
    served = request.environ.get(KEY)
    if served is not None:
        reactor.callFromThread(_abort, served)


def _abort(served: Any) -> None:
    if served.channel is not None:  # None when the client has gone already
        served.channel.transport.abortConnection()
