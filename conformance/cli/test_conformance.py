"""The file under which pytest reports the checks, `test_conformance.py::test_check[route/overlap]` for one.

The plugin collects them without importing this file (pytest_suite.py has the items). Where the plugin is off, pytest
imports it, and says so instead of passing with nothing tested.
"""

from __future__ import annotations

import pytest

pytest.fail("the plugin of pbr-conformance is off, so there are no checks; add -p pbr_conformance", pytrace=False)
