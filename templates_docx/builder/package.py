"""Write Word packages whose bytes depend on nothing but their content.

Members are sorted, dated 1980-01-01 and stored without compression, because two builds of zlib may compress the same
text differently.  Never changes a member's content.
"""

import io
import zipfile

from docx.document import Document as WordDocument

_EPOCH = (1980, 1, 1, 0, 0, 0)
_CONTENT_TYPES = "[Content_Types].xml"
_DROPPED_RELATIONS = ("thumbnail", "theme", "customXml", "stylesWithEffects", "webSettings", "numbering", "fontTable")


def package_bytes(document: WordDocument) -> bytes:
    """Return `document` as a .docx file, the same bytes for the same document."""
    for holder in (document.part.package, document.part):
        for key, relation in list(holder.rels.items()):
            if relation.reltype.rsplit("/", 1)[-1] in _DROPPED_RELATIONS:
                del holder.rels[key]
    loose = io.BytesIO()
    document.save(loose)
    tidy = io.BytesIO()
    with zipfile.ZipFile(loose) as source, zipfile.ZipFile(tidy, "w", zipfile.ZIP_STORED) as target:
        for name in sorted(source.namelist(), key=lambda member: (member != _CONTENT_TYPES, member)):
            entry = zipfile.ZipInfo(name, _EPOCH)
            entry.external_attr = 0o644 << 16
            entry.create_system = 3
            target.writestr(entry, source.read(name))
    return tidy.getvalue()
