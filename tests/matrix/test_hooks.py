"""The hooks of bundles, in a running service: collected by other bundles and by the kernel."""

import json
from pathlib import Path

from tests.hook_bundles import NAMES, write_hook_bundles
from tests.matrix.environments import Service
from tests.matrix.rows import ANSWERS
from tests.template import copy_template, render

PROGRAM = """
import json
from sample import create_app

app = create_app({"APP_ENV": "testing"})
print(json.dumps({
    "menu": app.config["MENU"],
    "schedules": sorted(app.extensions["celery"].conf.beat_schedule),
    "errors": [
        [response.status_code, response.mimetype, sorted(response.allow)]
        for accepted in ("text/html", "application/json")
        for response in [app.test_client().post("/livez", headers={"Accept": accepted})]
    ],
}))
"""


def test_parts_define_and_collect_hooks(
    template: Path, every_package: Path, tmp_path: Path
) -> None:
    extended = write_hook_bundles(copy_template(tmp_path / "template", template))
    picked = {"preset": "minimal", "extensions": ["tasks", *NAMES]}
    path = render(extended, tmp_path / "service", ANSWERS | picked)
    service = Service(path, every_package, {"PYTHONPATH": str(path / "src")})

    service.run("lint-imports")
    service.run("mypy", "src")
    assert json.loads(service.run("python", "-c", PROGRAM).splitlines()[-1]) == {
        "menu": ["Shop"],
        "schedules": ["outbox.relay", "sweep"],
        "errors": [
            [405, "text/html", ["GET", "HEAD", "OPTIONS"]],
            [405, "application/problem+json", ["GET", "HEAD", "OPTIONS"]],
        ],
    }
