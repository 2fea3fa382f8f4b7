"""Where the leaf of every credential is made, whichever way it is issued, and handed to the next batch."""

from collections.abc import Sequence

from sqlalchemy import insert
from sqlalchemy.ext.asyncio import AsyncSession

from digital_resume.core.anchoring.leaf import SignedContent
from issuer.anchoring.models import Leaf


def make_leaf(content: SignedContent) -> bytes:
    """Make the leaf of a credential: the digest that is anchored, and under which its receipt is served.

    Args:
        content: what was just signed, whatever the credential's form.
    """
    return content.leaf


async def collect_leaves(session: AsyncSession, leaves: Sequence[bytes]) -> None:
    """Put new leaves into the session; from its commit on they wait for a batch.

    Raises:
        IntegrityError: a leaf is there already; no two signatures have the same.
    """
    await session.execute(insert(Leaf), [{"digest": leaf} for leaf in leaves])
