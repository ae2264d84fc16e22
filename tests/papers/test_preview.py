"""The preview shows what a paper says and can do nothing, whatever was typed into it."""

import re
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import html

from dossiers.papers.catalogue_files import official_catalogue
from dossiers.papers.preview import preview_html, safe_html
from dossiers.papers.render import render_form
from dossiers.papers.samples import sample_values

ON = date(2026, 8, 1)
CATALOGUE = official_catalogue()
FORMS = [form for form in CATALOGUE.forms(ON) if form.template is not None]
ELEMENTS = {"p", "table", "tbody", "thead", "tr", "td", "th", "strong", "em", "u", "s", "sup", "sub", "br"}
ELEMENTS |= {"ul", "ol", "li"}
HOSTILE = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "\"><a href='javascript:alert(1)'>x</a>",
    "</p></td></table><iframe src=//example.org>",
    "{{ 7*7 }}{% raw %}",
    "&lt;script&gt;&#60;b&#62;",
    "<style>body{display:none}</style>",
    "<!-- --><![CDATA[<b>]]>",
]


def elements(shown: str) -> list[html.HtmlElement]:
    """Return every element of a preview."""
    return list(html.fragment_fromstring(shown, create_parent="main").iterdescendants())


def harmless(shown: str) -> bool:
    """Say whether a preview has nothing but allowed elements with allowed attributes."""
    allowed = {"class", "colspan", "rowspan"}
    return all(each.tag in ELEMENTS and set(each.attrib) <= allowed for each in elements(shown))


@pytest.mark.parametrize("form", FORMS, ids=lambda form: form.form_id)
def test_every_form_can_be_shown(form):
    """Its title is there and nothing but allowed elements."""
    shown = preview_html(render_form(CATALOGUE, form, sample_values(CATALOGUE, form)))

    assert harmless(shown)
    assert len(re.sub(r"<[^>]*>", "", shown)) > 200


@pytest.mark.parametrize("value", HOSTILE)
def test_hostile_values_are_text(value):
    """What an officer or a stranger typed is read, never run."""
    form = next(each for each in FORMS if {"subj_full_name", "addressee"} & each.declared)
    values = sample_values(CATALOGUE, form)
    name = next(each for each in ("addressee", "subj_full_name") if each in form.declared)

    shown = preview_html(render_form(CATALOGUE, form, {**values, name: value}))

    assert harmless(shown)
    assert "".join(value.split()).upper() in "".join(html.fromstring(shown).text_content().split()).upper()


def test_lines_stand_where_the_paper_has_them_and_ruled_tables_are_ruled():
    """The letterhead is centred and has no rules."""
    shown = [
        preview_html(render_form(CATALOGUE, form, sample_values(CATALOGUE, form)))
        for form in FORMS
        if form.template is not None
    ]

    assert all('<p class="centre">' in each for each in shown)
    assert any('<table class="ruled">' in each for each in shown)
    assert all("<table>" in each for each in shown)


@pytest.mark.parametrize(
    ("markup", "left"),
    [
        ("<p onclick=x style=y class='centre z'>a</p>", '<p class="centre">a</p>'),
        ("<a href='javascript:x'>b</a>c", "bc"),
        ("<script>x</script><svg><p>y</p></svg>z", "z"),
        ("<img src=x>d<br>e", "d<br>e"),
        ("<td colspan='3' rowspan='9999'>f</td>", '<td colspan="3">f</td>'),
        ("<!-- x -->g<?php x ?>", "g"),
        ('<p>1 &lt; 2 &amp; "3"</p>', "<p>1 &lt; 2 &amp; &quot;3&quot;</p>"),
        ("<form action=x><input name=y><button>h</button></form>", "h"),
        ("", ""),
    ],
)
def test_only_listed_elements_are_written(markup, left):
    """Others leave their text or nothing."""
    assert safe_html(markup) == left


@settings(max_examples=200, deadline=None)
@given(st.text(alphabet="<>/'\"=& abps:;!-tdclron()\n", max_size=80))
def test_no_markup_gets_through(markup):
    """Whatever the converter might let slip."""
    assert harmless(safe_html(markup))
