"""Make the Word templates from their layouts, the same bytes each time.

`python -m templates_docx.builder [DIRECTORY]` writes all of them.  Never fills a template and never runs in the
service: what the service reads are the .docx files that stand beside the catalogue.
"""
