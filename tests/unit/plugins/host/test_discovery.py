"""The door by which modules come in."""

from dataclasses import replace
from importlib.metadata import EntryPoint

import pytest

from digital_resume.extensions import MODULES
from digital_resume.modules.api import Plugin
from digital_resume.modules.checking import PluginError
from plugins.host.discovery import discover
from plugins.training import PLUGIN

TRAINING = EntryPoint("training", "plugins.training:PLUGIN", MODULES)


def test_the_built_in_module_comes_through_the_entry_points_door() -> None:
    assert discover() == (PLUGIN,)
    assert discover(()) == ()
    assert discover([TRAINING]) == (PLUGIN,)


def test_two_modules_of_one_name_are_refused() -> None:
    with pytest.raises(PluginError, match="Two modules are named 'training'"):
        discover([TRAINING, EntryPoint("again", f"{__name__}:SAME_NAME", MODULES)])


def test_what_is_no_plugin_is_refused() -> None:
    with pytest.raises(PluginError, match=r"not a digital_resume\.modules\.api\.Plugin"):
        discover([EntryPoint("x", f"{__name__}:MODULES", MODULES)])


def test_a_wrong_declaration_is_refused_where_it_is_found() -> None:
    with pytest.raises(PluginError, match="serves that path itself"):
        discover([EntryPoint("static", f"{__name__}:HOSTS_PATH", MODULES)])


SAME_NAME: Plugin = replace(PLUGIN, title={"ko": "다른", "en": "Other"})
HOSTS_PATH: Plugin = replace(PLUGIN, name="static")
