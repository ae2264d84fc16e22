"""Values of every kind for a form, as hypothesis draws them: whatever officers and copied pages may bring."""

from datetime import date, datetime
from decimal import Decimal

from hypothesis import strategies as st

from dossiers.papers.catalogue import Catalogue, FormEdition, Variable, VariableType

#: Pieces of text.  docxtpl turns `{_{` into braces, which loses what was typed, so no underscore stands by a brace.
PIECES = (
    "Nguyễn",
    "THỊ MẪU",
    "Ưởng Ặ ỵ",
    "Nguye\u0302\u0303n",
    " ",
    "  ",
    "\t",
    "\n",
    "\r\n",
    "\u2028",
    "&",
    "<w:t>",
    "</w:p>",
    "]]>",
    "&amp;",
    "\"'",
    "{{ x }}",
    "{% y %}",
    "\u202e",
    "\u2067",
    "\u200b",
    "שלום",
    "مرحبا",
    "🙂",
    "0,5",
    "Đ. K'Đăm–",
    "tên rất dài " * 25,
    "Ộ" * 10_000,
)
#: How many rows a list has: none, some, and as many as nobody lists.
ROWS = (0, 1, 2, 3, 7, 200)

#: Never blank: a required field would be refused for it, which others test.
_TEXT = st.lists(st.sampled_from(PIECES[:-1]), max_size=6).map(lambda drawn: "x" + "".join(drawn)) | st.just(PIECES[-1])
_PLAIN: dict[VariableType, st.SearchStrategy[object]] = {
    VariableType.STR: _TEXT,
    VariableType.TEXT: _TEXT,
    VariableType.DATE: st.dates(date(1900, 1, 1), date(2100, 1, 1)),
    VariableType.DATETIME: st.datetimes(datetime(1900, 1, 1), datetime(2100, 1, 1)),  # noqa: DTZ001 - as typed
    VariableType.INT: st.integers(0, 10**6),
    VariableType.DECIMAL: st.decimals(Decimal(0), Decimal(10**6), places=2),
    VariableType.BOOL: st.booleans(),
}


def values_of(catalogue: Catalogue, form: FormEdition) -> st.SearchStrategy[dict[str, object]]:
    """Return a strategy for the values of a form; the required ones are never blank, the optional ones may be away."""
    required = {name: _value(catalogue.variables[name], ROWS[1:]) for name in form.required}
    optional = {name: _value(catalogue.variables[name], ROWS) for name in form.optional}
    return st.fixed_dictionaries(required, optional=optional)


def _value(variable: Variable, rows: tuple[int, ...]) -> st.SearchStrategy[object]:
    if variable.type is not VariableType.LIST:
        return _single(variable.type, variable)
    if variable.item is not None:
        item = _single(variable.item, variable)
    else:
        fields = {field.name: _single(field.type, variable) for field in variable.fields}
        needed = {field.name for field in variable.fields if field.required}
        item = st.fixed_dictionaries(
            {name: fields[name] for name in fields if name in needed},
            optional={name: fields[name] for name in fields if name not in needed},
        )
    return st.builds(_rows, st.lists(item, min_size=1, max_size=3), st.sampled_from(rows))


def _single(kind: VariableType, variable: Variable) -> st.SearchStrategy[object]:
    if kind is VariableType.ENUM:
        return st.sampled_from([allowed.value for allowed in variable.values])
    return _PLAIN[kind]


def _rows(drawn: list[object], count: int) -> list[object]:
    """Return so many rows, the drawn ones in turn; a row of 10,000 letters stands among few."""
    short = drawn if count < ROWS[-1] else [item for item in drawn if len(str(item)) < 1000]
    return [short[number % len(short)] for number in range(count)] if short else drawn
