"""What every page-serving service shares: security headers, static hosting and the common look.

``static/`` holds the shared browser files, served at ``/shared/``; files of third parties are put
under ``vendor/`` at set-up from the locked npm packages and served at ``/vendor/``.
"""

from digital_resume.web.hardening import harden
from digital_resume.web.hosting import mount_pages, page_of
from digital_resume.web.own_hosts import OwnHosts
from digital_resume.web.security_headers import ContentSecurityPolicy, SecurityHeaders

__all__ = ["ContentSecurityPolicy", "OwnHosts", "SecurityHeaders", "harden", "mount_pages", "page_of"]
