"""The network edge: LocalStack's own server, except that it listens where it was told to and ends when it is told to.

LocalStack's Twisted server ignores the host of GATEWAY_LISTEN and opens the port on every interface. The emulator runs
commands that it is sent over that port, so it must stay on the loopback interface. It also drops the failure of
listening; here a port that is taken ends the start.
"""

from localstack.config import HostAndPort
from localstack.runtime.server.twisted import TwistedRuntimeServer
from rolo.gateway import Gateway
from rolo.serving.twisted import TwistedGateway
from twisted.internet import reactor

LAST_REQUESTS_S = 1


class LoopbackServer(TwistedRuntimeServer):
    """Plain HTTP on exactly the given addresses. Raises twisted's CannotListenError when a port is taken."""

    def register(self, gateway: Gateway, listen: list[HostAndPort], ssl_creds: tuple[str, str] | None = None) -> None:
        site = TwistedGateway(gateway)
        for address in listen:
            reactor.listenTCP(address.port, site, interface=address.host)

    def shutdown(self) -> None:
        # LocalStack gives requests in flight 10 s; here all tasks are gone, and a client that polls may poll for 20 s.
        if self.thread_pool:
            self.thread_pool.stop(timeout=LAST_REQUESTS_S)
        # Called from another thread; only a call handed over wakes the reactor, else it sleeps until the next event.
        reactor.callFromThread(reactor.stop)
