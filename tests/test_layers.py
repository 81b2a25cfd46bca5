"""The shape of the code: who may import whom, who commits, how long a function may be."""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

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
    ("jobs",),
    ("demo",),
    ("application", "errors", "headers", "limits", "logs", "serving"),
    ("cli", "app"),
)
STEP = {name: step for step, names in enumerate(LAYERS) for name in names}
LONGEST_FUNCTION = 40

MAY_COMMIT = {
    "services/unit_of_work.py",
    # The settings of a new connection, outside of any session: what is not committed is rolled back with the check-in.
    "extensions.py",
}


def application_files() -> list[Path]:
    """Every Python file of the application."""
    modules = [ROOT / f"{name}.py" for name in STEP if (ROOT / f"{name}.py").exists()]
    return modules + [path for name in STEP for path in sorted((ROOT / name).rglob("*.py"))]


FILES = application_files()


@cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(), str(path))


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


def models_with(words: str) -> set[str]:
    return {module(path) for path in FILES if layer(module(path)) == "models" and words in path.read_text()}


TABLES = models_with("__tablename__ =")
ENTITIES = models_with("(Record)")  # what people edit; history and sessions are the engine's own


def test_everything_has_a_layer():
    elsewhere = {"tests", "scripts", "migrations", "frontend", "bench", "instance"}
    packages = {path.relative_to(ROOT).parts[0] for path in ROOT.glob("*/**/*.py") if ".venv" not in path.parts}
    modules = {path.stem for path in ROOT.glob("*.py")}
    assert not {name for name in packages if not name.startswith(".")} - elsewhere - set(STEP)
    assert not modules - set(STEP)


def test_imports_go_to_the_left():
    assert not [
        f"{module(path)} may not import {name}"
        for path in FILES
        for name in imported(path)
        if STEP.get(layer(name), -1) > STEP[layer(module(path))]
    ]


def test_models_and_blueprints_do_not_import_each_other():
    blueprints = {module(path) for path in FILES if layer(module(path)) == "blueprints"} - {"blueprints"}
    assert not [
        f"{module(path)} may not import {name}"
        for siblings in (TABLES, blueprints)
        for path in FILES
        if module(path) in siblings
        for name in siblings & set(imported(path))
    ]


def test_the_engine_names_no_entity():
    assert not [
        f"{module(path)} may not import {name}"
        for path in FILES
        if layer(module(path)) == "admin"
        for name in ENTITIES & set(imported(path))
    ]


def test_imports_stand_at_the_top():
    assert not [
        f"{module(path)}.{function.name}, line {node.lineno}: no import inside a function"
        for path in FILES
        for function in functions(path)
        for node in ast.walk(function)
        if isinstance(node, ast.Import | ast.ImportFrom)
    ]


def test_one_file_commits():
    committing = {str(path.relative_to(ROOT)) for path in FILES if "commit()" in path.read_text()}
    assert not committing - MAY_COMMIT, "Only a unit of work commits."


def test_functions_are_short():
    lengths = {
        f"{module(path)}.{function.name}": function.end_lineno - function.lineno + 1
        for path in FILES
        for function in functions(path)
    }
    assert not {name: length for name, length in lengths.items() if length > LONGEST_FUNCTION}


def test_no_error_is_swallowed():
    assert not [
        f"{module(path)}, line {node.lineno}: name the error that is caught"
        for path in FILES
        for node in ast.walk(tree(path))
        if isinstance(node, ast.ExceptHandler) and is_broad(node)
    ]


def is_broad(handler: ast.ExceptHandler) -> bool:
    """Whether it catches everything and does not raise it again."""
    raises = isinstance(handler.body[-1], ast.Raise) and handler.body[-1].exc is None
    return not raises and (handler.type is None or ast.unparse(handler.type) in ("Exception", "BaseException"))
