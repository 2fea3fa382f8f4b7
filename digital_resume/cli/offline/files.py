"""``resume bundle`` and ``resume verify --offline``: a share with its proofs in one file."""

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from digital_resume.adapters.fetch import GuardedFetcher
from digital_resume.cli.checkpoint_commands import (
    load_checkpoint,
    load_facts,
    load_witnesses,
    own_node,
    pinned,
    read_json,
    write_json,
)
from digital_resume.core.chain_proofs.checkpoint import verify_checkpoint
from digital_resume.core.credentials.catalog import load_catalog
from digital_resume.core.securing.linked_data.canonicalizer import use_contexts
from digital_resume.core.securing.linked_data.own_contexts import read_contexts


def make_bundle(target: str, verifier: str, checkpoint_file: Path, facts_file: Path, out: Path) -> int:
    """Fetch a share, prove it at a checkpoint's block, write the bundle; return its size in bytes.

    Raises:
        EnvelopeError, SourceUnavailableError: as ``digital_resume.cli.share_client.verify_at``.
        ProofError: the facts are not the checkpoint's.
    """
    from digital_resume.cli.offline.bundling import build_bundle
    from digital_resume.cli.share_client import open_target

    presentation, share_id, expires = open_target(target, verifier)
    client, deployments = own_node()
    fetcher = GuardedFetcher(allowed_origins=_local_origins(), timeout=20)
    try:
        bundle = build_bundle(
            presentation,
            challenge=share_id,
            expires=expires,
            checkpoint=load_checkpoint(checkpoint_file),
            facts=load_facts(facts_file),
            client=client,
            deployments=deployments,
            fetcher=fetcher,
            now=datetime.now(UTC),
        )
    finally:
        fetcher.close()
    write_json(out, bundle.to_json())
    return out.stat().st_size


def _local_origins() -> frozenset[str]:
    """Return the deployment's own origin outside production: everywhere else status lists must be public."""
    local = os.environ.get("ENVIRONMENT", "development") != "production"
    return frozenset({os.environ.get("ISSUER_URL", "http://localhost:8001")} if local else ())


def verify_offline(
    bundle_file: Path, checkpoint_file: Path, witnesses_file: Path, max_age: timedelta
) -> dict[str, Any]:
    """Return the verdict on a bundle, in the API's form.

    Raises:
        MalformedError: a file is not of its form, one of ``CREDENTIAL_TYPES_DIR`` or ``CONTEXTS_DIR``
            included.
        ProofError: the checkpoint is not vouched for, or too old.
    """
    from digital_resume.cli.offline.judging import MAX_BUNDLE_BYTES, judge_offline, parse_bundle

    deployments, now = pinned(), datetime.now(UTC)
    checkpoint = load_checkpoint(checkpoint_file)
    verify_checkpoint(
        checkpoint,
        load_witnesses(witnesses_file),
        deployments.anchor_chain,
        deployments.contracts_digest,
        now=now,
        max_age=max_age,
    )
    types, contexts = os.environ.get("CREDENTIAL_TYPES_DIR"), os.environ.get("CONTEXTS_DIR")
    use_contexts(read_contexts(Path(contexts) if contexts else None))
    return judge_offline(
        parse_bundle(read_json(bundle_file, MAX_BUNDLE_BYTES)),
        checkpoint,
        deployments,
        now=now,
        catalog=load_catalog(Path(types) if types else None),
    ).to_json()
