"""What every service has around it, however it is started."""

from fastapi import FastAPI

from digital_resume.web.access_log import mask_access_log
from digital_resume.web.head_requests import HeadAsGet
from digital_resume.web.own_hosts import OwnHosts
from digital_resume.web.refusal_log import RefusalLog
from digital_resume.web.security_headers import ContentSecurityPolicy, SecurityHeaders


def harden(app: FastAPI, *, url: str, policy: ContentSecurityPolicy) -> None:
    """Answer under the service's own names only, with security headers; log refusals, and no path as it is.

    The last that is added to an app: the middleware added last is the outermost, and reaches refusals too.

    Args:
        app: the service.
        url: its origin.
        policy: what its pages may do.
    """
    app.add_middleware(OwnHosts, url=url)
    app.add_middleware(SecurityHeaders, policy=policy)
    app.add_middleware(HeadAsGet)
    app.add_middleware(RefusalLog)
    mask_access_log()
