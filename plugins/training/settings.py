"""Settings of the training module; variables begin with ``PLUGIN_TRAINING_``."""

from pydantic import Field, SecretStr
from pydantic_settings import SettingsConfigDict

from digital_resume.modules.api import PluginSettings

#: The stand-in of a demonstration, named in the log when it is used; production refuses it.
DEVELOPMENT_ACCESS_KEY = "onnuri-demo"


class TrainingSettings(PluginSettings):
    """What the environment says for this module."""

    model_config = SettingsConfigDict(
        env_prefix="PLUGIN_TRAINING_", env_ignore_empty=True, extra="ignore", hide_input_in_errors=True
    )

    provider_access_key: SecretStr | None = Field(default=None, min_length=8, max_length=200)
    """What course providers identify themselves with (``Authorization: Bearer``)."""

    idempotency_hours: int = Field(default=20, ge=1, le=23)
    """How long an ``Idempotency-Key`` can be repeated: less than the issuer's own day, so that a record
    is never handed in a second time because the issuer has forgotten the first."""
