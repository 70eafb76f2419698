"""What Alembic runs to reach the database: the connection it was handed, nothing else."""

from alembic import context

context.configure(connection=context.config.attributes["connection"])
with context.begin_transaction():
    context.run_migrations()
