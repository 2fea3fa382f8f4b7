"""Whom a request counts for, whatever its headers say."""

from typing import Any

import pytest

from digital_resume.web.client_address import Proxies, client_network


def scope_of(client: str | None, *forwarded: str, port: int = 5) -> dict[str, Any]:
    return {
        "client": (client, port) if client else None,
        "headers": [(b"x-forwarded-for", value.encode()) for value in forwarded],
    }


@pytest.mark.parametrize(
    ("scope", "hops", "expected"),
    [
        (scope_of("192.0.2.1"), 0, "192.0.2.1"),
        (scope_of("192.0.2.1", "203.0.113.9"), 0, "192.0.2.1"),
        (scope_of("10.0.0.1", "203.0.113.9"), 1, "203.0.113.9"),
        (scope_of("10.0.0.1", "forged, 203.0.113.9"), 1, "203.0.113.9"),
        (scope_of("10.0.0.1", "forged", "203.0.113.9, 10.0.0.2"), 2, "203.0.113.9"),
        (scope_of("10.0.0.1"), 1, "10.0.0.1"),
        (scope_of("10.0.0.1", "203.0.113.9"), 2, "10.0.0.1"),
        (scope_of("10.0.0.1", "not an address"), 1, "-"),
        (scope_of(None), 0, "-"),
        (scope_of("::ffff:192.0.2.1"), 0, "192.0.2.1"),
        (scope_of("2001:db8:1:2:3:4:5:6"), 0, "2001:db8:1:2::/64"),
        (scope_of("2001:db8:1:2:ffff::1"), 0, "2001:db8:1:2::/64"),
        (scope_of("10.0.0.1", "[2001:db8::1]"), 1, "2001:db8::/64"),
    ],
)
def test_whom_a_request_counts_for(scope: dict[str, Any], hops: int, expected: str) -> None:
    assert client_network(scope, Proxies(hops)) == expected


@pytest.mark.parametrize("peer", ["9.9.9.9", "2620:fe::fe"])
def test_a_stranger_who_passes_the_proxy_by_is_not_believed(peer: str) -> None:
    seen = client_network(scope_of(peer, "203.0.113.9"), Proxies(1))
    assert seen == client_network(scope_of(peer))


@pytest.mark.parametrize(
    ("peer", "expected"), [("10.2.3.4", "203.0.113.9"), ("10.3.0.1", "10.3.0.1"), ("127.0.0.1", "127.0.0.1")]
)
def test_where_proxies_are_named_only_they_are_believed(peer: str, expected: str) -> None:
    proxies = Proxies.of(1, ["10.2.0.0/16", "2001:db8:7::/48"])
    assert client_network(scope_of(peer, "203.0.113.9"), proxies) == expected


def test_a_unix_socket_is_a_proxy_of_this_machine() -> None:
    assert client_network(scope_of(None, "203.0.113.9"), Proxies(1)) == "203.0.113.9"


@pytest.mark.parametrize("forged", ["203.0.113.1", "203.0.113.2", "2001:db8::1", "forged"])
def test_an_address_that_the_server_took_from_a_header_counts_as_nobodys(forged: str) -> None:
    # As uvicorn replaces it for connections of this machine, when it is not told not to.
    replaced = scope_of(forged, forged, port=0)
    assert client_network(replaced) == "-"
    assert client_network(replaced, Proxies.of(1, ["10.0.0.0/8"])) == "-"
    assert client_network(replaced, Proxies(2)) == "-", "fewer entries than proxies"


def test_behind_one_proxy_its_own_entry_counts_though_the_server_replaced_the_address() -> None:
    replaced = scope_of("203.0.113.9", "forged, 203.0.113.9", port=0)
    assert client_network(replaced, Proxies(1)) == "203.0.113.9"
