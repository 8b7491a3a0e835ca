"""The migrations make exactly the tables that the code believes in."""

from concurrent.futures import ThreadPoolExecutor

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, create_engine, text

from service import db
from service.db.migrate import migrate
from service.db.schema import metadata


def test_the_tables_are_those_of_the_schema(engine: Engine) -> None:
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "compare_server_default": False})
        assert compare_metadata(context, metadata) == []


def test_two_migrations_at_once_wait_for_one_another(postgres: str) -> None:
    name = "migrated_by_two"
    base = create_engine(postgres.replace("postgresql://", "postgresql+psycopg2://"), isolation_level="AUTOCOMMIT")
    with base.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    url = base.url.set(database=name).render_as_string(hide_password=False)
    with ThreadPoolExecutor(3) as pool:
        list(pool.map(migrate, [url] * 3))
    migrate(url)
    engine = db.connect(url, pool_size=1)
    (row,) = db.execute(engine, text("SELECT version_num FROM alembic_version"), {})
    assert row["version_num"] == ScriptDirectory("service/db/migrations").get_current_head()
    engine.dispose()
    with base.connect() as connection:
        connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
    base.dispose()
