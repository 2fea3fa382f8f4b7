"""Refuse to build a distribution without the files that the set-up makes; hatchling runs this.

Contexts, contracts and browser files are not committed. A wheel without them would install, and fail later.
"""

from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

#: One file of each kind; the set-up puts each folder in place whole.
MADE = (
    "digital_resume/adapters/chain/contracts/AnchorRegistry.json",
    "digital_resume/core/securing/linked_data/contexts/credentials-v2.jsonld",
    "digital_resume/web/fonts/pages.css",
    "digital_resume/web/vendor/krds/krds_tokens.css",
)


class MadeFiles(BuildHookInterface[Any]):
    """Looks for the made files; an editable installation comes before them and needs none."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Check before a distribution is built.

        Args:
            version: ``standard`` or ``editable``.
            build_data: hatchling's; left as it is.

        Raises:
            RuntimeError: a file is missing.
        """
        del build_data
        if version == "editable":
            return
        missing = [file for file in MADE if not (Path(self.root) / file).is_file()]
        if missing:
            raise RuntimeError(f"Run `make setup` first. It makes what is missing: {', '.join(missing)}")
