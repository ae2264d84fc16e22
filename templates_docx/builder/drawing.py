"""Draw paragraphs, rules, tables and fields with python-docx.

The few Word constructs that NĐ 30/2020/NĐ-CP asks for.  Knows no form and no sentence.
"""

import re
from collections.abc import Sequence

from docx.document import Document as WordDocument
from docx.enum.table import WD_TABLE_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.oxml.xmlchemy import BaseOxmlElement
from docx.shared import Mm, Pt
from docx.table import Table, _Cell
from docx.text.paragraph import Paragraph

from templates_docx.builder.layout import Style

Container = WordDocument | _Cell

_ALIGN = {
    "left": WD_ALIGN_PARAGRAPH.LEFT,
    "right": WD_ALIGN_PARAGRAPH.RIGHT,
    "center": WD_ALIGN_PARAGRAPH.CENTER,
    "justify": WD_ALIGN_PARAGRAPH.JUSTIFY,
}
_TAG_PARAGRAPH = re.compile(r"\{%p (\w+).*%\}")
_EMPHASIS = re.compile(r"(\*\*.+?\*\*)")
_TWIPS_PER_MM = 1440 / 25.4


def write_paragraph(container: Container, text: str, style: Style) -> Paragraph:
    """Append a paragraph; `**words**` turn bold against the style's own weight."""
    paragraph = container.add_paragraph()
    dress(paragraph, style)
    for piece in _EMPHASIS.split(text):
        if not piece:
            continue
        strong = piece.startswith("**") and piece.endswith("**")
        run = paragraph.add_run(piece[2:-2] if strong else piece)
        run.font.size = Pt(style.size)
        run.bold = (style.bold != strong) or None
        run.italic = style.italic or None
    return paragraph


def dress(paragraph: Paragraph, style: Style) -> None:
    """Give `paragraph` the spacing, indent and alignment of `style`."""
    form = paragraph.paragraph_format
    form.alignment = _ALIGN[style.align]
    form.space_before = Pt(style.before)
    form.space_after = Pt(style.after)
    form.line_spacing = 1.0
    if style.first_line:
        form.first_line_indent = Mm(style.first_line)
    if style.keep:
        form.keep_with_next = True


def last_printed(paragraphs: Sequence[Paragraph]) -> list[Paragraph]:
    """Return those of `paragraphs` that may be the last one printed, and the empty ones after them.

    Tag paragraphs vanish when a form is filled: the last words stand at the end of a loop, of a branch of a condition,
    or before either.
    """
    found: list[Paragraph] = []
    #: Whether nothing may be printed after this place; of each block around it: the same after the block, whether the
    #: branches read so far may be empty, and whether one of them is always taken.
    last = True
    around: list[tuple[bool, bool, bool]] = []
    for paragraph in reversed(paragraphs):
        tag = _TAG_PARAGRAPH.fullmatch(paragraph.text)
        word = tag[1] if tag else None
        if word is None:
            if last:
                found.append(paragraph)
            last = last and not paragraph.text
        elif word in {"endif", "endfor"}:
            around.append((last, False, False))
        elif word in {"else", "elif"}:
            after, empty, _ = around.pop()
            around.append((after, empty or last, word == "else"))
            last = after
        else:
            after, empty, taken = around.pop()
            last = after and (last or empty or not taken)
    return found


def write_rule(container: Container, length_mm: float, width_mm: float, style: Style) -> None:
    """Append a centred rule of `length_mm` in a column of `width_mm`: the top border of an almost empty paragraph."""
    paragraph = write_paragraph(container, "", style)
    form = paragraph.paragraph_format
    form.left_indent = form.right_indent = Mm((width_mm - length_mm) / 2)
    form.space_before, form.space_after, form.line_spacing = Pt(5), Pt(0), Pt(2)
    properties = paragraph._p.get_or_add_pPr()  # noqa: SLF001 - python-docx offers no borders
    borders = _sides("pBdr", ("top",), val="single", sz="6", space="1", color="000000")
    properties.insert_element_before(borders, "w:shd", "w:tabs", "w:spacing", "w:ind", "w:jc", "w:rPr")


def write_gap(container: Container, points: float, style: Style) -> None:
    """Append an empty paragraph that is `points` high."""
    paragraph = write_paragraph(container, "", style)
    paragraph.paragraph_format.space_before = Pt(points)
    paragraph.paragraph_format.line_spacing = Pt(1)
    paragraph.paragraph_format.keep_with_next = True


def add_table(container: Container, widths_mm: Sequence[float], *, rows: int, ruled: bool) -> Table:
    """Append a table of fixed widths; a ruled one has thin borders, another neither borders nor cell margins."""
    table = container.add_table(rows, len(widths_mm))
    table.alignment = WD_TABLE_ALIGNMENT.CENTER if ruled else WD_TABLE_ALIGNMENT.LEFT
    table.autofit = False
    properties = table._tbl.tblPr  # noqa: SLF001 - python-docx offers no borders
    properties.remove_all("w:tblLook")
    layout = properties.find(qn("w:tblLayout"))
    if ruled:
        layout.addprevious(
            _sides("tblBorders", ("top", "left", "bottom", "right", "insideH", "insideV"), val="single", sz="4")
        )
    margin = str(round((1.5 if ruled else 0) * _TWIPS_PER_MM))
    layout.addnext(_sides("tblCellMar", ("left", "right"), w=margin, type="dxa"))
    for column, width in zip(table.columns, widths_mm, strict=True):
        column.width = Mm(width)
        for cell in column.cells:
            cell.width = Mm(width)
    return table


def keep_row_whole(table: Table, row: int) -> None:
    """Forbid a page break inside one row."""
    table.rows[row]._tr.get_or_add_trPr().append(OxmlElement("w:cantSplit"))  # noqa: SLF001 - no other door


def repeat_as_heading(table: Table, row: int) -> None:
    """Print one row again at the top of each page the table reaches."""
    table.rows[row]._tr.get_or_add_trPr().append(OxmlElement("w:tblHeader"))  # noqa: SLF001 - no other door


def drop_first_paragraph(cell: _Cell) -> None:
    """Remove the empty paragraph that a new cell comes with; the cell must hold another one by now."""
    first = cell.paragraphs[0]._p  # noqa: SLF001 - python-docx cannot remove a paragraph
    assert len(cell.paragraphs) > 1
    cell._tc.remove(first)  # noqa: SLF001 - same


def add_field(paragraph: Paragraph, instruction: str, size: float) -> None:
    """Append a Word field such as PAGE."""
    for kind, text in (("begin", None), (None, instruction), ("separate", None), ("text", "2"), ("end", None)):
        run = paragraph.add_run(text if kind == "text" else None)
        run.font.size = Pt(size)
        if kind in {"begin", "separate", "end"}:
            mark = OxmlElement("w:fldChar")
            mark.set(qn("w:fldCharType"), str(kind))
            run._r.append(mark)  # noqa: SLF001 - python-docx offers no fields
        elif kind is None:
            code = OxmlElement("w:instrText")
            code.text = text
            run._r.append(code)  # noqa: SLF001 - same


def _sides(name: str, sides: Sequence[str], **attributes: str) -> BaseOxmlElement:
    """Return `<w:name>` with one child for each side."""
    holder = OxmlElement(f"w:{name}")
    for side in sides:
        child = OxmlElement(f"w:{side}")
        for key, value in attributes.items():
            child.set(qn(f"w:{key}"), value)
        holder.append(child)
    return holder
