"""The shared browser modules in a real Chromium, over the vectors that Python and Node run too."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi import FastAPI
from playwright.sync_api import sync_playwright
from starlette.responses import FileResponse, HTMLResponse, Response

from digital_resume.local.host import free_port
from digital_resume.web import ContentSecurityPolicy, SecurityHeaders, mount_pages
from tests.e2e.browsers import launch
from tests.integration.serving import serve

pytestmark = [pytest.mark.integration, pytest.mark.e2e]

TESTS = Path(__file__).parents[2]
VECTORS = json.loads((TESTS / "vectors" / "share-envelope.json").read_text("utf-8"))


@pytest.fixture(scope="module")
def origin() -> Iterator[str]:
    """Serve the shared folder under the pages' own policy, with the vectors' runner beside it."""
    app = FastAPI()
    app.add_middleware(SecurityHeaders, policy=ContentSecurityPolicy())
    mount_pages(app, TESTS / "web")

    @app.get("/")
    async def page() -> Response:
        return HTMLResponse("<!doctype html><title>vectors</title>")

    @app.get("/vectors.js")
    async def runner() -> Response:
        return FileResponse(TESTS / "web" / "envelope_vectors.js", media_type="text/javascript")

    with serve(app, free_port()) as url:
        yield url


def test_the_share_envelope_is_the_same_in_a_browser(origin: str) -> None:
    with sync_playwright() as playwright:
        browser = launch(playwright)
        page = browser.new_page()
        faults: list[str] = []
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.goto(origin)
        outcomes = page.evaluate(
            "async (vectors) => (await import('/vectors.js')).runVectors(vectors)", VECTORS
        )
        browser.close()
    lists = [VECTORS["valid"], VECTORS["invalid"]]
    lists += [VECTORS[group][kind] for group in ("links", "base64url") for kind in ("valid", "invalid")]
    assert len(outcomes) == sum(len(cases) for cases in lists)
    assert [outcome for outcome in outcomes if outcome["fault"]] == []
    assert faults == []
