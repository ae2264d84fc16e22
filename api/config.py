"""Reads the switches of the installation, once, and fails at start when one cannot be right.

Nothing else in the program reads the environment.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import SplitResult, urlsplit

SECRET_BYTES_MIN = 32
MEBIBYTE = 1024 * 1024


class ConfigError(ValueError):
    """A switch is missing or cannot be right; the message names it, never its value."""


@dataclass(frozen=True, slots=True)
class Settings:
    """How this installation runs."""

    database_url: str
    storage_url: str
    secret_key: str
    #: Demonstration: fictitious data, every page and paper says DEMO.
    demo: bool = False
    #: In demonstration only: a file with one ISO instant that is read at each request.
    clock_file: Path | None = None
    #: In demonstration only: how far its time was put ahead of the machine's, in seconds; no file: not at all.
    trial_clock: Path | None = None
    upload_bytes_max: int = 25 * MEBIBYTE
    #: Seconds between two looks at what time has brought about; 0 switches the embedded worker off.
    worker_seconds: float = 15.0
    #: Whether the PDF to print is made soon after issue, where a word processor is installed; else when asked for.
    print_ahead: bool = False
    #: For whoever writes law: editions without a proof may be loaded.
    development: bool = False
    #: The server that takes mails, smtp:// or smtps://, with user and password where it asks for them; None: no mail.
    mail_url: str | None = None
    mail_from: str = ""
    #: Where people reach this service, as mails tell it.
    public_url: str | None = None
    #: The file with the key that signs the log over all diaries; None: no checkpoint is taken.
    log_key: Path | None = None
    #: Whether cookies travel over HTTPS only (production).
    secure_cookies: bool = False

    def __post_init__(self) -> None:
        """Refuse settings that contradict each other."""
        if self.clock_file is not None and not self.demo:
            raise ConfigError("a simulated clock (--clock) works in demonstration mode only")
        if self.trial_clock is not None and not self.demo:
            raise ConfigError("time can be put ahead in demonstration mode only")
        if len(self.secret_key) < SECRET_BYTES_MIN:
            raise ConfigError(f"HOSO_SECRET_KEY must have at least {SECRET_BYTES_MIN} characters")
        if self.mail_url is not None:
            self._check_mail(urlsplit(self.mail_url))
        if self.upload_bytes_max < 1:
            raise ConfigError("HOSO_UPLOAD_MB must be at least 1")

    def _check_mail(self, to: SplitResult) -> None:
        if to.scheme not in ("smtp", "smtps") or not to.hostname:
            raise ConfigError("HOSO_MAIL_URL must be smtp://host or smtps://host")
        if self.mail_from.count("@") != 1 or not self.mail_from.isprintable() or " " in self.mail_from:
            raise ConfigError("HOSO_MAIL_FROM must be the address that mails come from")


def settings_from_environment(
    environment: Mapping[str, str] | None = None, *, demo: bool = False, clock_file: Path | None = None
) -> Settings:
    """Return the settings that HOSO_… variables give; without them everything lives in the data folder.

    HOSO_HOME (default `var`) holds the embedded database, the papers and the secret made at first start.
    """
    env = os.environ if environment is None else environment
    home = Path(env.get("HOSO_HOME") or "var").resolve()
    home.mkdir(parents=True, exist_ok=True)
    demo = demo or _flag(env, "HOSO_DEMO")
    return Settings(
        database_url=database_address(env),
        storage_url=env.get("HOSO_STORAGE_URL") or (home / "papers").as_uri(),
        secret_key=env.get("HOSO_SECRET_KEY") or _kept_secret(home / "secret.key"),
        demo=demo,
        clock_file=clock_file,
        trial_clock=home / "trial-clock" if demo and clock_file is None else None,
        upload_bytes_max=_number(env, "HOSO_UPLOAD_MB", 25) * MEBIBYTE,
        worker_seconds=float(_number(env, "HOSO_WORKER_SECONDS", 1 if demo else 15)),
        print_ahead=_flag(env, "HOSO_PRINT_AHEAD", default=not demo),
        development=_flag(env, "HOSO_DEVELOPMENT"),
        mail_url=env.get("HOSO_MAIL_URL") or None,
        mail_from=env.get("HOSO_MAIL_FROM") or "",
        public_url=env.get("HOSO_PUBLIC_URL") or None,
        log_key=Path(env["HOSO_LOG_KEY"]) if env.get("HOSO_LOG_KEY") else home / "log.key",
        secure_cookies=_flag(env, "HOSO_SECURE_COOKIES"),
    )


def database_address(environment: Mapping[str, str] | None = None) -> str:
    """Return where the data of the installation is kept; asking makes nothing."""
    env = os.environ if environment is None else environment
    home = Path(env.get("HOSO_HOME") or "var").resolve()
    return env.get("HOSO_DATABASE_URL") or f"sqlite:///{home / 'hoso.sqlite'}"


def _number(env: Mapping[str, str], name: str, default: int) -> int:
    raw = env.get(name) or str(default)
    if not raw.isdecimal():
        raise ConfigError(f"{name} must be a whole number")
    return int(raw)


def _flag(env: Mapping[str, str], name: str, *, default: bool = False) -> bool:
    raw = env.get(name, "").lower()
    if raw not in ("", "0", "1", "true", "false"):
        raise ConfigError(f"{name} must be 0 or 1")
    return raw in ("1", "true") if raw else default


def _kept_secret(path: Path) -> str:
    """Return the secret of an embedded installation, made once and readable by its owner only."""
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return path.read_text(encoding="ascii").strip()
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        secret = secrets.token_urlsafe(48)
        file.write(secret)
        file.flush()
        os.fsync(file.fileno())
    return secret
