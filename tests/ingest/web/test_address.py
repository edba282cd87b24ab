import socket

import pytest

from ingest.errors import AddressRefused, FetchFailed
from ingest.web.address import AddressPolicy, is_number, is_public, parse_address

HOSTS = ("help.brand.example", "help.brand.example:8443")


def policy(*addresses: str, hosts: tuple[str, ...] = HOSTS, allow_loopback: bool = False) -> AddressPolicy:
    return AddressPolicy(hosts, allow_loopback, lambda _host, _port: addresses)


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "127.8.8.8", "0.0.0.0", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1",
        "192.0.0.1", "192.0.2.1", "198.18.0.1", "198.51.100.7", "203.0.113.9", "224.0.0.1", "239.1.1.1", "240.0.0.1",
        "255.255.255.255", "192.88.99.1", "::", "::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:93.184.215.14",
        "::127.0.0.1", "fe80::1", "fe80::1%eth0", "fec0::1", "fc00::1", "fd12:3456::1", "ff02::1", "2001:db8::1",
        "2002:7f00:1::", "2002:a00:1::1", "2001:0:4136:e378:8000:63bf:3fff:fdd2", "64:ff9b::7f00:1",
        "64:ff9b::a00:1", "64:ff9b:1::1", "100::1", "fd00:ec2::254", "not an address", "",
    ],
)  # fmt: skip
def test_addresses_that_are_not_public_are_refused(address: str) -> None:
    assert not is_public(address)
    with pytest.raises(AddressRefused, match="no public address"):
        policy(address).addresses_of(parse_address("https://help.brand.example/"))


@pytest.mark.parametrize(
    "address", ["93.184.215.14", "8.8.8.8", "2606:2800:21f:cb07:6820:80da:af6b:8b2c", "64:ff9b::808:808"]
)
def test_public_addresses_are_allowed(address: str) -> None:
    assert policy(address).addresses_of(parse_address("https://help.brand.example/")) == (address,)


def test_one_private_address_among_public_ones_refuses_the_host() -> None:
    with pytest.raises(AddressRefused):
        policy("93.184.215.14", "10.0.0.1").addresses_of(parse_address("https://help.brand.example/"))


NUMBERS = [
    "127.0.0.1", "2130706433", "0x7f000001", "0x7f.0.0.1", "017700000001", "0177.0.0.1", "127.1", "127.0.1", "0",
    "0x7f.1", "1.1.1.1", "1.2.3.4.5.6.0x7f", "[::1]", "[::ffff:127.0.0.1]", "[0:0:0:0:0:0:0:1]", "[::7f00:1]",
]  # fmt: skip


@pytest.mark.parametrize("host", NUMBERS)
def test_numbers_are_refused_in_every_spelling_even_when_they_are_listed(host: str) -> None:
    url = f"http://{host}/"
    listed = parse_address(url).authority
    assert is_number(parse_address(url).host)
    with pytest.raises(AddressRefused):
        policy("93.184.215.14").check_listed(url)
    with pytest.raises(AddressRefused, match="is a number"):
        policy("93.184.215.14", hosts=(listed,)).check_listed(url)


@pytest.mark.parametrize("host", ["2130706433", "0x7f000001", "017700000001", "127.1", "0x7f.1"])
def test_the_operating_systems_own_reading_of_numbers_is_refused_too(host: str) -> None:
    try:
        socket.getaddrinfo(host, 80)
    except OSError:
        pytest.skip("this system does not read such numbers")
    address = parse_address(f"http://{host}/")
    with pytest.raises(AddressRefused, match=r"127\.0\.0\.1"):
        AddressPolicy((host,)).addresses_of(address)


@pytest.mark.parametrize(
    "url",
    [
        "ftp://help.brand.example/", "file:///etc/passwd", "gopher://help.brand.example/", "//help.brand.example/",
        "help.brand.example", "https:help.brand.example", "https://", "https:///path", "javascript:alert(1)",
        "https://user@help.brand.example/", "https://help.brand.example@evil.example/", "https://help.brand.example:a/",
        "https://help.brand.example:99999/", "https://help.brand.example\\@evil.example/", "https://help brand/",
        "https://help.brand.example/\r\nHost: evil", "https://hélp.brand.example/", "https://[::1/", "https://[fe80::1%25eth0]/",
        "https://ⓗelp.brand.example/", "https://-.example/", "https://" + "a" * 3000, "",
    ],
)  # fmt: skip
def test_addresses_that_are_not_plain_are_refused(url: str) -> None:
    with pytest.raises(AddressRefused):
        policy("93.184.215.14").check_listed(url)


@pytest.mark.parametrize(
    "url",
    [
        "https://evil.example/", "https://help.brand.example.evil.example/", "https://brand.example/",
        "https://x.help.brand.example/", "https://help.brand.example:444/", "http://help.brand.example:443/",
        "https://help.brand.example:80/",
    ],
)  # fmt: skip
def test_hosts_and_ports_that_are_not_listed_are_refused(url: str) -> None:
    with pytest.raises(AddressRefused, match="allowed hosts"):
        policy("93.184.215.14").check_listed(url)


@pytest.mark.parametrize(
    ("url", "spelled"),
    [
        ("HTTPS://Help.Brand.Example/A?b=1#c", "https://help.brand.example/A?b=1"),
        ("https://help.brand.example.", "https://help.brand.example/"),
        ("https://help.brand.example:443/ä", "https://help.brand.example/%C3%A4"),
        ("https://help.brand.example:8443/a", "https://help.brand.example:8443/a"),
        ("http://help.brand.example/%2e%2e/", "http://help.brand.example/%2e%2e/"),
    ],
)
def test_listed_addresses_get_one_spelling(url: str, spelled: str) -> None:
    assert str(policy("93.184.215.14").check_listed(url)) == spelled


def test_this_machine_is_allowed_only_by_the_dangerous_setting_and_never_another_private_one() -> None:
    url = "http://127.0.0.1:8000/"
    with pytest.raises(AddressRefused):
        policy("127.0.0.1", hosts=("127.0.0.1:8000",)).check_listed(url)
    open_policy = policy("127.0.0.1", hosts=("127.0.0.1:8000", "10.0.0.1"), allow_loopback=True)
    assert open_policy.addresses_of(open_policy.check_listed(url)) == ("127.0.0.1",)
    with pytest.raises(AddressRefused):
        open_policy.check_listed("http://10.0.0.1/")
    with pytest.raises(AddressRefused):
        policy("169.254.169.254", allow_loopback=True).addresses_of(parse_address("https://help.brand.example/"))


def test_a_host_without_address_is_told() -> None:
    with pytest.raises(FetchFailed, match="cannot be found"):
        policy().addresses_of(parse_address("https://help.brand.example/"))
