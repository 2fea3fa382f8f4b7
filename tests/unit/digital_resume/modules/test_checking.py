"""What a module's declaration must be."""

from dataclasses import replace

import pytest

from digital_resume.core.errors import UnknownTypeError
from digital_resume.modules.checking import PluginError, check_plugin
from plugins.training import PLUGIN


@pytest.mark.parametrize("name", ["", "Training", "1st", "a-b", "a" * 40, "../x"])
def test_a_name_that_cannot_be_a_schema_is_refused(name: str) -> None:
    with pytest.raises(PluginError, match="not a module's name"):
        check_plugin(replace(PLUGIN, name=name))


@pytest.mark.parametrize("name", ["api", "healthz", "shared", "static", "vendor"])
def test_a_name_whose_path_the_host_serves_is_refused(name: str) -> None:
    with pytest.raises(PluginError, match="serves that path itself"):
        check_plugin(replace(PLUGIN, name=name))


def test_an_unknown_credential_type_is_refused() -> None:
    with pytest.raises(UnknownTypeError):
        check_plugin(replace(PLUGIN, credential_types=("NoSuchType",)))


def test_a_title_in_one_language_is_refused() -> None:
    with pytest.raises(PluginError, match="ko and en"):
        check_plugin(replace(PLUGIN, title={"ko": "훈련"}))
