"""Debian's packages: a mirror that falters is asked again, and an ordinary user installs nothing."""

import os
from pathlib import Path

import pytest

from scripts import apt

#: Says what it was asked, and fails to install as often as it was told to.
APT = """#!/bin/sh
echo "$@" >> "$0.asked"
case "$*" in *update*) exit 100;; esac
[ "$(grep -c install "$0.asked")" -gt {failures} ]
"""


@pytest.fixture(autouse=True)
def as_root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr(apt.time, "sleep", lambda _seconds: None)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")


def apt_that_fails(folder: Path, failures: int) -> Path:
    program = folder / "apt-get"
    program.write_text(APT.format(failures=failures))
    program.chmod(0o700)
    return folder / "apt-get.asked"


@pytest.mark.parametrize(("failures", "installed"), [(0, True), (2, True), (3, False)])
def test_what_fails_is_tried_again(tmp_path: Path, failures: int, installed: bool) -> None:
    asked = apt_that_fails(tmp_path, failures)
    assert apt.install_packages("softhsm2") is installed
    lines = asked.read_text().splitlines()
    assert len([line for line in lines if "install" in line]) == min(failures + 1, 3)
    assert all("DPkg::Lock::Timeout" in line for line in lines)


def test_an_ordinary_user_installs_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = apt_that_fails(tmp_path, 0)
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    assert not apt.install_packages("softhsm2")
    assert not asked.exists()
