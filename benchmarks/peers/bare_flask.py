"""The floor of Flask: one route, and no hooks."""

from flask import Flask

app = Flask(__name__, static_folder=None)


@app.get("/livez")
def livez() -> dict[str, str]:
    return {"status": "ok"}
