"""Training completion: a course provider records attendance, the rule decides, the institution signs.

Shows that the seam carries a whole module: own schema and migration, own key for the issuer, own page,
own job. The decision's numbers and source come from data with an effective date (``completion_rule``).
"""

from datetime import timedelta
from pathlib import Path

from digital_resume.modules.api import Plugin, PluginJob
from plugins.training.errors import PROBLEMS
from plugins.training.routes import build_router
from plugins.training.service import forget_requests
from plugins.training.settings import TrainingSettings

_HERE = Path(__file__).parent

PLUGIN = Plugin(
    name="training",
    title={"ko": "직업훈련 수료", "en": "Training completion"},
    credential_types=("TrainingCompletion",),
    presentation_requests={
        # What an enrolment asks of a learner: the person and nothing more (DCQL, OpenID4VP 1.0 section 6).
        "learner": {
            "credentials": [
                {
                    "id": "identity",
                    "format": "dc+sd-jwt",
                    "meta": {"vct_values": ["urn:vdr:IdentityCredential:1"]},
                    "claims": [
                        {"path": ["ld", "credentialSubject", "name"]},
                        {"path": ["ld", "credentialSubject", "birthDate"]},
                    ],
                }
            ]
        }
    },
    router=build_router,
    settings=TrainingSettings,
    pages=_HERE / "web",
    migrations=_HERE / "migrations",
    jobs=(PluginJob("forget_requests", timedelta(minutes=10), forget_requests),),
    problems=PROBLEMS,
    max_body=16_384,
)
