"""The chain: adapters that implement the domain's ports, and what deploys, anchors and administers."""
