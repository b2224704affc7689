"""The network edge: LocalStack's own server, except that it listens where it was told to and ends when it is told to.

LocalStack's Twisted server ignores the host of GATEWAY_LISTEN and opens the port on every interface. The emulator runs
commands that it is sent over that port, so it must stay on the loopback interface. It also drops the failure of
listening; here a port that is taken ends the start.
"""

from functools import lru_cache

from localstack.config import HostAndPort
from localstack.runtime.server.twisted import TwistedRuntimeServer
from rolo.gateway import Gateway as Chain
from rolo.serving.twisted import TwistedGateway
from twisted.internet import reactor
from twisted.web import http

LAST_REQUESTS_S = 1

# Twisted reads this header of every POST as if it were a letter's, which takes longer than all else it does with a
# request. There are few of them.
http._parseContentType = lru_cache(256)(http._parseContentType)


class Gateway(TwistedGateway):
    def log(self, request: http.Request) -> None:
        """Nothing: Twisted would write a line for each request, and nobody reads its log."""


class LoopbackServer(TwistedRuntimeServer):
    """Plain HTTP on exactly the given addresses. Raises twisted's CannotListenError when a port is taken."""

    def register(self, gateway: Chain, listen: list[HostAndPort], ssl_creds: tuple[str, str] | None = None) -> None:
        site = Gateway(gateway)
        for address in listen:
            reactor.listenTCP(address.port, site, interface=address.host)

    def shutdown(self) -> None:
        # LocalStack gives requests in flight 10 s; here all tasks are gone, and a client that polls may poll for 20 s.
        if self.thread_pool:
            self.thread_pool.stop(timeout=LAST_REQUESTS_S)
        # Called from another thread; only a call handed over wakes the reactor, else it sleeps until the next event.
        reactor.callFromThread(reactor.stop)
