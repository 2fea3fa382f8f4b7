"""Decompression: one whole stream within its bound, and nothing else."""

import gzip
import zlib
from collections.abc import Callable
from typing import Literal

import pytest

from digital_resume.core.encoding.inflate import inflate
from digital_resume.core.errors import LimitError, StatusError

Form = Literal["zlib", "gzip"]
COMPRESS: dict[Form, Callable[[bytes], bytes]] = {"zlib": zlib.compress, "gzip": gzip.compress}

forms = pytest.mark.parametrize("form", COMPRESS)


@forms
def test_a_stream_comes_back_up_to_its_bound(form: Form) -> None:
    assert inflate(COMPRESS[form](b"abc"), form, max_bytes=3) == b"abc"
    with pytest.raises(LimitError):
        inflate(COMPRESS[form](b"abcd"), form, max_bytes=3)


@forms
def test_a_bomb_is_refused_before_it_is_whole(form: Form) -> None:
    with pytest.raises(LimitError):
        inflate(COMPRESS[form](bytes(1 << 26)), form, max_bytes=1_000)


@forms
def test_what_is_cut_off_followed_or_of_another_form_is_refused(form: Form) -> None:
    other: Form = "gzip" if form == "zlib" else "zlib"
    whole = COMPRESS[form](b"abc")
    for data in (whole[:-1], whole + b"x", whole + whole, COMPRESS[other](b"abc"), b"", b"\x00"):
        with pytest.raises(StatusError):
            inflate(data, form, max_bytes=1_000)
