"""Writes templates with the real kernel and a small or a large catalog, for the tool's tests."""

import shutil
from configparser import ConfigParser
from pathlib import Path
from typing import Any

import yaml

from tests.template import ROOT, copy_template

BUNDLES: dict[str, dict[str, Any]] = {
    "store": {"category": "data", "dependencies": ["store-client>=1,<2"]},
    "page": {"category": "http", "after": {"store": "it reads the store"}},
    "desk": {
        "category": "data",
        "requires": ["store"],
        "conflicts": {"page": "both use port 80."},
    },
    "tasks": {"category": "tasks", "requires": ["store"]},
    "redis_broker": {
        "category": "tasks",
        "requires": ["tasks"],
        "answers": {"broker": "redis"},
    },
    "rabbitmq_broker": {
        "category": "tasks",
        "requires": ["tasks"],
        "answers": {"broker": "rabbitmq"},
    },
    "paper": {"category": "http", "status": "retired", "replaced_by": "page"},
}
PRESETS = {
    "minimal": {"title": "Minimal", "summary": "the kernel alone", "extensions": []},
    "api": {"title": "API", "summary": "a store and tasks", "extensions": ["store", "tasks"]},
}
# With the real bundles: more than 40. Some names have the lengths that manifests allow.
MORE_BUNDLES = """
[api]
graphql: GraphQL: Strawberry, persisted queries, depth limits <- database
grpc: gRPC: a second server beside the REST API
event_stream: Server-sent events: changes of items as they happen <- tasks
[data]
audit_log: Audit log: who changed which row, and when <- auth
images: Images: thumbnails in modern formats, made in the background <- storage,tasks
mongodb: MongoDB: documents, indexes and schema validation in PyMongo <- database
soft_deletion: Soft deletion: rows are hidden, then deleted <- database
storage: File storage: S3, or a folder in development
tenants: Tenants: one schema of PostgreSQL for each customer <- auth
[http]
minify: Smaller pages: HTML without spaces
cors: CORS: allowed origins, by route
rate_limits: Rate limits: per account and address, in Redis
[identity]
api_keys: API keys: scopes, expiry, last use <- auth
oauth_login: Login with Google, GitHub or Microsoft accounts <- auth
passkeys: Passkeys: WebAuthn in place of passwords <- auth
single_sign_on_by_openid_connect: Single sign-on: OpenID Connect, and roles by identity groups
[mail]
mailgun: Mailgun: delivery, bounces and unsubscriptions <- smtp
newsletters: Newsletters: double opt-in and one-click unsubscription <- smtp
smtp: Mail: SMTP, templates, and a folder in development <- tasks
[observability]
honeycomb: Honeycomb: traces of requests, queries and tasks
pyroscope: Profiling: sampled stack traces of production, in Pyroscope
[payments]
invoices: Invoices: numbered PDF files, also for credit notes <- checkout,storage
checkout: Checkout: payments and subscriptions by Stripe <- stripe_webhooks
[search]
elasticsearch: Elasticsearch: an index that follows the tables <- tasks
full_text_search: Full-text search: ranked results from PostgreSQL <- database
[server]
uwsgi: uWSGI: a web server for existing deployments
[tasks]
workflows: Workflows: steps that survive restarts, on PostgreSQL <- tasks
"""
SERVER = {
    "image": f"paper:1@sha256:{64 * '0'}",
    "healthcheck": "paper ping",
    "port": 5000,
    "test_url": {"TEST_PAPER_URL": "paper://127.0.0.1:5000"},
}
EMPTY: dict[str, Any] = {
    "status": "active",
    "links": {},
    "requires": [],
    "after": {},
    "conflicts": {},
    "dependencies": [],
    "dev_dependencies": [],
    "unimported": [],
    "untyped": [],
    "settings": [],
    "servers": {},
    "processes": [],
    "holds_data": [],
}


def manifest(name: str, **fields: Any) -> dict[str, Any]:
    """Return a valid manifest for a bundle of one module, with `fields` replaced."""
    title = f"The {name} bundle"
    return EMPTY | {"id": name, "title": title, "summary": title} | fields


def write_bundle(template: Path, name: str, **fields: Any) -> Path:
    """Write a bundle of one module, and return its folder."""
    folder = template / "extensions_catalog" / name
    (folder / "src" / "package").mkdir(parents=True, exist_ok=True)
    (folder / "GUIDE.md").write_text(f"# {name}\n\nUse `{{{{ package_name }}}}.{name}`.\n")
    (folder / "src" / "package" / f"{name}.py").write_text(f'"""The {name} part."""\n')
    document = yaml.safe_dump(manifest(name, **fields))
    (folder / "extension.yml").write_text(document)
    return folder


def write_small_template(destination: Path) -> Path:
    """Write a template with the real kernel and questions, and the small catalog; return it."""
    shutil.copytree(ROOT / "template", destination / "template")
    shutil.copytree(ROOT / "licenses", destination / "licenses")
    shutil.copy2(ROOT / "copier.yml", destination)
    catalog = destination / "extensions_catalog"
    catalog.mkdir()
    shutil.copy2(ROOT / "extensions_catalog" / "reserved_names.yml", catalog)
    (catalog / "presets.yml").write_text(yaml.safe_dump(PRESETS, sort_keys=False))
    for name, fields in BUNDLES.items():
        write_bundle(destination, name, **fields)
    return destination


def write_large_template(destination: Path) -> Path:
    """Write a copy of the real template with 27 more bundles in its catalog; return it."""
    copy_template(destination)
    parser = ConfigParser(delimiters=":", interpolation=None)
    parser.read_string(MORE_BUNDLES)
    for category in parser.sections():
        for name, text in parser[category].items():
            title, _, ids = text.partition(" <- ")
            requires = [*filter(None, ids.split(","))]
            write_bundle(destination, name, category=category, title=title, requires=requires)
    return destination
