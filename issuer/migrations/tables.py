"""Every table of the issuer: importing this module fills the metadata that Alembic compares.

Models are beside their feature; a new module of models is imported here, or its table is not migrated.
"""

from typing import Final

from sqlalchemy import MetaData

from issuer import audit
from issuer.anchoring import models as anchoring
from issuer.chain import models as chain
from issuer.credentials import models as credentials
from issuer.institutions import models as institutions
from issuer.openid4vci import models as openid4vci
from issuer.records import models as records
from issuer.schema import Base
from issuer.signing_api import models as signing_api
from issuer.status import models as status

MODULES: Final = (
    audit,
    anchoring,
    chain,
    credentials,
    institutions,
    openid4vci,
    records,
    signing_api,
    status,
)
metadata: Final[MetaData] = Base.metadata
