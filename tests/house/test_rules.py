"""Rules about the code itself, so that the house stays as it was planned."""

import ast
import re
import subprocess
from functools import cache
from itertools import pairwise
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
ROOMS = ("api", "dossiers", "storage", "templates_docx", "workflow")
LINES_MAX = 400
FUNCTION_LINES_MAX = 60
#: Written by Alembic, one statement a column.
GENERATED = "dossiers/migrations/versions/"
#: Names of the law: states, limits, guards, forms, articles.  They live in TOML.
LAW_NAMES = re.compile(
    r"""["'](T-[A-Z0-9]{3,}|G-[A-Z]{2,}\d*|[VNC]\d\d|III\d\d|D-[A-Z]{4,}|L\d\d\.\d.*|N\d{2,3}\.\d.*)["']"""
)


@cache
def tracked() -> tuple[Path, ...]:
    """Return every file that git tracks or would track."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    return tuple(ROOT / line for line in listed.splitlines() if (ROOT / line).is_file())


@cache
def sources() -> tuple[Path, ...]:
    """Return the Python files of the program."""
    return tuple(
        path
        for path in tracked()
        if path.suffix == ".py"
        and path.relative_to(ROOT).parts[0] in ROOMS
        and not str(path.relative_to(ROOT)).startswith(GENERATED)
    )


def short(path: Path) -> str:
    """Return the path inside the repository."""
    return str(path.relative_to(ROOT))


def test_only_the_named_things_stand_at_the_top():
    """A newcomer sees the whole house in one glance."""
    rooms = {"workflow", "dossiers", "templates_docx", "api", "storage", "tests", "bench", "deploy", "docs", ".ci"}
    papers = {"README.md", "CHANGELOG.md", "SECURITY.md", "LICENSE", "Makefile", "pyproject.toml", ".gitignore"}
    named = rooms | papers | {"requirements.lock", "requirements-test.lock"}
    assert {path.relative_to(ROOT).parts[0] for path in tracked()} <= named


def test_files_and_functions_stay_small():
    """What outgrows its frame is designed again, not continued."""
    long_files = [short(path) for path in sources() if len(path.read_text().splitlines()) > LINES_MAX]
    long_functions = [
        f"{short(path)}:{node.name}"
        for path in sources()
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.FunctionDef) and (node.end_lineno or 0) - node.lineno > FUNCTION_LINES_MAX
    ]

    assert long_files == []
    assert long_functions == []


def test_nothing_is_imported_inside_a_function_and_nothing_is_called_utils():
    """A hidden import hides a cycle; a drawer called utils hides everything."""
    hidden = [
        f"{short(path)}:{function.name}"
        for path in sources()
        for function in ast.walk(ast.parse(path.read_text()))
        if isinstance(function, ast.FunctionDef)
        and any(isinstance(node, ast.Import | ast.ImportFrom) for node in ast.walk(function))
    ]

    assert hidden == []
    assert [short(path) for path in tracked() if path.stem in ("utils", "helpers", "common", "misc")] == []


def test_commit_stands_once():
    """One door to the database closes every unit of work."""
    calls = [short(path) for path in sources() if ".commit(" in path.read_text()]

    assert calls == ["storage/database.py"]


def test_python_names_no_law():
    """States, limits, guards, forms and articles stand in TOML, where a jurist can read and change them."""
    named = [
        f"{short(path)}: {found.group(0)}"
        for path in sources()
        for found in LAW_NAMES.finditer(_without_docstrings(path.read_text()))
    ]

    assert named == []


def test_the_locks_are_hashed_and_name_no_registry():
    """An install brings exactly these bytes, from wherever the machine gets its packages."""
    for name in ("requirements.lock", "requirements-test.lock"):
        text = (ROOT / name).read_text()
        assert "://" not in text
        assert "--index" not in text
        pins = re.findall(r"^[a-z0-9._\[\]-]+==\S+ \\$", text, re.MULTILINE)
        assert len(pins) > 30
        assert text.count("--hash=sha256:") > len(pins)


def test_no_file_names_a_machine_or_an_unfinished_thing():
    """The project speaks of itself alone, and of nothing left undone."""
    marks = re.compile(r"/wor" + r"k/|/roo" + r"t/|pythonhos" + r"ted|npm" + r"js|TO" + r"DO|FIX" + r"ME|X" + r"XX")
    text = (".py", ".toml", ".md", ".html", ".css", ".js", ".csv", ".po", ".mako", ".lock", "")
    hits = [
        f"{short(path)}:{number}"
        for path in tracked()
        if path.suffix in text
        for number, line in enumerate(path.read_text(errors="ignore").splitlines(), 1)
        if marks.search(line)
    ]

    assert hits == []


def test_every_test_can_fail():
    """A test that asserts nothing is a claim without a proof."""
    functions = [
        (path, node)
        for path in tracked()
        if path.suffix == ".py" and short(path).startswith("tests/")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.FunctionDef)
    ]
    checking = {node.name for _, node in functions if _checks(node, set())}
    checking |= {node.name for _, node in functions if _checks(node, checking)}
    empty = [
        f"{short(path)}:{node.name}"
        for path, node in functions
        if node.name.startswith("test_") and not _checks(node, checking)
    ]

    assert empty == []


def _checks(function: ast.FunctionDef, checking: set[str]) -> bool:
    """Return whether a function asserts, expects an error, or calls a function of the tests that does."""
    for node in ast.walk(function):
        if isinstance(node, ast.Assert):
            return True
        if isinstance(node, ast.Call):
            name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            if name in checking or name in ("raises", "expect"):
                return True
    return False


def test_no_test_may_be_skipped():
    """A skipped test is a hole that nobody sees."""
    marks = re.compile(r"pytest\.(mark\.)?(ski" + r"p|xfa" + r"il|importorski" + r"p)")
    skipping = [
        short(path)
        for path in tracked()
        if short(path).startswith("tests/") and path.suffix == ".py" and marks.search(path.read_text())
    ]

    assert skipping == []


@pytest.mark.parametrize("target", ["run", "test", "demo", "check", "bench"])
def test_the_makefile_has_every_promised_target(target):
    """Others script against these names."""
    assert re.search(rf"^{target}:", (ROOT / "Makefile").read_text(), re.MULTILINE)


def test_one_move_crosses_five_rooms_in_one_direction():
    """The walk of a move: door, act, file, engine, diary; none of them imports back."""
    walk = (
        "api/v1/moves.py",
        "dossiers/moves/move_dossier.py",
        "dossiers/files/queries.py",
        "workflow/engine.py",
        "dossiers/evidence/diary.py",
    )
    imports = {path: _imports(ROOT / path) for path in walk}

    assert "dossiers.moves.move_dossier" in imports[walk[0]]
    assert {"dossiers.files.queries", "workflow"} <= {*imports[walk[1]]}
    assert "dossiers.evidence.diary" in _imports(ROOT / "dossiers/moves/recording.py")
    for earlier, later in pairwise(walk):
        assert _module(earlier) not in imports[later]


def _imports(path: Path) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module)
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
    return found


def _module(path: str) -> str:
    return path.removesuffix(".py").replace("/", ".")


def _without_docstrings(text: str) -> str:
    tree = ast.parse(text)
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef) and ast.get_docstring(node) is not None:
            node.body = node.body[1:] or [ast.Pass()]
    return ast.unparse(tree)
