"""Describe data sets as a catalogue in DCAT (W3C, version 3), written as JSON-LD for harvesters such as CKAN's.

The prefixes stand in the document, so that a reader needs no other address to understand it.
"""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from calendar_app.text.markup import uri

Json = dict[str, Any]

CONTEXT = {
    "dcat": "http://www.w3.org/ns/dcat#",
    "dct": "http://purl.org/dc/terms/",
    "foaf": "http://xmlns.com/foaf/0.1/",
    "vcard": "http://www.w3.org/2006/vcard/ns#",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
    "cnt": "http://www.w3.org/2011/content#",
}
MEDIA_TYPES = "https://www.iana.org/assignments/media-types/"
CONTINUOUSLY = "http://publications.europa.eu/resource/authority/frequency/CONT"


@dataclass(frozen=True, slots=True)
class Distribution:
    """One file of a data set. `address` and `described_by` are absolute; `encoding` is "" for UTF-8."""

    address: str
    title: str
    media_type: str
    encoding: str = ""
    described_by: str = ""


@dataclass(frozen=True, slots=True)
class Dataset:
    """A data set: its page, its texts by language code, and its files. `changed` is an instant."""

    page: str
    title: dict[str, str]
    description: dict[str, str]
    changed: datetime
    distributions: Sequence[Distribution]
    keywords: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Catalogue:
    """All data sets of a town. `licence` is an address or a name, `contact` the address of a page."""

    page: str
    title: str
    publisher: str
    publisher_page: str
    licence: str
    contact: str
    language: str
    place: str


def render(catalogue: Catalogue, datasets: Iterable[Dataset]) -> bytes:
    """Return the catalogue with its data sets."""
    described = [_dataset(dataset, catalogue) for dataset in datasets]
    document = {
        "@context": CONTEXT,
        "@id": uri(catalogue.page),
        "@type": "dcat:Catalog",
        "dct:title": _said({catalogue.language: catalogue.title}),
        "dct:publisher": _publisher(catalogue),
        "dct:license": _licence(catalogue),
        "dct:modified": max((each["dct:modified"] for each in described), key=lambda each: each["@value"]),
        "dcat:dataset": described,
    }
    return json.dumps(document, ensure_ascii=False, indent=1).encode() + b"\n"


def _dataset(dataset: Dataset, catalogue: Catalogue) -> Json:
    return {
        "@id": uri(dataset.page),
        "@type": "dcat:Dataset",
        "dct:identifier": uri(dataset.page),
        "dct:title": _said(dataset.title),
        "dct:description": _said(dataset.description),
        "dct:publisher": _publisher(catalogue),
        "dct:license": _licence(catalogue),
        "dct:modified": {"@value": dataset.changed.isoformat(), "@type": "xsd:dateTime"},
        "dct:accrualPeriodicity": {"@id": CONTINUOUSLY},
        "dct:spatial": {"@type": "dct:Location", "dct:title": catalogue.place},
        "dcat:contactPoint": {
            "@type": "vcard:Organization",
            "vcard:fn": catalogue.publisher,
            "vcard:hasURL": {"@id": uri(catalogue.contact)},
        },
        "dcat:keyword": list(dataset.keywords),
        "dcat:landingPage": {"@id": uri(dataset.page)},
        "dcat:distribution": [_distribution(each, catalogue) for each in dataset.distributions],
    }


def _distribution(distribution: Distribution, catalogue: Catalogue) -> Json:
    described: Json = {
        "@id": f"{uri(distribution.address)}#distribution",
        "@type": "dcat:Distribution",
        "dct:title": distribution.title,
        "dct:license": _licence(catalogue),
        "dcat:accessURL": {"@id": uri(distribution.address)},
        "dcat:downloadURL": {"@id": uri(distribution.address)},
        "dcat:mediaType": {"@id": MEDIA_TYPES + distribution.media_type},
    }
    if distribution.encoding:
        described["cnt:characterEncoding"] = distribution.encoding
    if distribution.described_by:
        described["dct:conformsTo"] = {"@id": uri(distribution.described_by)}
    return described


def _publisher(catalogue: Catalogue) -> Json:
    return {"@id": uri(catalogue.publisher_page), "@type": "foaf:Organization", "foaf:name": catalogue.publisher}


def _licence(catalogue: Catalogue) -> Json:
    if catalogue.licence.startswith("https://"):
        return {"@id": uri(catalogue.licence)}
    return {"@type": "dct:LicenseDocument", "dct:title": catalogue.licence}


def _said(texts: dict[str, str]) -> list[Json]:
    return [{"@value": text, "@language": lang} for lang, text in texts.items()]
