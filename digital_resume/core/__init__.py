"""The pure domain of the verifiable digital resume: bytes and values in, values out.

Nothing in here imports a web framework, a database, a chain client or the network; what the
domain needs from the world is named in ``digital_resume.core.ports`` and handed in. ``now`` is always an
argument.
"""
