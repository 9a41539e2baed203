"""Each engine's warehouse, opened."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from support.engines import WAREHOUSES, Warehouse
from swathe.engine.adapter import Engine, Session


@pytest.fixture(params=WAREHOUSES, ids=lambda kind: kind.name)
def warehouse(request: pytest.FixtureRequest, tmp_path: Path) -> Warehouse:
    kind: type[Warehouse] = request.param
    return kind.create(tmp_path, request.getfixturevalue)


@pytest.fixture
def engine(warehouse: Warehouse) -> Iterator[Engine]:
    engine = warehouse.open()
    yield engine
    engine.close()


@pytest.fixture
def session(engine: Engine) -> Session:
    return engine.session()


@pytest.fixture
def other(engine: Engine) -> Session:
    """A second session of the same warehouse."""
    return engine.session()
