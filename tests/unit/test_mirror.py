"""A module has tests of its own name, where a reader looks for them, or a reason.

The tests of ``a/b/module.py`` are ``test_module.py`` or several ``test_module_….py``, in ``tests/unit/a/b``
or in ``tests/integration/a/b``, where the folders ``digital_resume`` and ``adapters`` may be left out.
"""

from fnmatch import fnmatch
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("digital_resume", "issuer", "wallet", "verifier", "plugins", "scripts")

#: Modules that have nothing to be tested alone.
NOTHING_ALONE = {
    "*/models.py": "tables: tests of the migrations compare them with the database",
    "*/errors.py": "errors of one package, which its tests expect by their codes",
    "*/settings.py": "settings: read by their services' tests, documented by test_documentation.py",
    "*/app.py": "wires a service: every test over HTTP begins there",
    "*/routes.py": "HTTP doors: tests of what is behind them go through",
    "*/context.py": "what a service's parts are given",
    "*/schema.py": "the name of a schema",
    "digital_resume/adapters/clock.py": "the system's time",
    "digital_resume/adapters/database/base.py": "the base of tables",
    "digital_resume/core/ports.py": "protocols: whatever implements them is tested",
    "digital_resume/core/securing/proof_material.py": "one value that every cryptosuite makes",
    "digital_resume/core/verification/held.py": "values that readers of a form hand to the checks",
    "digital_resume/core/verification/message.py": "the form of a message",
    "digital_resume/core/verification/policy.py": "values that a verification is called with",
    "scripts/bench/*.py": "measures what has tests of its own; docs/performance.md has what it found",
    "scripts/demo/*.py": "the demonstration, which every end-to-end test runs on",
    "scripts/lock.py": "asks the package registries, which no test does",
    "scripts/node_tests.py": "runs the tests of the pages' modules",
    "scripts/slither.py": "runs slither in an environment that it installs",
}

CHECKS = "unit/digital_resume/core/verification"
#: Modules that tests of another name hold, since those hold more than this one.
HELD_BY = {
    # what speaks to a chain, against a real node
    "digital_resume/adapters/chain/block_logs.py": "integration/chain/test_events.py",
    "digital_resume/adapters/chain/facts.py": "integration/verifier/test_offline.py",
    "digital_resume/adapters/chain/refusals.py": "integration/chain/test_submitter.py",
    "digital_resume/adapters/chain/roles.py": "integration/chain/test_deploying.py",
    "digital_resume/local/snapshot.py": "integration/chain/test_deploying.py",
    # what keeps something, against a real database and real devices
    "digital_resume/adapters/children.py": "integration/local/test_processes.py",
    "digital_resume/adapters/database/once.py": "integration/database/test_engine.py",
    "digital_resume/adapters/database/queues.py": "integration/database/test_jobs.py",
    "digital_resume/adapters/database/rate_limit_table.py": "integration/database/test_limit_storage.py",
    "digital_resume/adapters/database/setting_up.py": "integration/database/test_roles.py",
    "digital_resume/adapters/didkit/worker.py": "integration/adapters/didkit/test_client.py",
    "digital_resume/adapters/private_files.py": "integration/local/test_anvil.py",
    "digital_resume/adapters/status_lists/checking.py": "integration/verifier/test_status_copies.py",
    "digital_resume/adapters/status_lists/stores.py": "integration/verifier/test_status_copies.py",
    "digital_resume/adapters/token_account.py": "integration/issuer/chain/test_account_on_token.py",
    "digital_resume/local/data_folder.py": "integration/issuer/commands/test_institution_commands.py",
    # commands, as they are typed
    "digital_resume/cli/checkpoint_commands.py": "integration/verifier/test_offline.py",
    "digital_resume/cli/database_commands.py": "integration/database/test_roles.py",
    "digital_resume/cli/deploy_command.py": "integration/chain/test_governance.py",
    "digital_resume/cli/offline/bundling.py": "integration/verifier/test_offline.py",
    "digital_resume/cli/offline/files.py": "integration/verifier/test_offline.py",
    "digital_resume/cli/offline/judging.py": "integration/verifier/test_offline.py",
    "digital_resume/cli/receipt_commands.py": "integration/issuer/anchoring/test_receipts.py",
    "digital_resume/cli/reporting.py": "unit/digital_resume/test_error_words.py",
    "digital_resume/cli/serve_command.py": "integration/web/test_serving.py",
    "digital_resume/cli/tiles_commands.py": "integration/issuer/anchoring/test_receipts.py",
    "digital_resume/cli/verdict_text.py": "integration/verifier/test_verification.py",
    "digital_resume/cli/verify_commands.py": "integration/verifier/test_offline.py",
    "digital_resume/cli/verify_receipt.py": "integration/issuer/anchoring/test_receipts.py",
    "digital_resume/cli/worker_command.py": "integration/issuer/test_worker.py",
    "digital_resume/extensions.py": "unit/digital_resume/cli/test_extending.py",
    "digital_resume/modules/api.py": "unit/digital_resume/modules/test_conformance.py",
    "issuer/commands/anchorer.py": "integration/issuer/chain/test_account_on_token.py",
    "issuer/commands/institutions.py": "integration/issuer/commands/test_institution_commands.py",
    "issuer/commands/tiles.py": "integration/issuer/anchoring/test_receipts.py",
    "issuer/commands/tiles_export.py": "integration/issuer/anchoring/test_receipts.py",
    "verifier/commands/index.py": "integration/verifier/index/test_commands.py",
    # the domain
    "digital_resume/core/credentials/embedded_vc.py": f"{CHECKS}/test_embedded_item.py",
    "digital_resume/core/trust/events.py": "integration/verifier/index/test_folding.py",
    "digital_resume/core/trust/logs.py": "integration/chain/test_events.py",
    "digital_resume/core/verification/chain_messages.py": f"{CHECKS}/test_messages.py",
    "digital_resume/core/verification/deployments.py": "integration/chain/test_deploying.py",
    "digital_resume/core/verification/document_messages.py": f"{CHECKS}/test_messages.py",
    "digital_resume/core/verification/item.py": f"{CHECKS}/test_messages.py",
    "digital_resume/core/verification/token_item.py": f"{CHECKS}/test_clocks.py",
    "digital_resume/core/verification/verdict_texts.py": f"{CHECKS}/test_messages.py",
    # the VC-API, over HTTP as its specification has it
    "digital_resume/vc_api/commands.py": "integration/vc_api/test_serving.py",
    "digital_resume/vc_api/issuers.py": "unit/digital_resume/vc_api/test_routes_identifiers.py",
    "digital_resume/vc_api/linked_data.py": "unit/digital_resume/vc_api/test_issuing.py",
    "digital_resume/vc_api/openapi.py": "unit/digital_resume/web/test_openapi.py",
    "digital_resume/vc_api/problems.py": "unit/digital_resume/vc_api/test_requests.py",
    "digital_resume/vc_api/service.py": "unit/digital_resume/vc_api/test_issuing.py",
    "digital_resume/vc_api/status_lists.py": "unit/digital_resume/vc_api/test_statuses.py",
    "digital_resume/vc_api/suites.py": "unit/digital_resume/vc_api/test_proofs.py",
    # services, over HTTP and against a real database
    "digital_resume/web/hardening.py": "integration/web/test_serving.py",
    "digital_resume/web/hosting.py": "unit/wallet/test_settings_and_pages.py",
    "digital_resume/web/server_settings.py": "integration/web/test_bounded_http.py",
    "issuer/anchoring/batches.py": "integration/issuer/anchoring/test_sealing.py",
    "issuer/chain/lease.py": "integration/issuer/anchoring/test_machine.py",
    "issuer/chain/transactions.py": "integration/issuer/anchoring/test_machine.py",
    "issuer/cross_origin.py": "integration/issuer/openid4vci/test_metadata.py",
    "issuer/institutions/issuer_metadata.py": "integration/issuer/institutions/test_certificates.py",
    "issuer/institutions/path.py": "integration/issuer/institutions/test_did_document.py",
    "issuer/institutions/repository.py": "integration/issuer/onboarding/test_service.py",
    "issuer/institutions/signing_keys.py": "integration/issuer/credentials/test_signing.py",
    "issuer/json_body.py": "integration/issuer/signing_api/test_routes.py",
    "issuer/onboarding/rotation.py": "integration/issuer/commands/test_institution_commands.py",
    "issuer/openapi.py": "unit/digital_resume/web/test_openapi.py",
    "issuer/openid4vci/examples.py": "integration/issuer/openid4vci/test_metadata.py",
    "issuer/problems.py": "integration/issuer/signing_api/test_routes.py",
    "issuer/records/repository.py": "integration/issuer/records/test_service.py",
    "issuer/signing_api/bodies.py": "integration/issuer/signing_api/test_routes.py",
    "issuer/signing_api/requests.py": "integration/issuer/signing_api/test_routes.py",
    "issuer/status/forms.py": "integration/issuer/status/test_serving.py",
    "issuer/status/publications.py": "integration/issuer/status/test_machine.py",
    "plugins/host/clients.py": "integration/plugins/training/test_routes.py",
    "plugins/host/contexts.py": "integration/plugins/host/test_jobs.py",
    "plugins/training/answers.py": "integration/plugins/training/test_routes.py",
    "plugins/training/service.py": "integration/plugins/training/test_routes.py",
    "scripts/browser.py": "e2e/browsers.py",
    "scripts/build_hook.py": "integration/installing/test_wheel.py",
    "scripts/reference/commands.py": "unit/scripts/test_reference.py",
    "scripts/reference/limits.py": "unit/test_documentation.py",
    "scripts/reference/pages.py": "unit/scripts/test_reference.py",
    "scripts/reference/seam.py": "unit/scripts/test_reference.py",
    "scripts/setup_project.py": "unit/scripts/test_setup.py",
    "scripts/setup_steps.py": "unit/scripts/test_setup.py",
    "scripts/softhsm.py": "integration/issuer/chain/test_account_on_token.py",
    "verifier/connections.py": "integration/verifier/test_verification.py",
    "verifier/index/checking.py": "integration/verifier/index/test_follower.py",
    "verifier/index/position.py": "integration/verifier/index/test_follower.py",
    "verifier/index/rows.py": "integration/verifier/index/test_store.py",
    "verifier/index/spans.py": "integration/verifier/test_status_history.py",
    "verifier/openapi.py": "unit/digital_resume/web/test_openapi.py",
    "verifier/status_store.py": "integration/verifier/test_status_copies.py",
    "wallet/openings.py": "integration/wallet/test_routes.py",
    "wallet/shares.py": "integration/wallet/test_routes.py",
}


def modules() -> list[str]:
    """Return every module but packages' own files and migrations, relative to the project."""
    found = []
    for package in PACKAGES:
        for file in (ROOT / package).rglob("*.py"):
            if not file.name.startswith("__") and "migrations" not in file.parts:
                found.append(file.relative_to(ROOT).as_posix())
    return sorted(found)


def namesakes(module: str) -> list[Path]:
    """Return the test files of a module's own name."""
    path = Path(module)
    folder = path.parent.as_posix()
    short = folder.removeprefix("digital_resume/")
    folders = [f"unit/{folder}", f"integration/{folder}", f"integration/{short}"]
    folders.append(f"integration/{short.removeprefix('adapters/')}")
    return [
        file
        for each in folders
        for pattern in (f"test_{path.stem}.py", f"test_{path.stem}_*.py")
        for file in (ROOT / "tests" / each).glob(pattern)
    ]


def has_nothing_alone(module: str) -> bool:
    return any(fnmatch(module, pattern) for pattern in NOTHING_ALONE)


@pytest.mark.parametrize("module", modules())
def test_a_module_has_a_namesake_or_a_reason(module: str) -> None:
    assert namesakes(module) or has_nothing_alone(module) or module in HELD_BY, (
        f"no tests/unit/{Path(module).parent}/test_{Path(module).stem}.py: write it, or say in {__file__} "
        "which test holds the module"
    )


@pytest.mark.parametrize("module", HELD_BY)
def test_a_reason_is_still_one(module: str) -> None:
    assert (ROOT / module).is_file(), "the module is gone"
    assert not namesakes(module), "it has tests of its own now"
    assert not has_nothing_alone(module)
    assert (ROOT / "tests" / HELD_BY[module]).is_file(), "the test is gone"


@pytest.mark.parametrize("pattern", NOTHING_ALONE)
def test_a_pattern_still_fits_a_module(pattern: str) -> None:
    assert any(fnmatch(module, pattern) and not namesakes(module) for module in modules())


def test_no_test_is_where_no_module_is() -> None:
    """A folder of unit tests without a package of its name hides tests from whoever looks for them."""
    folders = {file.parent for package in PACKAGES for file in (ROOT / "tests/unit" / package).rglob("*.py")}
    lost = {folder for folder in folders if not (ROOT / folder.relative_to(ROOT / "tests/unit")).is_dir()}
    assert not lost


# --- JavaScript ---------------------------------------------------------------------------------------------

#: Modules of ``protocol/`` that no test in Node imports, and the tests that hold them.
SCRIPTS_HELD_BY = {
    "digital_resume/web/static/protocol/http.js": "integration/verifier/test_page_recovery.py",
    "digital_resume/web/static/protocol/merkle_path.js": "unit/verifier/test_page_files.py",
    "digital_resume/web/static/protocol/pasted_text.js": "web/link_finding.test.js",
    "verifier/web/protocol/verification.js": "integration/verifier/test_page_recovery.py",
}
_TESTED_IN_NODE = "\n".join(
    file.read_text("utf-8")
    for folder in ("web", "wallet")
    for file in (ROOT / "tests" / folder).rglob("*.*js")
    if "node_modules" not in file.parts
)


def protocol_scripts() -> list[str]:
    """Return the scripts that compute and speak; screens are driven in a browser, all of them together."""
    return sorted(
        file.relative_to(ROOT).as_posix()
        for package in PACKAGES
        for file in (ROOT / package).rglob("protocol/*.js")
    )


@pytest.mark.parametrize("script", protocol_scripts())
def test_a_protocol_script_is_imported_by_a_test_or_has_a_reason(script: str) -> None:
    imported = f"/{Path(script).name}" in _TESTED_IN_NODE
    assert imported != (script in SCRIPTS_HELD_BY), f"{imported=}: a test in Node, or a reason, and not both"


def test_a_scripts_reason_is_still_one() -> None:
    assert len(protocol_scripts()) > 20, "the scripts are found"
    for script, test in SCRIPTS_HELD_BY.items():
        assert (ROOT / script).is_file()
        assert (ROOT / "tests" / test).is_file()
