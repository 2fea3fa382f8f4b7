"""The signing API: what institutions' systems talk to, with an API key and each request once."""
