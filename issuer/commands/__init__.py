"""The issuer's commands of `resume`: institutions, their standing on the chain, tiles, the worker."""
