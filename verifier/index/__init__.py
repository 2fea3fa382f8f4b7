"""The verifier's own index of the chain: what the contracts' events say, followed block by block.

``store`` keeps it in PostgreSQL, ``follower`` brings it up to date, ``reading`` answers the domain's ports
from it, ``checking`` compares it with what the contracts themselves answer. ``docs/adr/0013-chain-index.md``.
"""
