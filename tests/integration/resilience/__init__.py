"""The whole product under kills and outages: nothing lost, nothing doubled."""
