"""Models with a bind key use another database, as in Flask-SQLAlchemy."""

from pathlib import Path

from sqlalchemy import create_engine, text
from sqlalchemy.orm import Mapped, mapped_column

from sample import create_app
from sample.database import Model, db


class Archived(Model):
    __bind_key__ = "archive"

    id: Mapped[int] = mapped_column(primary_key=True)


def test_a_model_with_a_bind_key_uses_that_database(tmp_path: Path) -> None:
    other = f"sqlite:///{tmp_path / 'archive.db'}"
    binds = {"archive": other}
    main = f"sqlite:///{tmp_path / 'service.db'}"
    app = create_app({"APP_ENV": "testing", "DATABASE_URL": main, "SQLALCHEMY_BINDS": binds})
    with app.app_context():
        db.create_all("archive")
        db.session.add(Archived())
        db.session.commit()
        assert app.test_client().get("/readyz").status_code == 200
        for engine in (*db.engines.values(), app.extensions["database_probe"]):
            engine.dispose()

    engine = create_engine(other)
    with engine.connect() as connection:
        assert connection.scalar(text("SELECT count(*) FROM archived")) == 1
    engine.dispose()


def test_a_model_has_flask_sqlalchemy_s_table_name_and_repr() -> None:
    assert Archived.__tablename__ == "archived"
    assert repr(Archived(id=7)).startswith("<Archived ")
