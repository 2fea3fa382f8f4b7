"""Keep the embedded chain's state in a file that anvil can start from: ``anvil --load-state FILE``.

anvil's own ``--state`` file is not written atomically, a kill can leave it empty. So the state is dumped
through the node and replaced whole: a crash leaves the old snapshot or the new one. Blocks, transactions and
the genesis block are in it.
"""

import gzip
import json
import zlib
from pathlib import Path

from digital_resume.adapters.chain.client import ChainClient, parse_bytes
from digital_resume.adapters.private_files import write_private
from digital_resume.core.errors import SourceUnavailableError

_GZIP = b"\x1f\x8b"


def write_snapshot(client: ChainClient, path: Path) -> int:
    """Write the chain's state and return the number of the newest block that is surely in it.

    Args:
        client: an embedded anvil.
        path: the snapshot file, replaced atomically, readable by its owner only.

    Raises:
        SourceUnavailableError: the node could not dump its state, or what it sent is no state.
        OSError: the file could not be written.
    """
    number = client.web3.eth.block_number
    dumped = parse_bytes(client.request("anvil_dumpState"))
    try:
        state = gzip.decompress(dumped) if dumped.startswith(_GZIP) else dumped
        json.loads(state)
    except (OSError, EOFError, ValueError, zlib.error) as error:
        raise SourceUnavailableError(
            "The chain's node dumped a state that cannot be read. The former snapshot is kept."
        ) from error
    write_private(path, state)
    return number
