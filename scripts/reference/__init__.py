"""The reference pages of ``docs``: tables of settings, commands, routes and hooks, written from the code.

A page is written by hand, but for its blocks between ``<!-- generated: NAME -->`` and ``<!-- end -->``.
``python -m scripts.reference`` (``make reference``) renews the blocks. What has no description in the code is
an error, so nothing reaches a page, or is missing on it, without words for a person.
"""
