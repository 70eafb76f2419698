"""No statement of the hot paths, and no listing by user, walks through a tenant's rows."""

from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path

import pytest
from sqlalchemy import select

from memory_os.domain.access import AccessFilter
from memory_os.domain.query import Visibility
from memory_os.domain.scope import Scope, ScopeMatch
from memory_os.testing.cubes import START
from memory_os_stores.sql import SqlCubeStore
from memory_os_stores.sql.admission import joined, visible
from memory_os_stores.sql.database import Lane
from memory_os_stores.sql.erasure_rows import branch_rows
from memory_os_stores.sql.reads import CUBE_COLUMNS, reads
from memory_os_stores.sql.tables import cubes
from memory_os_stores.sql.writes import changes

BY_TENANT_ALONE = {"tenants", "tenant", "head", "move_tenant"}
TEXTS = {
    field.name: getattr(group, field.name)
    for group in (reads("sqlite"), changes("sqlite"))
    for field in fields(group)
}


@pytest.fixture(scope="module")
def lane(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lane]:
    path: Path = tmp_path_factory.mktemp("plans") / "memory.db"
    SqlCubeStore.open(f"sqlite:///{path}").close()
    store = SqlCubeStore.open(f"sqlite:///{path}")
    with store._database.reading() as lane:
        yield lane
    store.close()


def plan(lane: Lane, text: str) -> list[str]:
    binds = (None,) * text.count("?")
    return [row[3] for row in lane.rows(f"EXPLAIN QUERY PLAN {text}", binds)]


@pytest.mark.parametrize("name", sorted(set(TEXTS) - BY_TENANT_ALONE))
def test_a_statement_searches_by_more_than_the_tenant(lane: Lane, name: str) -> None:
    steps = plan(lane, TEXTS[name])
    searched = [step for step in steps if step.startswith(("SEARCH", "SCAN"))]
    assert searched
    for step in searched:
        assert "VIRTUAL TABLE" in step or not step.startswith("SCAN"), steps
        assert not step.endswith("(tenant_id=?)"), steps


def test_a_listing_by_user_reads_an_index_in_its_order(lane: Lane) -> None:
    wanted = Visibility(Scope("ada"), ScopeMatch.EXACT)
    query = (
        select(*CUBE_COLUMNS)
        .select_from(joined(wanted))
        .where(visible(AccessFilter("default", "p"), wanted, START))
        .order_by(cubes.c.created_at, cubes.c.cube_id)
        .limit(10)
    )
    compiled = query.compile(lane.connection.engine, compile_kwargs={"render_postcompile": True})
    steps = plan(lane, str(compiled))
    assert steps[0] == "SEARCH cubes USING INDEX cubes_by_user (tenant_id=? AND user_id=?)"
    assert "USE TEMP B-TREE FOR ORDER BY" not in steps


def test_what_branches_keep_of_a_memory_is_found_beside_it(lane: Lane) -> None:
    ids = [f"mem_{number}" for number in range(50)]
    query = branch_rows("default", ids)
    compiled = query.compile(lane.connection.engine, compile_kwargs={"render_postcompile": True})
    steps = plan(lane, str(compiled))
    searched = [step for step in steps if step.startswith(("SEARCH", "SCAN"))]
    by_key = "SEARCH cubes USING PRIMARY KEY (tenant_id=? AND cube_id>? AND cube_id<?)"
    assert searched == [by_key] * len(ids)
