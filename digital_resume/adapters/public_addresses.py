"""Which addresses may be a host on the public internet: IANA's special-purpose registries, whole.

Sources: the IANA IPv4 and IPv6 Special-Purpose Address Registries as of 2025-10 (RFC 6890, RFC 8190 and what
came since: RFC 9602, 9637, 9665, 9780), RFC 4291 for multicast and the global unicast range, RFC 5214 for
ISATAP. Python's ``ipaddress`` knows them as of its own release: one of 2023 takes 192.0.0.8 and 3fff::/20 for
global. It is asked besides.

Every registered block is refused, also what is reachable from everywhere (relays' anycast, AS112): nobody
keeps a document there. Of addresses that carry an IPv4 address, that one counts.
"""

import ipaddress
from typing import Final

_IPV4: Final = tuple(
    ipaddress.IPv4Network(block)
    for block in (
        "0.0.0.0/8",  # this network
        "10.0.0.0/8",  # private use
        "100.64.0.0/10",  # shared, carriers' NAT
        "127.0.0.0/8",  # loopback
        "169.254.0.0/16",  # link local
        "172.16.0.0/12",  # private use
        "192.0.0.0/24",  # protocol assignments, 192.0.0.8 and the anycast of PCP and TURN among them
        "192.0.2.0/24",  # documentation
        "192.31.196.0/24",  # AS112
        "192.52.193.0/24",  # AMT
        "192.88.99.0/24",  # relays of 6to4, deprecated
        "192.168.0.0/16",  # private use
        "192.175.48.0/24",  # AS112
        "198.18.0.0/15",  # benchmarking
        "198.51.100.0/24",  # documentation
        "203.0.113.0/24",  # documentation
        "224.0.0.0/4",  # multicast
        "240.0.0.0/4",  # reserved, broadcast
    )
)
#: All that is assigned as global unicast so far; whatever lies outside is reserved, local or multicast.
_GLOBAL_UNICAST: Final = ipaddress.IPv6Network("2000::/3")
_IPV6: Final = tuple(
    ipaddress.IPv6Network(block)
    for block in (
        "2001::/23",  # protocol assignments: Teredo, benchmarking, AMT, AS112, ORCHID, DETs
        "2001:db8::/32",  # documentation
        "2620:4f:8000::/48",  # AS112
        "3fff::/20",  # documentation
        # Outside of 2000::/3, for whoever compares this with the registry:
        "::/128",
        "::1/128",
        "::ffff:0:0/96",
        "64:ff9b::/96",
        "64:ff9b:1::/48",
        "100::/64",
        "100:0:0:1::/64",
        "5f00::/16",
        "fc00::/7",
        "fe80::/10",
    )
)
_NAT64: Final = ipaddress.IPv6Network("64:ff9b::/96")
#: Upper half of an interface identifier of ISATAP, with and without the bit for "unique".
_ISATAP: Final = frozenset({0x0000_5EFE, 0x0200_5EFE})


def is_public_address(text: str) -> bool:
    """Tell whether an address may be a host on the public internet."""
    try:
        address = ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return False
    if isinstance(address, ipaddress.IPv6Address):
        inner = _carried(address)
        if inner is not None:
            return is_public_address(str(inner))
        special = (
            address not in _GLOBAL_UNICAST
            or any(address in block for block in _IPV6)
            or (int(address) >> 32) & 0xFFFF_FFFF in _ISATAP
        )
    else:
        special = any(address in block for block in _IPV4)
    return not special and address.is_global and not address.is_multicast and not address.is_reserved


def _carried(address: ipaddress.IPv6Address) -> ipaddress.IPv4Address | None:
    """Return the IPv4 address that an address leads to: mapped, 6to4, NAT64."""
    if address in _NAT64:
        return ipaddress.IPv4Address(int(address) & 0xFFFF_FFFF)
    return address.ipv4_mapped or address.sixtofour
