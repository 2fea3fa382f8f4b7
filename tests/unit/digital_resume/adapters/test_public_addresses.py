"""Addresses that are no hosts on the public internet: the registries whole, whatever form they come in."""

import ipaddress

import pytest

from digital_resume.adapters.public_addresses import is_public_address

#: Of every entry of IANA's registries the first and the last address, and forms that carry one.
SPECIAL_BLOCKS = [
    "0.0.0.0/8",
    "0.0.0.0/32",
    "10.0.0.0/8",
    "100.64.0.0/10",
    "127.0.0.0/8",
    "169.254.0.0/16",
    "172.16.0.0/12",
    "192.0.0.0/24",
    "192.0.0.0/29",
    "192.0.0.8/32",
    "192.0.0.9/32",
    "192.0.0.10/32",
    "192.0.0.170/31",
    "192.0.2.0/24",
    "192.31.196.0/24",
    "192.52.193.0/24",
    "192.88.99.0/24",
    "192.88.99.2/32",
    "192.168.0.0/16",
    "192.175.48.0/24",
    "198.18.0.0/15",
    "198.51.100.0/24",
    "203.0.113.0/24",
    "224.0.0.0/4",
    "240.0.0.0/4",
    "255.255.255.255/32",
    "::1/128",
    "::/128",
    "64:ff9b:1::/48",
    "100::/64",
    "100:0:0:1::/64",
    "2001::/23",
    "2001::/32",
    "2001:1::1/128",
    "2001:1::2/128",
    "2001:1::3/128",
    "2001:2::/48",
    "2001:3::/32",
    "2001:4:112::/48",
    "2001:10::/28",
    "2001:20::/28",
    "2001:30::/28",
    "2001:db8::/32",
    "2620:4f:8000::/48",
    "3fff::/20",
    "5f00::/16",
    "fc00::/7",
    "fe80::/10",
    "fec0::/10",
    "ff00::/8",
]
PRIVATE = [
    "127.0.0.1",
    "127.255.255.254",
    "0.0.0.0",
    "10.0.0.1",
    "172.16.0.1",
    "192.168.1.1",
    "169.254.169.254",
    "100.64.0.1",
    "100.100.100.200",
    "192.0.0.1",
    "192.0.2.1",
    "198.18.0.1",
    "224.0.0.1",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::ffff:127.0.0.1",
    "::ffff:169.254.169.254",
    "::ffff:7f00:1",
    "::127.0.0.1",
    "::a9fe:a9fe",
    "64:ff9b::7f00:1",
    "64:ff9b::a9fe:a9fe",
    "64:ff9b:1::808:808",
    "2002:7f00:1::",
    "2002:a9fe:a9fe::1",
    "2001:0:7f00:1::1",
    "2001:db8::1",
    "fe80::1",
    "fe80::1%eth0",
    "fec0::1",
    "fc00::1",
    "fd00:ec2::254",
    "ff02::1",
    "not an address",
    "",
    "192.0.0.8",
    "192.88.99.1",
    "3fff::1",
    "5f00::1",
    "100:0:0:1::1",
    "2001:470::5efe:a00:1",
    "2001:470::200:5efe:808:808",
    "2002:c000:8::1",
    "2002:c058:6301::1",
    "64:ff9b::c058:6301",
    "::ffff:192.0.0.8",
    "::ffff:0:7f00:1",
    "4000::1",
    "1000::1",
    "127.0.0.1%lo",
    "1.1.1.1:443",
    "0x7f.1",
    "2130706433",
]


@pytest.mark.parametrize("address", PRIVATE)
def test_address_that_is_not_public_is_known_as_such(address: str) -> None:
    assert not is_public_address(address)


@pytest.mark.parametrize("block", SPECIAL_BLOCKS)
def test_every_block_of_the_registries_is_refused_to_its_ends(block: str) -> None:
    network = ipaddress.ip_network(block)
    for address in (network[0], network[-1]):
        assert not is_public_address(str(address))
        if isinstance(address, ipaddress.IPv4Address):
            carried = f"{int(address) >> 16:x}:{int(address) & 0xFFFF:x}"
            for form in (f"::ffff:{carried}", f"64:ff9b::{carried}", f"2002:{carried}::1"):
                assert not is_public_address(form), form


@pytest.mark.parametrize(
    "address",
    [
        "1.1.1.1",
        "8.8.8.8",
        "9.255.255.255",
        "11.0.0.0",
        "100.63.255.255",
        "100.128.0.0",
        "192.0.1.0",
        "192.88.98.255",
        "192.88.100.0",
        "223.255.255.255",
        "2606:4700::1111",
        "2001:200::1",
        "2001:db7::1",
        "2001:db9::1",
        "2620:4f:7fff::1",
        "3ffe:ffff::1",
        "3fff:1000::1",
        "2001:470::5eff:808:808",
        "::ffff:8.8.8.8",
        "64:ff9b::808:808",
        "2002:808:808::1",
    ],
)
def test_public_address_is_known_as_such(address: str) -> None:
    assert is_public_address(address)
