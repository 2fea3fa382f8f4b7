"""What a server's access log says of a request."""

import logging

import pytest

from digital_resume.web.access_log import mask_access_log, masked_path


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/", "/"),
        ("/api/v1/shares", "/api/v1/shares"),
        ("/api/v1/shares/p45UNXgeOaUoIUCPCUxgJQ", "/api/v1/shares/…"),
        ("/api/v1/shares/p45UNXgeOaUoIUCPCUxgJQ/openings?a=b", "/api/v1/shares/…/openings"),
        ("/v/9at7oZhSySUTfN3gnfYvuQ", "/v/…"),
        (f"/receipts/{'0a' * 32}/proof", "/receipts/…/proof"),
        ("/i/univ/offers/0f8fad5b-d9cb-469f-a165-70867728950e", "/i/univ/offers/…"),
        ("/?credential_offer=%7B%22a%22", "/"),
        ("/static/app.js", "/static/app.js"),
        ("/.well-known/openid-credential-issuer/i/univ", "/.well-known/openid-credential-issuer/i/univ"),
        ("/%EA%B9%80%ED%95%98%EB%8A%98", "/…"),
        (f"/{'a' * 60}", "/…"),
    ],
)
def test_a_path_is_logged_without_what_may_be_an_id(path: str, expected: str) -> None:
    assert masked_path(path) == expected


def test_lines_of_another_form_stay_as_they_are(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    mask_access_log()
    mask_access_log()
    logger = logging.getLogger("uvicorn.access")
    assert len(logger.filters) == 1
    # as if no server had been configured in this process
    monkeypatch.setattr(logger, "propagate", True)
    monkeypatch.setattr(logger, "handlers", [])
    with caplog.at_level(logging.INFO, logger="uvicorn.access"):
        logger.info("started")
        logger.info('%s - "%s %s HTTP/%s" %d', "192.0.2.1:5", "GET", "/v/9at7oZhSySUTfN3gnfYvuQ", "1.1", 200)
    assert [record.getMessage() for record in caplog.records] == ["started", '… - "GET /v/… HTTP/1.1" 200']
