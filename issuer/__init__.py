"""The issuer: institutions sign or hand in records, seekers claim, a worker anchors and publishes status."""
