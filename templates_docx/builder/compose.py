"""Turn one layout into a Word document: page, headers, then element after element.

Never writes a file; `package` makes the bytes reproducible.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, time
from typing import Any

import docx
from docx.document import Document as WordDocument
from docx.enum.section import WD_ORIENTATION
from docx.enum.text import WD_TAB_ALIGNMENT
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Mm, Pt
from docx.table import Table

from templates_docx.builder.drawing import (
    Container,
    add_field,
    add_table,
    drop_first_paragraph,
    keep_row_whole,
    last_printed,
    repeat_as_heading,
    write_gap,
    write_paragraph,
    write_rule,
)
from templates_docx.builder.layout import Design, Element, Layout, LayoutError

_KEPT_STYLES = frozenset({"Normal", "Default Paragraph Font", "Normal Table", "No List", "Header"})


def compose(layout: Layout, design: Design) -> WordDocument:
    """Return the template of `layout`; raises LayoutError for an element that the design does not know."""
    document = docx.Document()
    document._body.clear_content()  # noqa: SLF001 - the default document's only paragraph
    _set_fonts(document, design)
    _set_page(document, design)
    _set_properties(document, layout)
    _Writer(layout, design).write(document, layout.body)
    return document


class _Writer:
    """Writes elements one after another; holds the layout for its error messages only."""

    def __init__(self, layout: Layout, design: Design) -> None:
        self.layout, self.design = layout, design
        self.composites: dict[str, Callable[[Container, Any], None]] = {
            "h1": self._h1,
            "h2": self._h2,
            "sig1": self._sig1,
            "signers": self._signers,
            "table": self._table,
            "photo": self._photo,
        }

    def write(self, container: Container, body: Sequence[Element]) -> None:
        """Append every element of `body` to `container`."""
        for element in self.design.expanded(body):
            if len(element) != 1:
                raise LayoutError(f"{self.layout.name}.toml", str(dict(element)), "an element has exactly one key")
            ((kind, value),) = element.items()
            self._write_one(container, kind, value)

    def _write_one(self, container: Container, kind: str, value: Any) -> None:  # noqa: ANN401 - a TOML value
        styles = self.design.styles
        if kind == "tag":
            write_paragraph(container, f"{{%p {self.design.text(value)} %}}", styles["center"])
        elif kind == "gap":
            write_gap(container, value, styles["center"])
        elif kind == "rule":
            write_rule(container, self.design.rules[value], self.design.page.text_mm, styles["center"])
        elif kind in self.composites:
            self.composites[kind](container, value)
        elif kind in styles:
            write_paragraph(container, self.design.text(value), styles[kind])
        else:
            raise LayoutError(f"{self.layout.name}.toml", kind, "neither a style nor a known element")

    def _h2(self, container: Container, value: Mapping[str, str]) -> None:
        """Two columns: bodies and number left, motto and date right (NĐ 30/2020, ô 1-4; 5b for letters)."""
        left, right = self.design.columns["header"]
        rules = self.design.rules
        table = add_table(container, (left, right), rows=2, ruled=False)
        styles = self.design.styles
        bodies, motto = table.rows[0].cells
        self.write(bodies, [{"use": "BODIES"}])
        write_rule(bodies, rules["body"], left, styles["center"])
        self.write(motto, [{"use": "MOTTO"}])
        write_rule(motto, rules["motto"], right, styles["center"])
        number, dated = table.rows[1].cells
        self.write(number, [{"use": "NUMBER"}, *({"about": text} for text in value.values())])
        self.write(dated, [{"use": "PLACE-DATE"}])
        for cell in (bodies, motto, number, dated):
            drop_first_paragraph(cell)

    def _h1(self, container: Container, value: Mapping[str, bool]) -> None:
        """One column: motto, then place and date on the right unless the form has no such line."""
        self.write(container, [{"use": "MOTTO"}, {"rule": "motto"}])
        if value.get("dated", True):
            self.write(container, [{"use": "PLACE-DATE-RIGHT"}])

    def _sig1(self, container: Container, value: Sequence[str] | Mapping[str, Any]) -> None:
        """Two columns: recipients left, the signer right (NĐ 30/2020, ô 7a-9b).

        `value` is the fixed recipients, or `{ to = [...], signer = "BLOCK" }` where another block than SIGNER signs.
        """
        to, signer = (value["to"], value["signer"]) if isinstance(value, Mapping) else (value, "SIGNER")
        table = self._signature_table(container, self.design.columns["signature"], rows=1)
        left, right = table.rows[0].cells
        fixed: list[Element] = [{"nn": f"- {line};"} for line in to]
        self.write(left, [{"use": "RECIPIENTS-HEAD"}, *fixed, {"use": "RECIPIENTS-REST"}])
        self.write(right, [{"use": signer}])
        for cell in (left, right):
            drop_first_paragraph(cell)

    def _signers(self, container: Container, value: Sequence[Mapping[str, str]]) -> None:
        """Put one column for each signer: title, note, room for the signature, name; names stand on one line."""
        width = self.design.page.text_mm / len(value)
        table = self._signature_table(container, [width] * len(value), rows=3)
        for column, signer in enumerate(value):
            title, note, name = (row.cells[column] for row in table.rows)
            self.write(title, [{"sign_title": signer["title"]}])
            self.write(note, [{"sign_note": signer.get("note", "<<sign_note>>")}])
            self.write(name, [{"gap": 56}, {"sign_name": signer.get("name", "")}])
            for cell in (title, note, name):
                drop_first_paragraph(cell)

    def _signature_table(self, container: Container, widths: Sequence[float], *, rows: int) -> Table:
        """Append a table that stays on one page with the words before it, whichever of them are printed."""
        for paragraph in last_printed(container.paragraphs):
            paragraph.paragraph_format.keep_with_next = True
        write_gap(container, 8, self.design.styles["center"])
        table = add_table(container, widths, rows=rows, ruled=False)
        for row in range(rows):
            keep_row_whole(table, row)
        return table

    def _table(self, container: Container, value: Mapping[str, Any]) -> None:
        """Draw a ruled table: a heading row, then one row for each item of a list; `small` suits many columns."""
        columns, size = value["columns"], "_small" if value.get("small") else ""
        table = add_table(container, [column["width"] for column in columns], rows=4, ruled=True)
        repeat_as_heading(table, 0)
        rows = table.rows
        for cell, column in zip(rows[0].cells, columns, strict=True):
            self.write(cell, [{f"cell_head{size}": column["head"]}])
        for cell, column in zip(rows[2].cells, columns, strict=True):
            self.write(cell, [{("cell_center" if column.get("center") else "cell") + size: column["cell"]}])
        for row in (0, 2):
            keep_row_whole(table, row)
            for cell in rows[row].cells:
                drop_first_paragraph(cell)
        rows[1].cells[0].paragraphs[0].add_run(f"{{%tr for {value['each']} %}}")
        rows[3].cells[0].paragraphs[0].add_run("{%tr endfor %}")

    def _photo(self, container: Container, value: Mapping[str, Any]) -> None:
        """Draw an empty box for a glued photograph, beside the title lines."""
        width, height = value["width_mm"], value["height_mm"]
        text = self.design.page.text_mm
        table = add_table(container, (width, text - width), rows=1, ruled=False)
        row = table.rows[0]
        row.height = Mm(height)
        box, beside = row.cells
        borders = OxmlElement("w:tcBorders")
        for side in ("top", "left", "bottom", "right"):
            line = OxmlElement(f"w:{side}")
            line.set(qn("w:val"), "single")
            line.set(qn("w:sz"), "4")
            borders.append(line)
        box._tc.get_or_add_tcPr().append(borders)  # noqa: SLF001 - python-docx offers no cell borders
        self.write(box, [{"gap": height}, {"photo_note": value["text"]}])
        self.write(beside, value["beside"])
        for cell in (box, beside):
            drop_first_paragraph(cell)


def _set_fonts(document: WordDocument, design: Design) -> None:
    """Make one font the default of everything and drop every style that is not used."""
    styles = document.styles.element
    for style in list(styles.findall(qn("w:style"))):
        name = style.find(qn("w:name"))
        if name.get(qn("w:val")).lower() not in {kept.lower() for kept in _KEPT_STYLES}:
            styles.remove(style)
    for latent in styles.findall(qn("w:latentStyles")):
        styles.remove(latent)
    defaults = styles.find(qn("w:docDefaults")).find(qn("w:rPrDefault")).find(qn("w:rPr"))
    for child in list(defaults):
        defaults.remove(child)
    fonts = OxmlElement("w:rFonts")
    for script in ("ascii", "hAnsi", "eastAsia", "cs"):
        fonts.set(qn(f"w:{script}"), design.page.font)
    language = OxmlElement("w:lang")
    language.set(qn("w:val"), design.page.language)
    defaults.extend([fonts, language])
    normal = document.styles["Normal"]
    normal.font.name = design.page.font
    normal.paragraph_format.space_after = Pt(0)


def _set_page(document: WordDocument, design: Design) -> None:
    """Set A4, the margins, the first page's corner note and the page number of the others."""
    page, section = design.page, document.sections[0]
    section.orientation = WD_ORIENTATION.PORTRAIT
    section.page_width, section.page_height = Mm(page.width_mm), Mm(page.height_mm)
    section.top_margin, section.bottom_margin = Mm(page.top_mm), Mm(page.bottom_mm)
    section.left_margin, section.right_margin = Mm(page.left_mm), Mm(page.right_mm)
    section.header_distance = section.footer_distance = Mm(page.header_mm)
    section.different_first_page_header_footer = True
    demo = "{% if demo %}" + design.text("<<demo>>") + "{% endif %}"
    for header, first in ((section.first_page_header, True), (section.header, False)):
        header.is_linked_to_previous = False
        paragraph = header.paragraphs[0]
        stops = paragraph.paragraph_format.tab_stops
        for stop in list(paragraph.style.paragraph_format.tab_stops) if paragraph.style else []:
            stops.add_tab_stop(stop.position, WD_TAB_ALIGNMENT.CLEAR)
        if first:
            stops.add_tab_stop(Mm(page.text_mm), WD_TAB_ALIGNMENT.RIGHT)
            run = paragraph.add_run(demo + "\t{% if form_number_line %}{{ form_number_line }}{% endif %}")
            run.font.size = Pt(10)
        else:
            stops.add_tab_stop(Mm(page.text_mm / 2), WD_TAB_ALIGNMENT.CENTER)
            stops.add_tab_stop(Mm(page.text_mm), WD_TAB_ALIGNMENT.RIGHT)
            paragraph.add_run("\t")
            add_field(paragraph, "PAGE", page.page_number_size)
            run = paragraph.add_run("\t" + "{% if demo %}DEMO{% endif %}")
            run.font.size = Pt(10)
            run.bold = True


def _set_properties(document: WordDocument, layout: Layout) -> None:
    """Say which layout and edition this is; the dates are the edition's, never today's."""
    properties = document.core_properties
    stamp = datetime.combine(layout.edition, time(), tzinfo=UTC)
    properties.created = properties.modified = stamp
    properties.identifier = layout.identity
    properties.title, properties.language = layout.name, "vi-VN"
    properties.author = properties.last_modified_by = properties.comments = properties.keywords = ""
    properties.revision = 1
