"""Linked data: from a JSON-LD document to the bytes that are signed (JSON-LD 1.1, RDFC-1.0).

``contexts`` holds the only contexts there are; ``active_context`` has pyld process each once; ``term_plan``
goes straight from a document of the common shapes to N-Quads; ``expansion`` and ``to_rdf`` are the general
way; ``rdfc`` labels blank nodes; ``canonicalizer`` chooses the way. Nothing here knows of proofs.
"""
