"""Addresses of object stores: what they mean, and what a bad one gives away (nothing)."""

import traceback

import pytest

from storage.addresses import FileAddress, S3Address, parse_store_url

SECRET = "S3cretWord"


def test_a_folder_is_stated_by_its_absolute_path() -> None:
    """Escapes are undone, so that any folder can be named."""
    assert parse_store_url("file:///srv/h%E1%BB%93%20s%C6%A1") == FileAddress("/srv/hồ sơ")


@pytest.mark.parametrize(
    ("url", "address"),
    [
        (
            f"s3+http://key:{SECRET}@127.0.0.1:9000/papers",
            S3Address("127.0.0.1:9000", "papers", "us-east-1", secure=False, access_key="key", secret_key=SECRET),
        ),
        (
            "s3+https://k%2Fy:s%40c%3Aret@s3.example.vn/papers?region=hn-1",
            S3Address("s3.example.vn", "papers", "hn-1", secure=True, access_key="k/y", secret_key="s@c:ret"),
        ),
    ],
)
def test_a_bucket_is_stated_with_server_and_account(url: str, address: S3Address) -> None:
    """Account and secret may hold any character when escaped."""
    assert parse_store_url(url) == address


def test_an_address_does_not_print_its_secret() -> None:
    """Neither in a log nor in a traceback that shows values."""
    address = parse_store_url(f"s3+http://key:{SECRET}@127.0.0.1:9000/papers")

    assert SECRET not in f"{address} {address!r}"


@pytest.mark.parametrize(
    "url",
    [
        "",
        "papers",
        "/srv/papers",
        "file://papers",
        "file:relative",
        "file:///",
        "file:///srv?x=1",
        f"s3://key:{SECRET}@host/papers",
        f"http://key:{SECRET}@host/papers",
        f"s3+http://key:{SECRET}@host/",
        f"s3+http://key:{SECRET}@host/papers/folder",
        f"s3+http://key:{SECRET}@host/papers?secure=no",
        f"s3+http://key:{SECRET}@host:99999/papers",
        f"s3+http://{SECRET}@host/papers",
        f"s3+http://key:half/{SECRET}@host/papers",
        f"s3+http://key:half:{SECRET}/@host/papers",
        f"s3+http://key:[{SECRET}@host/papers",
        "s3+http://host/papers",
    ],
)
def test_a_bad_address_is_refused_without_quoting_the_secret(url: str) -> None:
    """Start-up errors end up in logs."""
    with pytest.raises(ValueError, match="storage") as raised:
        parse_store_url(url)

    assert SECRET not in "".join(traceback.format_exception(raised.value))
