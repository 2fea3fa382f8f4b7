"""The door by which modules come in."""

from dataclasses import replace
from importlib.metadata import EntryPoint

import pytest

from digital_resume.core.errors import UnknownTypeError
from digital_resume.modules.api import Plugin
from digital_resume.modules.conformance import PluginConformance
from plugins.host.app import GROUP, PluginError, check_plugin, discover
from plugins.training import PLUGIN


class TestTraining(PluginConformance):
    """The training module keeps to the seam."""

    plugin = PLUGIN


def test_the_built_in_module_comes_through_the_entry_points_door() -> None:
    assert discover(()) == (PLUGIN,)


def test_a_built_in_module_that_is_also_installed_is_taken_once() -> None:
    assert discover([EntryPoint("training", "plugins.training:PLUGIN", GROUP)]) == (PLUGIN,)


def test_two_modules_of_one_name_are_refused() -> None:
    with pytest.raises(PluginError, match="Two modules are named 'training'"):
        discover([EntryPoint("again", "tests.unit.digital_resume.modules.test_api:SAME_NAME", GROUP)])


def test_what_is_no_plugin_is_refused() -> None:
    with pytest.raises(PluginError, match=r"not a digital_resume\.modules\.api\.Plugin"):
        discover([EntryPoint("x", "tests.unit.digital_resume.modules.test_api:GROUP", GROUP)])


@pytest.mark.parametrize("name", ["", "Training", "1st", "a-b", "a" * 40, "../x"])
def test_a_name_that_cannot_be_a_schema_is_refused(name: str) -> None:
    with pytest.raises(PluginError):
        check_plugin(replace(PLUGIN, name=name))


def test_an_unknown_credential_type_is_refused() -> None:
    with pytest.raises(UnknownTypeError):
        check_plugin(replace(PLUGIN, credential_types=("NoSuchType",)))


def test_a_title_in_one_language_is_refused() -> None:
    with pytest.raises(PluginError, match="ko and en"):
        check_plugin(replace(PLUGIN, title={"ko": "훈련"}))


SAME_NAME: Plugin = replace(PLUGIN, title={"ko": "다른", "en": "Other"})
