"""The QR of a share as a file: whoever is quick on a slow line gets the code, never an empty picture."""

from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Route, expect

from tests.integration.wallet.stage import Stage

pytestmark = [pytest.mark.integration, pytest.mark.e2e]


def test_a_download_waits_until_the_code_is_drawn(make_stage: Callable[..., Stage], tmp_path: Path) -> None:
    stage = make_stage(width=360)
    stage.take_identity()
    page = stage.page
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    page.route("**/zxing_writer.wasm", hold)
    with page.expect_request("**/zxing_writer.wasm"):
        stage.share()
    button = page.locator("[data-action=download]")
    button.click()
    expect(button).to_have_attribute("aria-disabled", "true")
    assert held
    with page.expect_download() as coming:
        for route in held:
            route.continue_()
    coming.value.save_as(tmp_path / "qr.png")
    with Image.open(tmp_path / "qr.png") as picture:
        grey = picture.convert("L")
    assert grey.width > 64
    assert grey.getextrema() == (0, 255), "black modules on white"
    assert stage.complaints == []
