"""Addresses that an untrusted URL may reach: those of single hosts on the internet."""

import socket
from ipaddress import IPv6Address, ip_address, ip_network

import requests
from flask import current_app

IPV6_UNICAST = ip_network("2000::/3")  # all others are reserved, local, or embed an IPv4 address
AZURE_HOST = ip_address("168.63.129.16")  # serves configuration to the machines of Azure


class AddressRefused(requests.RequestException):
    """An untrusted URL leads to an address that is not public."""


def resolve_public(host: str) -> str:
    """Return the address of `host` to connect to.

    Raises `AddressRefused` if one of its addresses is not public, and `ConnectionError` if it has
    none.
    """
    try:
        found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as reason:
        raise requests.ConnectionError(f"{host!r} has no address: {reason}") from reason
    addresses = [str(address[0]) for *_, address in found]
    if not (current_app.config["HTTP_CLIENT_ALLOW_PRIVATE"] or all(map(is_public, addresses))):
        raise AddressRefused(f"{host!r} does not have a public address.")
    return addresses[0]


def is_public(text: str) -> bool:
    """Return whether an IP address belongs to one host on the internet."""
    address = ip_address(text)
    if isinstance(address, IPv6Address):
        embedded = address.ipv4_mapped or address.sixtofour
        if embedded is None:
            return address in IPV6_UNICAST and address.is_global
        address = embedded
    return address.is_global and not address.is_multicast and address != AZURE_HOST
