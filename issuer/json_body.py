"""The base of the JSON bodies of this issuer's own API."""

from pydantic import BaseModel, ConfigDict
from pydantic.alias_generators import to_camel


class Body(BaseModel):
    """Base of the signing API's bodies: camelCase, nothing that is not described."""

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True, extra="forbid")
