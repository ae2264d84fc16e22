"""Shows a Word file that was made here as HTML that can do nothing: text, tables, bold, italics, where a line stands.

Every element is written anew from a short list; whatever is not on it leaves its text or nothing.  Never used for a
file from outside.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator, Mapping
from html import escape
from types import MappingProxyType
from typing import Final

import mammoth
from lxml import etree, html
from mammoth import documents, transforms

_W: Final = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_DOCUMENT: Final = "word/document.xml"
_ALIGNED: Final = MappingProxyType({"center": "centre", "right": "right", "both": "justified"})
_RULED: Final = "ruled"
#: Element -> the classes it may bear; no other attribute but spans of cells is ever written.
_ALLOWED: Final[Mapping[str, frozenset[str]]] = MappingProxyType(
    {
        "p": frozenset(_ALIGNED.values()),
        "table": frozenset((_RULED,)),
        **dict.fromkeys(("tbody", "thead", "tr", "td", "th", "strong", "em", "u", "s", "sup", "sub"), frozenset()),
        **dict.fromkeys(("br", "ul", "ol", "li"), frozenset()),
    }
)
_WITHOUT_END: Final = frozenset(("br",))
_SPANS: Final = ("colspan", "rowspan")
_SPAN_MAX: Final = 99
#: Elements whose text is no text either.
_SILENT: Final = frozenset(
    ("script", "style", "template", "iframe", "object", "svg", "math", "title", "head", "noscript")
)
_STYLE_MAP: Final = "\n".join(
    (
        *(f"p[style-name='{name}'] => p.{name}:fresh" for name in _ALIGNED.values()),
        f"table.{_RULED} => table.{_RULED}:fresh",
        "p => p:fresh",
        "b => strong",
        "i => em",
        "u => u",
        "strike => s",
        "br => br",
    )
)


def preview_html(word: bytes) -> str:
    """Return the body of a .docx as HTML of the allowed elements alone; headers and footers are left out."""
    converted = mammoth.convert_to_html(
        io.BytesIO(_marked(word)),
        style_map=_STYLE_MAP,
        include_default_style_map=False,
        include_embedded_style_map=False,
        convert_image=mammoth.images.img_element(_no_image),
        transform_document=transforms.paragraph(_aligned),
        external_file_access=False,
    )
    return safe_html(converted.value)


def safe_html(markup: str) -> str:
    """Return `markup` written anew: allowed elements, their allowed classes, and text; nothing that acts or fetches."""
    root = html.fragment_fromstring(markup.replace("\0", ""), create_parent="div")
    return "".join(_inside(root))


def _inside(root: html.HtmlElement) -> Iterator[str]:
    """Yield the pieces of what stands inside an element; without recursion, for markup may be nested deep."""
    silent = 0
    for event, node in etree.iterwalk(root, events=("start", "end", "comment", "pi")):
        if event in ("comment", "pi"):
            yield "" if silent else escape(node.tail or "")
            continue
        tag, allowed = node.tag, node.tag in _ALLOWED and node is not root
        if event == "start":
            silent += tag in _SILENT
            if silent:
                continue
            yield f"<{tag}{_attributes(node)}>" if allowed else ""
            yield escape(node.text or "")
            continue
        if allowed and not silent and tag not in _WITHOUT_END:
            yield f"</{tag}>"
        silent -= tag in _SILENT
        if node is not root and not silent:
            yield escape(node.tail or "")


def _attributes(node: html.HtmlElement) -> str:
    classes = [name for name in (node.get("class") or "").split() if name in _ALLOWED[node.tag]]
    written = f' class="{" ".join(classes)}"' if classes else ""
    for name in _SPANS if node.tag in ("td", "th") else ():
        span = node.get(name) or ""
        if span.isascii() and span.isdecimal() and 1 < int(span[:3]) <= _SPAN_MAX:
            written += f' {name}="{int(span[:3])}"'
    return written


def _aligned(paragraph: documents.Paragraph) -> documents.Paragraph:
    """Carry where a line stands into the name of its style, which the style map can see."""
    name = _ALIGNED.get(paragraph.alignment or "")
    return paragraph.copy(style_id=name, style_name=name) if name else paragraph


def _no_image(_image: object) -> dict[str, str]:
    """Return an image without a source: it is dropped with its element."""
    return {"src": ""}


def _marked(word: bytes) -> bytes:
    """Return the .docx with a style on every table that has rules, for borders are nothing the converter sees."""
    packed = io.BytesIO()
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
    with zipfile.ZipFile(io.BytesIO(word)) as source, zipfile.ZipFile(packed, "w") as target:
        for name in source.namelist():
            member = source.read(name)
            if name == _DOCUMENT:
                tree = etree.fromstring(member, parser)
                for borders in tree.iter(f"{_W}tblBorders"):
                    _style(borders.getparent())
                member = etree.tostring(tree, xml_declaration=True, encoding="UTF-8", standalone=True)
            target.writestr(name, member)
    return packed.getvalue()


def _style(properties: etree._Element | None) -> None:
    if properties is None or all(_is_nothing(border) for border in properties.iterfind(f"{_W}tblBorders/*")):
        return
    for present in properties.findall(f"{_W}tblStyle"):
        properties.remove(present)
    properties.insert(0, etree.Element(f"{_W}tblStyle", {f"{_W}val": _RULED}))


def _is_nothing(border: etree._Element) -> bool:
    return border.get(f"{_W}val") in ("nil", "none")
