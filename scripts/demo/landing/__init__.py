"""The landing page of `make up`: three doors, three people and the cases, each a button."""
