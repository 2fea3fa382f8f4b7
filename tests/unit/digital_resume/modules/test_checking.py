"""What a module's declaration must be."""

from dataclasses import replace
from datetime import timedelta

import pytest

from digital_resume.core.credentials.catalog import default_catalog
from digital_resume.core.errors import UnknownTypeError
from digital_resume.modules.api import PluginContext, PluginJob
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


def test_a_type_of_the_deployment_is_known() -> None:
    shipped = default_catalog().credential_type("Internship")
    own = replace(shipped, name="OfThisDeployment", vct="urn:vdr:OfThisDeployment:1")
    plugin = replace(PLUGIN, credential_types=("OfThisDeployment",))
    check_plugin(plugin, default_catalog().with_types([own]))
    with pytest.raises(UnknownTypeError):
        check_plugin(plugin)


def test_a_title_in_one_language_is_refused() -> None:
    with pytest.raises(PluginError, match="ko and en"):
        check_plugin(replace(PLUGIN, title={"ko": "훈련"}))


async def _nothing(_: PluginContext) -> None:
    pass


JOB = PluginJob("nightly", timedelta(days=1), _nothing)


@pytest.mark.parametrize(
    ("jobs", "why"),
    [
        ((JOB, replace(JOB, every=timedelta(hours=1))), "two jobs of one name"),
        ((replace(JOB, name="Nightly run"),), "not a job's name"),
        ((replace(JOB, every=timedelta(minutes=7)),), "not a period"),
        ((replace(JOB, limit=timedelta(0)),), "no time to run"),
    ],
)
def test_a_job_that_cannot_be_kept_to_is_refused(jobs: tuple[PluginJob, ...], why: str) -> None:
    with pytest.raises(PluginError, match=why):
        check_plugin(replace(PLUGIN, jobs=jobs))
