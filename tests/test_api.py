"""docs/api.md: each of its examples is run, and what the packages export is what they say."""

from __future__ import annotations

import io
import json
import pydoc
import re
import runpy
import subprocess
import sys
import unittest
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any, Final

import pytest
from hypothesis import HealthCheck, settings

from pbr_conformance.simulator import serving

PAGE: Final = (Path(__file__).parent.parent / "docs" / "api.md").read_text(encoding="utf-8")
EXAMPLES: Final = re.findall(r"^## (.+?)$|^```python\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
FAILS: Final = "test_my_mock_allows_no_more_than_the_documentation"
FAST: Final = settings(
    max_examples=20,
    stateful_step_count=10,
    database=None,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],  # other tests may have the machine
)


def blocks() -> list[Any]:
    """Each example, named by its heading and its number."""
    heading = ""
    found: list[Any] = []
    for title, code in EXAMPLES:
        heading = title or heading
        if code:
            found.append(pytest.param(code, id=f"{heading} {len(found)}".replace(" ", "-")))
    return found


def executed(code: str, folder: Path) -> dict[str, Any]:
    """The names of an example, run as the file that it would be."""
    file = folder / "example.py"
    file.write_text(code, encoding="utf-8")
    return runpy.run_path(str(file), run_name="example")


@pytest.mark.parametrize("code", [each for each in blocks() if FAILS not in each.values[0]])
def test_an_example_of_the_page_runs(code: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with serving(async_ms=0) as url:
        monkeypatch.setenv("MOCK_URL", url)
        names = executed(code, tmp_path)
        for name, value in names.items():
            if name.startswith("test_"):
                settings(FAST)(value)()
            elif name.startswith("Test"):
                passes(value)
        if "endpoint" in names:
            names["endpoint"].close()


def passes(case: type[unittest.TestCase]) -> None:
    case.settings = FAST  # type: ignore[attr-defined]
    result = unittest.TestResult()
    unittest.defaultTestLoader.loadTestsFromTestCase(case).run(result)
    assert result.testsRun == 1
    assert result.wasSuccessful(), result.errors or result.failures


@pytest.mark.slow
def test_a_failing_example_is_printed_as_a_person_would_write_it(tmp_path: Path) -> None:
    (code,) = (each.values[0] for each in blocks() if FAILS in each.values[0])
    failing: Callable[[], None] = executed(code, tmp_path)[FAILS]
    with pytest.raises(AssertionError) as caught:
        settings(max_examples=200, database=None, derandomize=True)(failing)()
    shown = "\n".join(caught.value.__notes__)
    call = r'create\("vpn-single", "[\d./]+", "[\d./]+", next_hop="vco-single-[ab]", weight=\d+[^)]*\)'
    form = rf"\w+ (?:example|test case): {FAILS}\(\s*history=\[{call},\s*{call}\],\s*\)"
    assert re.search(form, shown), shown
    (printed,) = re.findall(r"^```text\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
    assert re.search(form, printed)


# --- What the packages export -------------------------------------------------------------------------------

PACKAGES: Final = tuple(f"pbr_conformance.{name}" for name in ("simulator", "strategies", "conformance", "reports"))
each_package = pytest.mark.parametrize("package", [import_module(name) for name in PACKAGES], ids=PACKAGES)


@each_package
def test_what_is_exported_exists_and_is_shown(package: ModuleType) -> None:
    assert dir(package) == sorted(package.__all__)
    for name in package.__all__:
        assert getattr(package, name) is not None
    shown = pydoc.plain(pydoc.render_doc(package))
    assert [name for name in package.__all__ if name not in shown] == []


@each_package
def test_each_public_function_and_class_says_what_it_is(package: ModuleType) -> None:
    public = [getattr(package, name) for name in package.__all__]
    assert [value for value in public if callable(value) and not value.__doc__] == []


@pytest.mark.parametrize(
    ("package", "name", "near"),
    [
        ("simulator", "Simulater", "Simulator"),
        ("simulator", "parse_targets", "parse_target"),
        ("strategies", "history", "histories"),
        ("strategies", "wholly_unknown", "histories, requests"),
        ("conformance", "HTTPEndpoint", "HttpEndpoint"),
        ("reports", "from_jsn", "from_json"),
    ],
)
def test_a_name_that_is_missing_is_answered_with_those_that_are_near(package: str, name: str, near: str) -> None:
    with pytest.raises(AttributeError, match=f"has no attribute '{name}'; expected .*{near}") as caught:
        getattr(import_module(f"pbr_conformance.{package}"), name)
    assert caught.value.name == name


def test_importing_a_package_imports_nothing_heavy() -> None:
    heavy = ("uvicorn", "pydantic", "hypothesis", "jinja2", "rich", "urllib3")
    program = f"import sys, json, {', '.join(PACKAGES)}; print(json.dumps([m for m in {heavy!r} if m in sys.modules]))"
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert json.load(io.StringIO(ended.stdout)) == []
