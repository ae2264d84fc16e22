"""A visitor of the pages without a browser: follows links, fills forms, sends what the form holds and nothing else."""

import io
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from flask import Flask
from flask.testing import FlaskClient
from lxml import html
from lxml.html import FormElement, HtmlElement
from werkzeug.datastructures import MultiDict
from werkzeug.test import TestResponse

from dossiers.demonstration.world import DEMO_PASSWORD

HTML = {"Accept": "text/html"}
#: (file name, content, media type) as a form sends it.
Upload = tuple[str, bytes, str]


@dataclass
class Page:
    """An answer, read as a page."""

    response: TestResponse
    tree: HtmlElement = field(init=False)

    def __post_init__(self) -> None:
        """Read the HTML."""
        self.tree = html.document_fromstring(self.response.get_data(as_text=True) or "<html></html>")
        for area in self.tree.xpath("//textarea"):
            # A browser drops the first line end of a text area; libxml2 does not.
            area.text = (area.text or "").removeprefix("\n")

    @property
    def status(self) -> int:
        """Return the status of the answer."""
        return self.response.status_code

    @property
    def path(self) -> str:
        """Return where the page stands."""
        return urlsplit(self.response.request.url).path

    @property
    def text(self) -> str:
        """Return what a reader sees, in one line."""
        shown = self.tree.xpath("//body//text()[not(ancestor::script) and not(ancestor::style)]")
        return re.sub(r"\s+", " ", " ".join(shown)).strip()

    @property
    def heading(self) -> str:
        """Return the first heading."""
        return " ".join(self.tree.xpath("//h1")[0].text_content().split())

    @property
    def reasons(self) -> list[str]:
        """Return the reasons of a refusal, as its list shows them."""
        return [" ".join(item.text_content().split()) for item in self.tree.xpath("//*[@id='refusal']/ul/li")]

    def links(self) -> dict[str, str]:
        """Return the addresses of the links by their words."""
        return {" ".join(link.text_content().split()): link.get("href") for link in self.tree.xpath("//main//a[@href]")}

    def form(self, action: str | None = None) -> FormElement:
        """Return the form of the page that goes to `action`, or the only one in the main part."""
        forms = [form for form in self.tree.xpath("//main//form") if action is None or form.get("action") == action]
        assert len(forms) == 1, [form.get("action") for form in forms]
        return forms[0]

    def held(self, action: str | None = None) -> dict[str, str]:
        """Return what the items of a form hold now."""
        return dict(sent_by(self.form(action)))


@dataclass
class Visitor:
    """Somebody with a cookie jar."""

    app: Flask
    client: FlaskClient = field(init=False)

    def __post_init__(self) -> None:
        """Open the jar."""
        self.client = self.app.test_client()

    def sign_in(self, username: str, password: str = DEMO_PASSWORD) -> "Visitor":
        """Sign in through the form."""
        page = self.get("/sign-in")
        entered = self.send(page, {"username": username, "password": password})
        assert entered.status == 200, entered.text
        return self

    def get(self, path: str, *, follow: bool = True, headers: Mapping[str, str] | None = None) -> Page:
        """Open an address."""
        return Page(self.client.get(path, follow_redirects=follow, headers={**HTML, **(headers or {})}))

    def send(
        self,
        page: Page,
        filled: Mapping[str, Any] | None = None,
        *,
        action: str | None = None,
        follow: bool = True,
        without: tuple[str, ...] = (),
    ) -> Page:
        """Fill the items of a form of the page and send it with all its hidden items but `without`."""
        form = page.form(action)
        sent: MultiDict[str, Any] = MultiDict(sent_by(form))
        for name, value in (filled or {}).items():
            sent.setlist(name, value if isinstance(value, list) else [value])
        for name in without:
            sent.poplist(name)
        target = form.get("action") or urlsplit(page.response.request.url).path
        return self.post(target, sent, follow=follow)

    def post(self, path: str, sent: Mapping[str, Any], *, follow: bool = True) -> Page:
        """Send items to an address."""
        data = MultiDict(sent)
        for name in list(data):
            data.setlist(name, [_file(value) for value in data.getlist(name)])
        return Page(self.client.post(path, data=data, follow_redirects=follow, headers=HTML))


def sent_by(form: FormElement) -> list[tuple[str, str]]:
    """Return what a browser would send of a form as it stands, without files and buttons."""
    sent = []
    for item in form.xpath(".//input[@name] | .//select[@name] | .//textarea[@name]"):
        if item.tag == "select":
            chosen = item.xpath("./option[@selected]") or item.xpath("./option[1]")
            sent += [(item.get("name"), option.get("value")) for option in chosen[-1:]]
        elif item.tag == "textarea":
            sent.append((item.get("name"), item.text or ""))
        elif item.get("type") == "file" or (item.get("type") in ("radio", "checkbox") and item.get("checked") is None):
            continue
        else:
            sent.append((item.get("name"), item.get("value", "")))
    return sent


def _file(value: Any) -> Any:
    if isinstance(value, tuple):
        name, content, kind = value
        return io.BytesIO(content), name, kind
    return value
