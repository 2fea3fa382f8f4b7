"""Claims by identity proofing: a person shows who they are and gets offers for what waits."""
