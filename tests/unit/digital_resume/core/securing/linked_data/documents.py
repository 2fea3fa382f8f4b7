"""Hypothesis strategies: JSON-LD documents of many shapes, sensible and hostile, with contexts to match."""

from typing import Any

import pyoxigraph as ox
from hypothesis import strategies as st

from digital_resume.core.securing.linked_data.rdfc import HashName

V2 = "https://www.w3.org/ns/credentials/v2"
BADGES = "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json"
CITIZENSHIP = "https://w3id.org/citizenship/v4rc1"
EXAMPLES = "https://www.w3.org/ns/credentials/examples/v2"
XSD = "http://www.w3.org/2001/XMLSchema#"

TERMS = ["a", "b", "c", "d", "e", "f"]
TYPES = ["T", "U", "V"]

texts = st.one_of(
    st.sampled_from(["", "x", "값", 'a"b', "a\\b", "line\nline", "\x00\x07\x7f", "\u2028\u0085\ufffe", "😀"]),
    st.text(max_size=6),
)
iris = st.sampled_from(
    ["urn:x:1", "urn:x:2", "https://a.example/1", "p:y", "p://y", "did:key:z6Mk", "data:,x", "T", "a"]
)
odd_iris = st.sampled_from(
    ["", "relative", "_:x", "_:y", "a b:c", "urn:x>y", "//a.example", "#f", "@id", ":x"]
)
scalars = st.one_of(
    texts,
    iris,
    st.integers(-5, 5),
    st.booleans(),
    st.sampled_from([None, 1.5, -0.0, 5.0, 1e21, 1e-7, 2**53 - 1, 2**53]),
)

# Definitions of terms, the ordinary ones more often.
_plain_definitions = st.sampled_from(
    [
        "urn:t:a",
        "urn:t:b",
        "p:c",
        {"@id": "urn:t:d"},
        {"@id": "urn:t:e", "@type": "@id"},
        {"@id": "urn:t:f", "@type": "@vocab"},
        {"@id": "urn:t:g", "@type": XSD + "date"},
        {"@id": "urn:t:h", "@container": "@set"},
        {"@id": "urn:t:h", "@type": "@id", "@container": "@set"},
    ]
)
_odd_definitions = st.sampled_from(
    [
        None,
        "@type",
        "@value",
        "@nest",
        "relative",
        {"@id": "urn:t:i", "@type": XSD + "double"},
        {"@id": "urn:t:j", "@type": "@json"},
        {"@id": "urn:t:k", "@container": "@list"},
        {"@id": "urn:t:l", "@container": "@language"},
        {"@id": "urn:t:m", "@container": "@index"},
        {"@id": "urn:t:n", "@container": "@graph"},
        {"@id": "urn:t:o", "@container": "@id"},
        {"@id": "urn:t:p", "@container": "@type"},
        {"@id": "urn:t:q", "@language": "ko"},
        {"@id": "urn:t:r", "@type": "@none"},
        {"@id": "urn:t:s", "@protected": True},
        {"@reverse": "urn:t:t"},
        {"@id": "urn:t:u", "@direction": "rtl"},
    ]
)


def _definitions(contexts: Any) -> Any:
    scoped = st.builds(
        lambda definition, context: {**definition, "@context": context},
        st.sampled_from([{"@id": "urn:s:a"}, {"@id": "urn:s:b", "@type": "@id"}]),
        contexts,
    )
    return st.one_of(_plain_definitions, _plain_definitions, scoped, _odd_definitions)


def _inline(depth: int) -> Any:
    inner = st.one_of(st.none(), _inline(depth - 1)) if depth else None
    definitions = _plain_definitions if inner is None else _definitions(inner)
    members = st.dictionaries(st.sampled_from(TERMS + TYPES), definitions, max_size=6)
    options = st.fixed_dictionaries(
        {},
        optional={
            "@vocab": st.sampled_from(["urn:v:", "urn:w#"]),
            "@protected": st.booleans(),
            "@propagate": st.booleans(),
            "p": st.sampled_from(["urn:p:", {"@id": "urn:p2:", "@prefix": True}]),
        },
    )
    return st.builds(lambda a, b: {**a, **b}, members, options)


_basic = {"id": "@id", "type": "@type"}
_common = {
    **_basic,
    "@vocab": "urn:v:",
    "a": "urn:t:a",
    "b": {"@id": "urn:t:b", "@type": "@id"},
    "c": {"@id": "urn:t:c", "@type": XSD + "date"},
    "d": {"@id": "urn:t:d", "@context": {"a": "urn:d:a", "T": "urn:d:T"}},
    "T": {"@id": "urn:t:T", "@context": {"a": "urn:T:a", "e": {"@id": "urn:T:e", "@type": "@vocab"}}},
    "U": {"@id": "urn:t:U", "@context": {"@propagate": True, "b": "urn:U:b"}},
}

inline_contexts = st.builds(lambda context: {**_basic, **context}, _inline(2))
contexts = st.one_of(
    st.just(_common),
    st.just(_common),
    inline_contexts,
    st.lists(
        st.one_of(st.just(V2), st.just(BADGES), st.just(EXAMPLES), inline_contexts), min_size=1, max_size=3
    ),
    st.sampled_from([V2, [V2, BADGES], [V2, CITIZENSHIP], [V2, EXAMPLES]]),
)

_keywords = st.sampled_from(
    ["@value", "@list", "@set", "@graph", "@language", "@index", "@included", "@nest"]
)
_names = st.one_of(
    st.sampled_from(TERMS),
    st.sampled_from(TERMS),
    st.sampled_from(["name", "description", "credentialSubject", "issuer", "evidence", "p:z", "urn:z"]),
    _keywords,
)


def _objects(children: Any) -> Any:
    return st.builds(
        lambda members, identity: {**members, **identity},
        st.dictionaries(_names, st.one_of(children, st.lists(children, max_size=3)), max_size=4),
        st.fixed_dictionaries(
            {},
            optional={
                "id": st.one_of(iris, iris, odd_iris),
                "type": st.one_of(
                    st.sampled_from(TYPES),
                    st.lists(st.sampled_from([*TYPES, "VerifiableCredential", "Person"]), max_size=3),
                    odd_iris,
                ),
                "@context": st.one_of(_inline(1), st.none()),
            },
        ),
    )


values = st.recursive(scalars, _objects, max_leaves=10)
documents = st.builds(lambda context, body: {**body, "@context": context}, contexts, _objects(values))
"""Documents of every kind; many are refused."""

_tame_values = st.recursive(
    st.one_of(texts, st.integers(-9, 9), st.booleans()),
    lambda inner: st.builds(
        lambda members, identity: {**members, **identity},
        st.dictionaries(
            st.sampled_from(["a", "c", "d", "f", "x1", "x2"]), st.one_of(inner, st.lists(inner)), max_size=4
        ),
        st.fixed_dictionaries(
            {},
            optional={
                "id": st.sampled_from(["urn:x:1", "urn:x:2", "urn:x:3"]),
                "type": st.lists(st.sampled_from(TYPES), max_size=2),
                "b": st.sampled_from(["urn:x:1", ["urn:y:1", "urn:y:2"]]),
            },
        ),
    ),
    max_leaves=14,
)
tame_documents = st.builds(
    lambda body: {"@context": _common, "type": "T", "x0": body},
    _tame_values,
)
"""Documents of the shapes that credentials have; none is refused for its form."""


ALGORITHMS: dict[HashName, Any] = {
    "sha256": ox.CanonicalizationAlgorithm.RDFC_1_0_SHA_256,
    "sha384": ox.CanonicalizationAlgorithm.RDFC_1_0_SHA_384,
}


def oxigraph(lines: list[str], hash_name: HashName) -> list[str]:
    dataset = ox.Dataset(ox.parse("".join(lines), format=ox.RdfFormat.N_QUADS))
    dataset.canonicalize(ALGORITHMS[hash_name])
    serialised = ox.serialize(dataset, format=ox.RdfFormat.N_QUADS)
    assert serialised is not None
    return sorted(line + "\n" for line in serialised.decode().split("\n") if line)


def has_surrogate(text: str) -> bool:
    return any("\ud800" <= character <= "\udfff" for character in text)
