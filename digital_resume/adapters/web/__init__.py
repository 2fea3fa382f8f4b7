"""What every page-serving service shares: security headers, static hosting and the common look.

``static/`` holds the shared browser files, served at ``/shared/``; files of third parties are put
under ``build/web/vendor`` at set-up from the locked npm packages and served at ``/vendor/``.
"""

from digital_resume.adapters.web.hosting import mount_pages
from digital_resume.adapters.web.hosts import OwnHosts
from digital_resume.adapters.web.security import ContentSecurityPolicy, SecurityHeaders

__all__ = ["ContentSecurityPolicy", "OwnHosts", "SecurityHeaders", "mount_pages"]
