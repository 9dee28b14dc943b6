"""Print, as JSON, where the sources of a service use APIs that libraries do not document.

    python private_apis.py SERVICE PACKAGE

It needs a Python that has every package: it imports what the sources import, and looks at it.
"""

import ast
import inspect
import json
import re
import site
import sys
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

Found = tuple[str, int, str]  # file, line, what is wrong

# Documented in spite of the underscore.
DOCUMENTED_ATTRIBUTES = {
    "_asdict",  # of named tuples and SQLAlchemy's rows, as the next four
    "_fields",
    "_make",
    "_mapping",
    "_replace",
    "_exit",  # os._exit
}
# What the libraries' documentation says to override, by the class that defines it.
DOCUMENTED_OVERRIDES = {
    "apispec.plugin.BasePlugin": {"operation_helper", "path_helper", "response_helper"},
    "cachelib.base.BaseCache": {"add", "delete", "get", "get_many", "has", "set", "set_many"},
    "cachelib.serializers.BaseSerializer": {"dumps", "loads"},
    "celery.app.base.Celery": {"send_task"},
    "click.core.Group": {"get_command", "invoke", "list_commands"},
    "click.core.Command": {"invoke"},
    "celery.app.task.Task": {"after_return", "before_start", "on_failure", "on_retry"},
    "flask.app.Flask": {"wsgi_app"},
    "flask.json.provider.DefaultJSONProvider": {"default", "sort_keys"},
    "flask.json.provider.JSONProvider": {"dumps", "loads", "response"},
    "flask.sessions.SessionInterface": {"open_session", "save_session"},
    "flask_smorest.Api": {"init_app", "register_blueprint"},
    "flask_smorest.arguments.ArgumentsMixin": {"ARGUMENTS_PARSER", "arguments"},
    "flask_smorest.error_handler.ErrorHandlerMixin": {"ERROR_SCHEMA", "handle_http_exception"},
    "kombu.entity.Queue": {"declare"},
    "kombu.transport.base.Transport": {"connection_errors"},
    "kombu.transport.virtual.base.Transport": {"polling_interval"},
    "marshmallow.fields.Field": {"_deserialize", "_serialize", "default_error_messages"},
    "prometheus_client.registry.Collector": {"collect"},
    "sentry_sdk.transport.Transport": {"capture_envelope"},
    "sqlalchemy.orm.decl_api.DeclarativeBase": {"metadata", "registry", "type_annotation_map"},
    "sqlalchemy.orm.session.Session": {"get_bind"},
    "sqlalchemy.sql.type_api.TypeEngine": {"python_type"},
    "sqlalchemy.sql.type_api.TypeDecorator": {
        "cache_ok",
        "coerce_compared_value",
        "impl",
        "process_bind_param",
        "process_literal_param",
        "process_result_value",
    },
    "webargs.core.Parser": {"DEFAULT_UNKNOWN_BY_LOCATION", "handle_error", "load_json"},
    "werkzeug.exceptions.HTTPException": {"get_body", "get_headers", "get_response"},
    "werkzeug.wsgi.LimitedStream": {"readall"},
    "werkzeug.wrappers.request.Request": {"on_json_loading_failed", "stream"},
    "werkzeug.routing.converters.BaseConverter": {"regex", "to_python", "to_url"},
}
UNDOCUMENTED_MODULES = {"apispec.ext.marshmallow.common", "flask_smorest.utils"}
INSIDES = {"__code__", "__closure__", "__dict__", "__file__", "__globals__", "__module__"}
TYPING_ONLY = "_typeshed"  # which typeshed documents, for type checkers
FILE = re.compile(r"[\w.-]+\.(?:css|js|png)\b")
STANDARD = sys.stdlib_module_names


def private(name: str) -> bool:
    """Tell whether a name has a leading underscore; `__init__` and `_` alone do not count."""
    return name.startswith("_") and name != "_" and not name.endswith("__")


class Reader(ast.NodeVisitor):
    """Reads one file."""

    def __init__(self, service: Path, path: Path, package: str) -> None:
        self.file = path.relative_to(service).as_posix()
        self.own_roots = {package, "tests"}
        module = path.relative_to(service / "src" if self.file.startswith("src/") else service)
        self.package = ".".join(module.parts[:-1])
        self.found: list[Found] = []
        self.names: dict[str, Any] = {}  # what is imported
        self.own: set[str] = set()  # names of own modules, classes and functions
        self.functions: set[str] = set()
        self.types: dict[str, Any] = {}  # of annotated parameters
        self.bases: list[list[type]] = []  # of the classes around, libraries' only
        self.parents: dict[ast.AST, ast.AST] = {}
        self.failed: tuple[ast.AST, str] | None = None  # the first import that fails
        tree = ast.parse(path.read_text("utf-8"))
        for node in ast.walk(tree):
            self.parents |= dict.fromkeys(ast.iter_child_nodes(node), node)
            if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
                self.own.add(node.name)
                if not isinstance(node, ast.ClassDef):
                    self.functions.add(node.name)
        for node in ast.walk(tree):
            if isinstance(node, ast.Import | ast.ImportFrom):
                self.read_import(node)
        if self.failed:
            self.tell(*self.failed)
        self.visit(tree)

    def tell(self, node: ast.AST, what: str) -> None:
        """Keep a place and what is wrong there."""
        self.found.append((self.file, getattr(node, "lineno", 0), what))

    # Imports

    def read_import(self, node: ast.Import | ast.ImportFrom) -> None:
        """Import what the file imports; private modules and names are found here."""
        relative = isinstance(node, ast.ImportFrom) and node.level > 0
        for alias in node.names:
            if isinstance(node, ast.Import):
                module, name = alias.name, ""
            else:
                parents = self.package.split(".")[: -(node.level - 1) or None] if relative else []
                module, name = ".".join([*parents, *filter(None, [node.module])]), alias.name
            own = relative or module.split(".")[0] in self.own_roots
            if own:
                self.own.add(alias.asname or alias.name.split(".")[0])
            elif module.split(".")[0] == TYPING_ONLY:
                continue
            elif module != "__future__":
                if any(map(private, [*module.split("."), name])):
                    self.tell(node, f"imports the private {module} {name}".rstrip())
                if {module, f"{module}.{name}"} & UNDOCUMENTED_MODULES:
                    self.tell(node, f"imports the undocumented {module} {name}".rstrip())
            try:
                imported = import_module(module)
                if name:
                    imported = member(imported, name)
                elif not alias.asname:
                    imported = import_module(module.split(".")[0])
            except Exception as reason:  # whatever a module may raise
                self.failed = self.failed or (node, f"cannot be imported: {reason!r}")
            else:
                self.names[alias.asname or (name or alias.name).split(".")[0]] = imported

    def resolve(self, node: ast.expr | None) -> Any:
        """Return what an imported name, or an attribute of one, stands for; else None."""
        if isinstance(node, ast.Name):
            return self.names.get(node.id)
        if isinstance(node, ast.Attribute):
            owner = self.resolve(node.value)
            return None if owner is None else inspect.getattr_static(owner, node.attr, None)
        if isinstance(node, ast.Subscript):
            return self.resolve(node.value)
        return None

    def foreign(self, thing: Any) -> bool:
        """Tell whether a module, class or function belongs to a library."""
        if not (inspect.ismodule(thing) or inspect.isclass(thing) or inspect.isroutine(thing)):
            return False
        name = thing.__name__ if inspect.ismodule(thing) else getattr(thing, "__module__", None)
        return bool(name) and str(name).split(".")[0] not in self.own_roots

    # Classes

    def visit_ClassDef(self, node: ast.ClassDef) -> None:
        """Find what the class overrides of libraries' classes."""
        bases = [base for base in map(self.resolve, node.bases) if inspect.isclass(base)]
        ancestors = [
            ancestor
            for base in bases
            for ancestor in base.__mro__
            if ancestor is not object and self.foreign(ancestor)
        ]
        for name, place in defined(node):
            if problem := override(ancestors, name):
                self.tell(place, problem)
        self.bases.append(ancestors)
        self.generic_visit(node)
        self.bases.pop()

    def inherited(self, name: str) -> str | None:
        """Return the name of the library's class around that has a private attribute."""
        for base in self.bases[-1] if self.bases else []:
            if name in vars(base) or sets(base, name):
                return base.__name__
        return None

    # Attributes

    def visit_Attribute(self, node: ast.Attribute) -> None:
        """Find private attributes, the insides of Python's objects, and changed modules."""
        owner = node.value
        name = owner.id if isinstance(owner, ast.Name) else ""
        is_super = isinstance(owner, ast.Call) and ast.unparse(owner.func) == "super"
        if private(node.attr) and node.attr not in DOCUMENTED_ATTRIBUTES:
            if name in ("self", "cls") or is_super:
                base = self.inherited(node.attr)
                if base and not documented(self.bases[-1], node.attr):
                    self.tell(node, f"uses {base}.{node.attr}")
            elif name not in self.own:
                self.tell(node, f"uses {ast.unparse(node)}")
        if node.attr in INSIDES and name not in {"self", "cls", ""} - self.own:
            self.tell(node, f"uses {ast.unparse(node)}")
        if self.resolve(owner) is sys and node.attr == "modules" and not self.compared(node):
            self.tell(node, "changes sys.modules")
        if isinstance(node.ctx, ast.Store | ast.Del):
            self.stored(node)
        self.generic_visit(node)

    def compared(self, node: ast.expr) -> bool:
        """Tell whether an expression stands behind `in`."""
        return isinstance(self.parents[node], ast.Compare)

    def stored(self, node: ast.Attribute) -> None:
        """Find what is put on a library's object, or replaced there."""
        thing = self.resolve(node.value)
        text = ast.unparse(node)
        if self.foreign(thing):
            self.tell(node, f"replaces {text}")
            return
        kind = None
        if isinstance(node.value, ast.Name):
            if self.file == "gunicorn.conf.py":  # gunicorn gives its hooks objects of its own
                self.tell(node, f"adds {text} to gunicorn's object")
                return
            kind = self.types.get(node.value.id)
            if node.value.id == "self" and self.bases:
                for base in self.bases[-1]:
                    if inspect.isroutine(vars(base).get(node.attr)):
                        self.tell(node, f"replaces {base.__name__}.{node.attr}")
                return
        if inspect.isclass(kind) and kind is not Any and self.foreign(kind):
            if node.attr in documented_names(kind):
                return
            if inspect.isroutine(inspect.getattr_static(kind, node.attr, None)):
                self.tell(node, f"replaces {text}, a method of {kind.__name__}")
            elif not known(kind, node.attr):
                self.tell(node, f"adds {text}, which {kind.__name__} does not have")
            return
        parent = self.parents[node]
        value = getattr(parent, "value", None)
        if isinstance(value, ast.Lambda) or (
            isinstance(value, ast.Name) and value.id in self.functions
        ):
            self.tell(node, f"replaces {text} by a function")

    # Functions and calls

    def visit_FunctionDef(self, node: ast.FunctionDef) -> None:
        """Remember the types of parameters while the function is read."""
        before = self.types
        arguments = [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]
        self.types = before | {
            argument.arg: self.resolve(argument.annotation) for argument in arguments
        }
        self.generic_visit(node)
        self.types = before

    def visit_Call(self, node: ast.Call) -> None:
        """Find private names that are given as text, and the files of installed packages."""
        called = ast.unparse(node.func)
        texts = [
            argument.value
            for argument in node.args
            if isinstance(argument, ast.Constant) and isinstance(argument.value, str)
        ]
        if called.rpartition(".")[2] in ("getattr", "setattr", "delattr", "hasattr", "attrgetter"):
            for text in texts:
                if any(map(private, text.split("."))):
                    self.tell(node, f"uses {text} by its name")
        if called == "setattr":
            target = node.args[0]
            kind = self.types.get(target.id) if isinstance(target, ast.Name) else None
            if self.foreign(self.resolve(target)) or (kind is not Any and self.foreign(kind)):
                self.tell(node, f"replaces an attribute: {ast.unparse(node)}")
        if called.rpartition(".")[2] in ("find_spec", "get_loader", "getsourcefile", "getfile"):
            self.tell(node, f"looks for the files of a package: {called}")
        if called.rpartition(".")[2] in ("files", "open_text", "read_text") and (
            {*texts} - self.own_roots and "resources" in called
        ):
            self.tell(node, f"reads the files of a package: {ast.unparse(node)}")
        self.generic_visit(node)


def member(module: Any, name: str) -> Any:
    """Return what `from module import name` gives."""
    try:
        return getattr(module, name)
    except AttributeError:
        return import_module(f"{module.__name__}.{name}")


def defined(node: ast.ClassDef) -> Iterator[tuple[str, ast.AST]]:
    """Yield the names that a class body defines, and where."""
    for statement in node.body:
        if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef):
            yield statement.name, statement
        elif isinstance(statement, ast.Assign):
            for target in statement.targets:
                if isinstance(target, ast.Name):
                    yield target.id, statement
        elif isinstance(statement, ast.AnnAssign) and isinstance(statement.target, ast.Name):
            yield statement.target.id, statement


def override(ancestors: list[type], name: str) -> str | None:
    """Return what is wrong with a class that defines `name` below these classes of libraries."""
    if name == "__module__":
        return "sets __module__"
    if name.endswith("__") or documented(ancestors, name):
        return None
    for base in ancestors:
        standard = base.__module__.split(".")[0] in STANDARD
        if name in vars(base) and (private(name) or not standard):
            return f"overrides {base.__module__}.{base.__qualname__}.{name}"
    return None


def documented(ancestors: list[type], name: str) -> bool:
    """Tell whether one of the classes documents `name` as something to override."""
    return any(
        name in DOCUMENTED_OVERRIDES.get(f"{base.__module__}.{base.__qualname__}", ())
        for base in ancestors
    )


def documented_names(kind: type) -> set[str]:
    """Return what may be set on objects of a class though it is a method."""
    names = (f"{base.__module__}.{base.__qualname__}" for base in kind.__mro__)
    return set().union(*(DOCUMENTED_OVERRIDES.get(name, set()) for name in names))


def known(kind: type, name: str) -> bool:
    """Tell whether objects of a class have an attribute, by the class or by its source."""
    return any(
        name in vars(base) or name in vars(base).get("__annotations__", {}) or sets(base, name)
        for base in kind.__mro__
    )


def sets(base: type, name: str) -> bool:
    """Tell whether the source of a class sets `self.name`."""
    try:
        return f"self.{name}" in inspect.getsource(base)
    except (OSError, TypeError):
        return False


def named_files(source: Path) -> Iterator[Found]:
    """Find scripts, styles and images of installed packages that the service's files name."""
    installed = {
        path.name: path.relative_to(folder).parts[0]
        for folder in map(Path, site.getsitepackages())
        for path in folder.rglob("*")
        if path.suffix in (".css", ".js", ".png")
    }
    own = {path.name for path in source.rglob("*")}
    for path in sorted(source.rglob("*")):
        if path.suffix in (".css", ".html", ".js", ".py"):
            for number, line in enumerate(path.read_text("utf-8").splitlines(), start=1):
                for name in FILE.findall(line):
                    if name in installed.keys() - own:
                        use = f"names {name}, a file of {installed[name]}"
                        yield path.relative_to(source.parent).as_posix(), number, use


if __name__ == "__main__":
    root, package_name = Path(sys.argv[1]), sys.argv[2]
    sys.path[:0] = [str(root / "src"), str(root)]
    paths = [path for path in sorted(root.rglob("*.py")) if ".venv" not in path.parts]
    places = [place for path in paths for place in Reader(root, path, package_name).found]
    print(json.dumps([*places, *named_files(root / "src")]))
