"""The shape of the code: who may import whom, who commits, how long a function may be."""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent

# Imports go only to the left. Names on one step may import each other as long as Python can.
LAYERS = (
    ("config",),
    ("extensions",),
    ("models",),
    ("policy",),
    ("services",),
    ("admin",),
    ("blueprints",),
    ("demo",),
    ("errors", "headers", "limits", "logs", "serving"),
    ("cli", "app"),
)
STEP = {name: step for step, names in enumerate(LAYERS) for name in names}
LONGEST_FUNCTION = 40

MAY_COMMIT = {
    "services/unit_of_work.py",
    # The settings of a new connection, outside of any session: what is not committed is rolled back with the check-in.
    "extensions.py",
    # A million generated rows are written in slices, each a transaction of its own: a unit of work would hold them all.
    "demo/generate.py",
}


def application_files() -> list[Path]:
    """Every Python file of the application."""
    modules = [ROOT / f"{name}.py" for name in STEP if (ROOT / f"{name}.py").exists()]
    return modules + [path for name in STEP for path in sorted((ROOT / name).rglob("*.py"))]


FILES = application_files()


@cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(), str(path))


each_file = pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))


def module(path: Path) -> str:
    """«models/book.py» → «models.book», «admin/__init__.py» → «admin»."""
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def layer(name: str) -> str:
    return name.split(".")[0]


def only_for_types(node: ast.AST) -> bool:
    return isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING"


def at_run_time(parent: ast.AST) -> Iterator[ast.AST]:
    """Every node but those under «if TYPE_CHECKING:»."""
    for child in ast.iter_child_nodes(parent):
        if not only_for_types(child):
            yield child
            yield from at_run_time(child)


def imported(path: Path) -> list[str]:
    """The dotted names that a file imports at run time; «from models import book» counts as models.book."""
    found = []
    for node in at_run_time(tree(path)):
        if isinstance(node, ast.Import):
            found += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, f"{module(path)} imports relatively; name the module in full"
            found += [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
    return found


def functions(path: Path) -> list[ast.FunctionDef]:
    return [node for node in ast.walk(tree(path)) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]


def entities() -> set[str]:
    """The modules that define a table people edit: models.book and its like."""
    return {module(path) for path in FILES if layer(module(path)) == "models" and "__tablename__ =" in path.read_text()}


ENTITIES = entities()


def test_everything_has_a_layer():
    elsewhere = {"tests", "scripts", "migrations", "frontend", "bench", "instance"}
    packages = {path.relative_to(ROOT).parts[0] for path in ROOT.glob("*/**/*.py") if ".venv" not in path.parts}
    modules = {path.stem for path in ROOT.glob("*.py")}
    assert not {name for name in packages if not name.startswith(".")} - elsewhere - set(STEP)
    assert not modules - set(STEP)


@each_file
def test_imports_go_to_the_left(path):
    me = layer(module(path))
    wrong = {name for name in imported(path) if STEP.get(layer(name), -1) > STEP[me]}
    assert not wrong, "; ".join(f"{module(path)} may not import {name}" for name in sorted(wrong))


@each_file
def test_entities_and_blueprints_do_not_import_each_other(path):
    me = module(path)
    siblings = ENTITIES if me in ENTITIES else set()
    if me.startswith("blueprints."):
        siblings = {module(other) for other in FILES if module(other).startswith("blueprints.")}
    wrong = sorted((siblings - {me}) & set(imported(path)))
    assert not wrong, "; ".join(f"{me} may not import {name}" for name in wrong)


@each_file
def test_the_engine_names_no_entity(path):
    if layer(module(path)) == "admin":
        wrong = sorted(ENTITIES & set(imported(path)))
        assert not wrong, "; ".join(f"{module(path)} may not import {name}" for name in wrong)


@each_file
def test_imports_stand_at_the_top(path):
    inside = [
        f"{module(path)}.{function.name}, line {node.lineno}"
        for function in functions(path)
        for node in ast.walk(function)
        if isinstance(node, ast.Import | ast.ImportFrom)
    ]
    assert not inside, f"No import inside a function: {inside}"


@each_file
def test_one_file_commits(path):
    if str(path.relative_to(ROOT)) not in MAY_COMMIT:
        assert "commit()" not in path.read_text(), f"{module(path)} may not commit; that is a unit of work's doing"


@each_file
def test_functions_are_short(path):
    lengths = {function.name: function.end_lineno - function.lineno + 1 for function in functions(path)}
    long = {name: length for name, length in lengths.items() if length > LONGEST_FUNCTION}
    assert not long, f"{module(path)} has functions of more than {LONGEST_FUNCTION} lines: {long}"


@each_file
def test_no_error_is_swallowed(path):
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.ExceptHandler):
            caught = ast.unparse(node.type) if node.type else "everything"
            raises = isinstance(node.body[-1], ast.Raise) and node.body[-1].exc is None
            broad = caught in ("everything", "Exception", "BaseException")
            assert raises or not broad, f"{module(path)}, line {node.lineno}: {caught} is caught; name the error"
