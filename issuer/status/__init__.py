"""Status lists: one canonical array a list, its published forms, its root on the chain."""
