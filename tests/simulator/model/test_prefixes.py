"""IPv4 prefixes: which texts are read, what they mean, and when two of them overlap."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from netaddr import IPNetwork

from pbr_conformance.simulator.model.prefixes import Prefix, Spelling, parse, read

LENGTHS = st.integers(0, 32)
ADDRESSES = st.one_of(st.integers(0, 2**32 - 1), st.sampled_from([0, 1, 0x0A000000, 0x0A0000FF, 2**31, 2**32 - 1]))
PREFIXES = st.builds(lambda address, length: network_of(address, length), ADDRESSES, LENGTHS)


def network_of(address: int, length: int) -> Prefix:
    """The prefix of this length around an address."""
    return Prefix(address >> (32 - length) << (32 - length), length)


def dotted(address: int) -> str:
    return ".".join(str(address >> shift & 255) for shift in (24, 16, 8, 0))


def addresses(prefix: Prefix) -> range:
    return range(prefix.network, prefix.network + (1 << (32 - prefix.length)))


# What is written as the documentation writes it


@given(PREFIXES)
@example(Prefix(0, 0))
@example(Prefix(0, 32))
@example(Prefix(2**32 - 1, 32))
@example(Prefix(2**31, 1))
def test_a_prefix_is_read_back_from_its_text(prefix: Prefix) -> None:
    text = f"{dotted(prefix.network)}/{prefix.length}"
    assert str(prefix) == text
    assert parse(text) == prefix
    assert read(text) == (Spelling.STRICT, prefix)


@given(PREFIXES)
def test_a_strict_text_means_what_netaddr_takes_it_for(prefix: Prefix) -> None:
    network = IPNetwork(str(prefix))
    assert (prefix.network, prefix.length) == (int(network.network), network.prefixlen)


# What is only tolerated


@given(ADDRESSES, LENGTHS)
def test_host_bits_are_tolerated_and_masked(address: int, length: int) -> None:
    meant = network_of(address, length)
    spelling = Spelling.STRICT if meant.network == address else Spelling.LOOSE
    assert read(f"{dotted(address)}/{length}") == (spelling, meant)


@given(ADDRESSES)
def test_an_address_alone_is_one_host(address: int) -> None:
    assert read(dotted(address)) == (Spelling.LOOSE, Prefix(address, 32))


@given(ADDRESSES, st.integers(1, 31))
def test_a_mask_is_its_length_the_wildcard_too(address: int, length: int) -> None:
    mask = network_of(2**32 - 1, length).network
    meant = (Spelling.LOOSE, network_of(address, length))
    assert read(f"{dotted(address)}/{dotted(mask)}") == meant
    assert read(f"{dotted(address)}/{dotted(mask ^ 0xFFFFFFFF)}") == meant


@given(PREFIXES, st.text(" \t\r\n", max_size=3), st.text(" \t\r\n", max_size=3))
def test_blanks_around_it_are_tolerated(prefix: Prefix, before: str, after: str) -> None:
    spelling = Spelling.LOOSE if before or after else Spelling.STRICT
    assert read(f"{before}{prefix}{after}") == (spelling, prefix)


@given(PREFIXES, st.lists(st.integers(0, 4), min_size=5, max_size=5))
def test_leading_zeros_are_tolerated_and_decimal(prefix: Prefix, zeros: list[int]) -> None:
    address, length = str(prefix).split("/")
    parts = ["0" * count + part for count, part in zip(zeros, [*address.split("."), length], strict=True)]
    spelling = Spelling.LOOSE if any(zeros) else Spelling.STRICT
    assert read(".".join(parts[:4]) + "/" + parts[4]) == (spelling, prefix)


LOOSE = [
    ("10.1.2.3/16", "10.1.0.0/16"),
    ("10.0.0.0/0.0.0.0", "0.0.0.0/0"),
    ("10.0.0.0/255.255.255.255", "10.0.0.0/32"),
    ("10.0.0.1/255.0.0.0", "10.0.0.0/8"),
    (" 010.0.0.1/0255.255.255.0\n", "10.0.0.0/24"),
    ("0.0.0.0", "0.0.0.0/32"),
    ("0.0.0.0/00", "0.0.0.0/0"),
    ("00.0.0.0/0", "0.0.0.0/0"),
    ("127.0.0.08/32", "127.0.0.8/32"),
    ("\t10.0.0.0/8", "10.0.0.0/8"),
]


@pytest.mark.parametrize(("text", "meant"), LOOSE)
def test_a_loose_text_means(text: str, meant: str) -> None:
    assert read(text) == (Spelling.LOOSE, parse(meant))
    assert parse(meant) is not None
    assert parse(text) is None


@pytest.mark.parametrize(
    "text",
    ["::/0", "::", "::1", "2001:db8::/32", "2001:DB8::1/64", "::ffff:10.0.0.0/104", " ::1/128\n", "1:2:3:4:5:6:7:8"],
)
def test_an_ipv6_prefix_is_tolerated_and_means_no_ipv4_prefix(text: str) -> None:
    assert read(text) == (Spelling.LOOSE, None)


# What is malformed

MALFORMED = [
    *("", " ", "10", "10.0.0/24", "10.0.0.0.0/8", "10.0.0.0/", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/+8", "/8", "/"),
    *("256.0.0.0/8", "10.0.0.256/32", "999.0.0.0/8", "10.0.0.0/08x", "10.0.0.0/8/8", "10.0.0.0 /8", "10.0.0.0/ 8"),
    *(
        "10.0. 0.0/8",
        "10..0.0/8",
        ".10.0.0.0/8",
        "10.0.0.0./8",
        "a.b.c.d/8",
        "0xa.0.0.0/8",
        "1e1.0.0.0/8",
        "-10.0.0.0/8",
    ),
    *(
        "10.0.0.0/3_2",
        "1_0.0.0.0/8",
        "10.0.0.0/255.0.255.0",
        "10.0.0.0/0.255.0.255",
        "10.0.0.0/255.255.255",
        "10,0,0,0/8",
    ),
    *("10.0.0.0/256.0.0.0", "10.0.0.0\\8", "10.0.0.0/8,", "\u0661\u0660.0.0.0/8", "10.0.0.0/\u0668", "\uff11.0.0.0/8"),
    *(
        "\xa010.0.0.0/8",
        "10.0.0.0/8\x0b",
        "10.0.0.0/8\x00",
        "10.0.0.0/8\u2028",
        "\ufeff10.0.0.0/8",
        "\ud800",
        "10.0.0.0/\xb2",
    ),
    *(
        ":",
        ":::",
        "::/129",
        "::/",
        "::/-1",
        "::/0/0",
        "::1%eth0/64",
        "[::]/0",
        "12345::/16",
        "1:2:3:4:5:6:7:8:9/0",
        ": :/0",
    ),
    *("::\x00", "::\x00/0", "fe80::g/64", "::ffff:10.0.0.256/120", "localhost", "10.0.0.0-10.0.0.255", "9" * 5000),
]


@pytest.mark.parametrize("text", MALFORMED, ids=lambda text: ascii(text)[:40])
def test_malformed(text: str) -> None:
    assert read(text) == (Spelling.MALFORMED, None)
    assert parse(text) is None


@given(st.one_of(st.text(max_size=30), st.text("0123456789./: \t\n\x00abf%-", max_size=30), st.binary(max_size=20)))
def test_reading_never_raises_and_strict_texts_are_those_that_prefixes_are_written_as(text: str | bytes) -> None:
    text = text if isinstance(text, str) else text.decode("latin-1")
    spelling, prefix = read(text)
    assert (spelling is Spelling.STRICT) == (prefix is not None and str(prefix) == text)
    assert prefix is None or spelling is not Spelling.MALFORMED
    assert prefix is None or prefix.network == network_of(*prefix).network
    assert read(text) == (spelling, prefix)


# Overlap


@given(PREFIXES, PREFIXES)
def test_prefixes_overlap_where_they_share_an_address(one: Prefix, other: Prefix) -> None:
    mine, theirs = addresses(one), addresses(other)
    assert one.overlaps(other) == (mine.start < theirs.stop and theirs.start < mine.stop)
    assert one.contains(other) == (mine.start <= theirs.start and theirs.stop <= mine.stop)


@given(PREFIXES, LENGTHS)
def test_a_prefix_overlaps_each_of_its_parents(prefix: Prefix, length: int) -> None:
    shorter = network_of(prefix.network, min(length, prefix.length))
    assert shorter.contains(prefix)
    assert shorter.overlaps(prefix)
    assert prefix.overlaps(shorter)
    assert prefix.contains(shorter) == (prefix == shorter)


@given(PREFIXES.filter(lambda prefix: prefix.length > 0))
def test_siblings_do_not_overlap(prefix: Prefix) -> None:
    sibling = Prefix(prefix.network ^ 1 << (32 - prefix.length), prefix.length)
    assert not prefix.overlaps(sibling)
    assert not sibling.contains(prefix)
