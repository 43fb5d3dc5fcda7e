"""What counts as one address."""

from __future__ import annotations

from ipaddress import IPv6Address, ip_address, ip_network


def counted_address(address: str) -> str:
    """The address limits count by: of IPv6 the /64, all of which one machine may use."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return address  # "local" over a Unix socket
    if not isinstance(parsed, IPv6Address):
        return address
    if parsed.ipv4_mapped is not None:
        return str(parsed.ipv4_mapped)
    return str(ip_network((int(parsed), 64), strict=False))
