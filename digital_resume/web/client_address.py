"""Whom a request counts for: the connection's address, or the one that a proxy of one's own has seen.

Anybody can write ``X-Forwarded-For``. Of it counts the entry that the outermost of one's own proxies appended
(``TRUSTED_PROXY_HOPS`` from the right), and only on a connection that such a proxy made: from an address in
``TRUSTED_PROXIES`` or, where that is not set, from one that is not on the public internet.

A server may put an address out of that header in the place of the connection's before the app sees it:
uvicorn does, for connections from its own machine, unless it is told not to, with 0 for the port. Who
connected is not known then. Where the app has no proxies all such requests count as one client's.
"""

import ipaddress
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from starlette.types import Scope

#: Nobody knows whose the request is: all such requests count as one client's.
UNKNOWN: Final = "-"

Network = ipaddress.IPv4Network | ipaddress.IPv6Network
_Address = ipaddress.IPv4Address | ipaddress.IPv6Address


@dataclass(frozen=True, slots=True)
class Proxies:
    """The reverse proxies of one's own.

    Attributes:
        hops: how many of them append to ``X-Forwarded-For``.
        networks: where the innermost of them connects from; any address that is not public when empty.
    """

    hops: int = 0
    networks: tuple[Network, ...] = ()

    @classmethod
    def of(cls, hops: int, networks: Sequence[str]) -> "Proxies":
        """Make it from the settings.

        Raises:
            ValueError: a network is none.
        """
        return cls(hops, tuple(ipaddress.ip_network(network) for network in networks))

    def made(self, peer: str) -> bool:
        """Tell whether a connection from that address is one of these proxies'."""
        address = _parse(peer)
        if self.hops == 0 or address is None:
            return False
        return (
            any(address in network for network in self.networks) if self.networks else not address.is_global
        )


NO_PROXIES: Final = Proxies()


def client_network(scope: Scope, proxies: Proxies = NO_PROXIES) -> str:
    """Return whom a request counts for: an IPv4 address, an IPv6 network, or ``-`` when nobody knows."""
    client = scope.get("client")
    # No peer: a Unix socket, which only a program of this machine opens.
    peer, replaced = ("", False) if client is None else (str(client[0]), client[1] == 0)
    believed = proxies.hops > 0 if client is None else proxies.made(peer)
    if replaced:
        # Its server trusted who connected. Where proxies are named by address, that cannot be checked here.
        believed = proxies.hops > 0 and not proxies.networks
    if believed:
        forwarded = b",".join(value for name, value in scope["headers"] if name == b"x-forwarded-for")
        entries = [entry.strip() for entry in forwarded.decode("latin-1").split(",") if entry.strip()]
        if len(entries) >= proxies.hops:
            return network_of(entries[-proxies.hops])
    return UNKNOWN if replaced else network_of(peer)


def network_of(text: str) -> str:
    """Return what an address counts as: itself, its /64 in IPv6, or ``-`` when it is none."""
    address = _parse(text)
    if address is None:
        return UNKNOWN
    if isinstance(address, ipaddress.IPv6Address):
        return str(ipaddress.ip_network((address, 64), strict=False))
    return str(address)


def _parse(text: str) -> _Address | None:
    try:
        address = ipaddress.ip_address(text.partition("%")[0].strip("[]"))
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return mapped or address
