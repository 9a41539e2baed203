"""Options of the whole test suite."""

from __future__ import annotations

import gc
import os

import pytest
from hypothesis import settings

pytest_plugins = ("support.postgres_fixtures",)

# Hypothesis has a profile of its own for CI, with the same examples each time. Elsewhere every run tries new ones.
if not os.environ.get("CI"):
    settings.register_profile("here", deadline=None, print_blob=True)
    settings.load_profile("here")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--update-golden",
        action="store_true",
        help="write the expected files of tests/golden anew; then read the diff",
    )


def pytest_collection_finish() -> None:
    """The thousands of tests stay to the end: nobody should look for garbage among them again and again."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 20)


@pytest.fixture
def update_golden(request: pytest.FixtureRequest) -> bool:
    return bool(request.config.getoption("--update-golden"))
