"""Read the address of an object store.

Never quotes an address back: it holds the secret, and a parser's own message may hold a piece of it.
"""

from dataclasses import dataclass
from urllib.parse import parse_qs, unquote, urlsplit


@dataclass(frozen=True)
class FileAddress:
    """A storage address that names a folder."""

    root: str


@dataclass(frozen=True)
class S3Address:
    """A storage address that names a bucket; `repr` shows neither account nor secret."""

    endpoint: str
    bucket: str
    region: str
    secure: bool
    access_key: str
    secret_key: str

    def __repr__(self) -> str:
        """Show where, never with what."""
        return f"S3Address({self.endpoint}/{self.bucket})"


def parse_store_url(url: str) -> FileAddress | S3Address:
    """Read `file:///folder` or `s3+http(s)://ACCESS:SECRET@host:port/bucket[?region=NAME]`.

    Raises ValueError that says what is wrong and quotes nothing of the address.
    """
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        # The original message may quote a piece of the secret (an unescaped `/` or `@`).
        raise ValueError("the storage address is not a URL; escape / @ : in account and secret") from None
    if parts.scheme == "file":
        if parts.netloc not in {"", "localhost"} or not parts.path.startswith("/") or parts.path == "/":
            raise ValueError("a storage folder is stated as file:///absolute/path")
        if parts.query or parts.fragment:
            raise ValueError("a storage folder takes no options; escape ? and # in its path")
        return FileAddress(unquote(parts.path))
    if parts.scheme not in {"s3+http", "s3+https"}:
        raise ValueError("the storage address begins with file://, s3+http:// or s3+https://")
    if not parts.hostname or not parts.username or not parts.password:
        raise ValueError("an S3 storage address is s3+https://ACCESS:SECRET@host:port/bucket")
    bucket = parts.path.strip("/")
    if not bucket or "/" in bucket:
        raise ValueError("an S3 storage address names one bucket and no folder in it")
    options = parse_qs(parts.query, keep_blank_values=True)
    if set(options) - {"region"} or parts.fragment:
        raise ValueError("an S3 storage address takes the option region and no other")
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    return S3Address(
        endpoint=host if port is None else f"{host}:{port}",
        bucket=unquote(bucket),
        region=options.get("region", ["us-east-1"])[-1],
        secure=parts.scheme == "s3+https",
        access_key=unquote(parts.username),
        secret_key=unquote(parts.password),
    )
