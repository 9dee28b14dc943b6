"""Prints the uses of undocumented library APIs in a service's sources, as JSON.

    python private_apis.py SERVICE PACKAGE

Run it in an environment with the packages of all bundles: it imports the modules that the sources
import, and inspects them.
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

Use = tuple[str, int, str]  # file, line, description

# Documented attributes whose names start with an underscore.
DOCUMENTED_ATTRIBUTES = {
    "_asdict",  # this and the next four: of named tuples and SQLAlchemy's rows
    "_fields",
    "_make",
    "_mapping",
    "_replace",
    "_exit",  # os._exit
}
# Attributes that subclasses may override according to the libraries' documentation, by class.
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
    "flask_admin.contrib.sqla.filters.BaseSQLAFilter": {"apply", "clean", "operation"},
    "flask_admin.contrib.sqla.form.AdminModelConverter": {"conv_Text"},
    "flask_admin.contrib.sqla.view.ModelView": {"model_form_converter"},
    "flask_admin.model.base.BaseModelView": {
        "action_disallowed_list",
        "can_create",
        "can_delete",
        "can_edit",
        "can_export",
        "can_view_details",
        "column_display_pk",
        "column_type_formatters",
        "column_type_formatters_detail",
        "column_type_formatters_export",
        "create_template",
        "details_template",
        "edit_template",
        "export",
        "export_max_rows",
        "form_args",
        "form_columns",
        "form_overrides",
        "get_export_value",
        "get_list",
        "get_one",
        "handle_view_exception",
        "list_template",
        "on_model_change",
        "on_model_delete",
        "update_model",
    },
    "flask_mailman.backends.base.BaseEmailBackend": {"send_messages"},
    "flask_smorest.Api": {"init_app", "register_blueprint"},
    "flask_smorest.arguments.ArgumentsMixin": {"ARGUMENTS_PARSER", "arguments"},
    "flask_smorest.error_handler.ErrorHandlerMixin": {"ERROR_SCHEMA", "handle_http_exception"},
    "kombu.entity.Queue": {"declare"},
    "kombu.transport.base.Transport": {"connection_errors"},
    "kombu.transport.virtual.base.Transport": {"polling_interval"},
    "limits.storage.base.MovingWindowSupport": {"acquire_entry", "get_moving_window"},
    "limits.storage.base.Storage": {"STORAGE_SCHEME", "clear"},
    "marshmallow.fields.Field": {"_deserialize", "_serialize", "default_error_messages"},
    "opentelemetry.sdk.trace.sampling.Sampler": {"should_sample"},
    "prometheus_client.registry.Collector": {"collect"},
    "requests.adapters.BaseAdapter": {"close", "send"},
    "requests.adapters.HTTPAdapter": {"add_headers", "build_connection_pool_key_attributes"},
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
INTERNAL_ATTRIBUTES = {
    "__code__",
    "__closure__",
    "__dict__",
    "__file__",
    "__globals__",
}
TYPING_ONLY = "_typeshed"  # exists for type checkers only; documented by typeshed
ASSET = re.compile(r"[\w.-]+\.(?:css|js|png)\b")
STANDARD = sys.stdlib_module_names


def is_private(name: str) -> bool:
    """Return whether a name starts with an underscore, except for `_` and names like `__init__`."""
    return name.startswith("_") and name != "_" and not name.endswith("__")


class Reader(ast.NodeVisitor):
    """Finds the uses in one file."""

    def __init__(self, service: Path, path: Path, package: str) -> None:
        self.file = path.relative_to(service).as_posix()
        self.own_roots = {package, "tests"}
        module = path.relative_to(service / "src" if self.file.startswith("src/") else service)
        self.package = ".".join(module.parts[:-1])
        self.found: list[Use] = []
        self.names: dict[str, Any] = {}  # imported objects, by their names in the file
        self.own: set[str] = set()  # names of modules, classes and functions of the service
        self.functions: set[str] = set()
        self.types: dict[str, Any] = {}  # of annotated parameters
        self.bases: list[list[type]] = []  # library classes that each enclosing class inherits from
        self.parents: dict[ast.AST, ast.AST] = {}
        self.failed: tuple[ast.AST, str] | None = None  # the first failed import
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
            self.report(*self.failed)
        self.visit(tree)

    def report(self, node: ast.AST, description: str) -> None:
        """Add a use to the result."""
        self.found.append((self.file, getattr(node, "lineno", 0), description))

    # Imports

    def read_import(self, node: ast.Import | ast.ImportFrom) -> None:
        """Import the modules of an import statement; report private modules and names."""
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
                if any(map(is_private, [*module.split("."), name])):
                    self.report(node, f"imports the private {module} {name}".rstrip())
                if {module, f"{module}.{name}"} & UNDOCUMENTED_MODULES:
                    self.report(node, f"imports the undocumented {module} {name}".rstrip())
            try:
                imported = import_module(module)
                if name:
                    imported = member(imported, name)
                elif not alias.asname:
                    imported = import_module(module.split(".")[0])
            except Exception as reason:  # a module may raise any exception
                self.failed = self.failed or (node, f"cannot be imported: {reason!r}")
            else:
                self.names[alias.asname or (name or alias.name).split(".")[0]] = imported

    def resolve(self, node: ast.expr | None) -> Any:
        """Return the object of an imported name or of its attribute; None if it is unknown."""
        if isinstance(node, ast.Name):
            return self.names.get(node.id)
        if isinstance(node, ast.Attribute):
            owner = self.resolve(node.value)
            return None if owner is None else inspect.getattr_static(owner, node.attr, None)
        if isinstance(node, ast.Subscript):
            return self.resolve(node.value)
        return None

    def in_library(self, value: Any) -> bool:
        """Return whether a value is a module, class or function of a library."""
        if not (inspect.ismodule(value) or inspect.isclass(value) or inspect.isroutine(value)):
            return False
        name = value.__name__ if inspect.ismodule(value) else getattr(value, "__module__", None)
        return bool(name) and str(name).split(".")[0] not in self.own_roots

    # Classes

    def visit_ClassDef(self, node: ast.ClassDef) -> None:
        """Report undocumented overrides of library classes."""
        bases = [base for base in map(self.resolve, node.bases) if inspect.isclass(base)]
        ancestors = [
            ancestor
            for base in bases
            for ancestor in base.__mro__
            if ancestor is not object and self.in_library(ancestor)
        ]
        for name, statement in defined(node):
            if description := undocumented_override(ancestors, name):
                self.report(statement, description)
        self.bases.append(ancestors)
        self.generic_visit(node)
        self.bases.pop()

    def inherited(self, name: str) -> str | None:
        """Return the name of the library class from which the enclosing class inherits `name`."""
        for base in self.bases[-1] if self.bases else []:
            if name in vars(base) or sets(base, name):
                return base.__name__
        return None

    # Attributes

    def visit_Attribute(self, node: ast.Attribute) -> None:
        """Report private attributes, internals of Python objects, and changes of `sys.modules`."""
        owner = node.value
        name = owner.id if isinstance(owner, ast.Name) else ""
        is_super = isinstance(owner, ast.Call) and ast.unparse(owner.func) == "super"
        if is_private(node.attr) and node.attr not in DOCUMENTED_ATTRIBUTES:
            if name in ("self", "cls") or is_super:
                base = self.inherited(node.attr)
                if base and not documented(self.bases[-1], node.attr):
                    self.report(node, f"uses {base}.{node.attr}")
            elif name not in self.own:
                self.report(node, f"uses {ast.unparse(node)}")
        if node.attr in INTERNAL_ATTRIBUTES and name not in {"self", "cls", ""} - self.own:
            self.report(node, f"uses {ast.unparse(node)}")
        is_comparison = isinstance(self.parents[node], ast.Compare)  # `name in sys.modules`
        if self.resolve(owner) is sys and node.attr == "modules" and not is_comparison:
            self.report(node, "changes sys.modules")
        if isinstance(node.ctx, ast.Store | ast.Del):
            self.report_assignment(node)
        self.generic_visit(node)

    def report_assignment(self, node: ast.Attribute) -> None:
        """Report an attribute that is added to a library's object, or replaced."""
        value = self.resolve(node.value)
        text = ast.unparse(node)
        if self.in_library(value):
            self.report(node, f"replaces {text}")
            return
        kind = None
        if isinstance(node.value, ast.Name):
            if self.file == "gunicorn.conf.py":  # gunicorn passes its own objects to hooks
                self.report(node, f"adds {text} to gunicorn's object")
                return
            kind = self.types.get(node.value.id)
            if node.value.id == "self" and self.bases:
                for base in self.bases[-1]:
                    if inspect.isroutine(vars(base).get(node.attr)):
                        self.report(node, f"replaces {base.__name__}.{node.attr}")
                return
        if inspect.isclass(kind) and kind is not Any and self.in_library(kind):
            if node.attr in documented_names(kind):
                return
            if inspect.isroutine(inspect.getattr_static(kind, node.attr, None)):
                self.report(node, f"replaces {text}, a method of {kind.__name__}")
            elif not known(kind, node.attr):
                self.report(node, f"adds {text}, which {kind.__name__} does not have")
            return
        assigned = getattr(self.parents[node], "value", None)
        if isinstance(assigned, ast.Lambda) or (
            isinstance(assigned, ast.Name) and assigned.id in self.functions
        ):
            self.report(node, f"replaces {text} by a function")

    # Functions and calls

    def visit_FunctionDef(self, node: ast.FunctionDef) -> None:
        """Visit a function with the types of its parameters."""
        before = self.types
        arguments = [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]
        self.types = before | {
            argument.arg: self.resolve(argument.annotation) for argument in arguments
        }
        self.generic_visit(node)
        self.types = before

    def visit_Call(self, node: ast.Call) -> None:
        """Report private names in strings, and access to the files of installed packages."""
        called = ast.unparse(node.func)
        texts = [
            argument.value
            for argument in node.args
            if isinstance(argument, ast.Constant) and isinstance(argument.value, str)
        ]
        if called.rpartition(".")[2] in ("getattr", "setattr", "delattr", "hasattr", "attrgetter"):
            for text in texts:
                if any(map(is_private, text.split("."))):
                    self.report(node, f"uses {text} by its name")
        if called == "setattr":
            target = node.args[0]
            kind = self.types.get(target.id) if isinstance(target, ast.Name) else None
            if self.in_library(self.resolve(target)) or (kind is not Any and self.in_library(kind)):
                self.report(node, f"replaces an attribute: {ast.unparse(node)}")
        if called.rpartition(".")[2] in ("find_spec", "get_loader", "getsourcefile", "getfile"):
            self.report(node, f"looks for the files of a package: {called}")
        if called.rpartition(".")[2] in ("files", "open_text", "read_text") and (
            {*texts} - self.own_roots and "resources" in called
        ):
            self.report(node, f"reads the files of a package: {ast.unparse(node)}")
        self.generic_visit(node)


def member(module: Any, name: str) -> Any:
    """Return the value that `from module import name` imports."""
    try:
        return getattr(module, name)
    except AttributeError:
        return import_module(f"{module.__name__}.{name}")


def defined(node: ast.ClassDef) -> Iterator[tuple[str, ast.AST]]:
    """Yield the names that a class body defines, and their statements."""
    for statement in node.body:
        if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef):
            yield statement.name, statement
        elif isinstance(statement, ast.Assign):
            for target in statement.targets:
                if isinstance(target, ast.Name):
                    yield target.id, statement
        elif isinstance(statement, ast.AnnAssign) and isinstance(statement.target, ast.Name):
            yield statement.target.id, statement


def undocumented_override(ancestors: list[type], name: str) -> str | None:
    """Return the description of an undocumented override of library classes, or None."""
    if name == "__module__":
        return "sets __module__"
    if name.endswith("__") or documented(ancestors, name):
        return None
    for base in ancestors:
        standard = base.__module__.split(".")[0] in STANDARD
        if name in vars(base) and (is_private(name) or not standard):
            return f"overrides {base.__module__}.{base.__qualname__}.{name}"
    return None


def documented(ancestors: list[type], name: str) -> bool:
    """Return whether one of the classes documents that `name` may be overridden."""
    return any(
        name in DOCUMENTED_OVERRIDES.get(f"{base.__module__}.{base.__qualname__}", ())
        for base in ancestors
    )


def documented_names(kind: type) -> set[str]:
    """Return the methods of a class that may be replaced on its objects."""
    names = (f"{base.__module__}.{base.__qualname__}" for base in kind.__mro__)
    return set().union(*(DOCUMENTED_OVERRIDES.get(name, set()) for name in names))


def known(kind: type, name: str) -> bool:
    """Return whether a class or its source defines an attribute."""
    return any(
        name in vars(base) or name in vars(base).get("__annotations__", {}) or sets(base, name)
        for base in kind.__mro__
    )


def sets(base: type, name: str) -> bool:
    """Return whether the source of a class contains `self.name`."""
    try:
        return f"self.{name}" in inspect.getsource(base)
    except (OSError, TypeError):
        return False


def named_files(source: Path) -> Iterator[Use]:
    """Yield the names of installed packages' scripts, styles and images in the service's files."""
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
                for name in ASSET.findall(line):
                    if name in installed.keys() - own:
                        use = f"names {name}, a file of {installed[name]}"
                        yield path.relative_to(source.parent).as_posix(), number, use


if __name__ == "__main__":
    root, package_name = Path(sys.argv[1]), sys.argv[2]
    sys.path[:0] = [str(root / "src"), str(root)]
    paths = [path for path in sorted(root.rglob("*.py")) if ".venv" not in path.parts]
    uses = [use for path in paths for use in Reader(root, path, package_name).found]
    print(json.dumps([*uses, *named_files(root / "src")]))
