"""Write every template: `python -m templates_docx.builder [DIRECTORY]`."""

import sys
from pathlib import Path

from templates_docx.builder.compose import compose
from templates_docx.builder.layout import LAYOUTS, load_design, load_layouts
from templates_docx.builder.package import package_bytes


def build_templates(target: Path, layouts: Path = LAYOUTS) -> tuple[Path, ...]:
    """Write one template for each layout below `target` and return their paths; raises LayoutError."""
    design = load_design(layouts)
    written = []
    for layout in load_layouts(layouts):
        path = target / layout.file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(package_bytes(compose(layout, design)))
        written.append(path)
    return tuple(written)


if __name__ == "__main__":
    for made in build_templates(Path(sys.argv[1]) if sys.argv[1:] else LAYOUTS.parent):
        sys.stdout.write(f"{made}\n")
