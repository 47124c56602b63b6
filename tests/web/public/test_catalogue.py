"""The catalogue of data sets: a harvester finds every file by it, and people find licence, columns and the last change."""

import re
from datetime import datetime
from urllib.parse import urlsplit

import pytest
from flask.testing import FlaskClient
from rdflib import Graph
from rdflib.namespace import DCAT, DCTERMS, FOAF, RDF
from rdflib.term import Node
from sqlalchemy.orm import Session

from helpers.town import NOW, published

pytestmark = pytest.mark.filterwarnings("ignore:ConjunctiveGraph is deprecated")  # rdflib itself still uses it

# What DCAT-AP asks of each class, and what CKAN's harvester makes a data set and its resources of.
REQUIRED = {
    DCAT.Catalog: (DCTERMS.title, DCTERMS.publisher, DCTERMS.license, DCAT.dataset),
    DCAT.Dataset: (
        *(DCTERMS.title, DCTERMS.description, DCTERMS.identifier, DCTERMS.modified, DCTERMS.license),
        *(DCTERMS.publisher, DCTERMS.accrualPeriodicity, DCAT.contactPoint, DCAT.landingPage, DCAT.distribution),
    ),
    DCAT.Distribution: (DCAT.accessURL, DCAT.downloadURL, DCAT.mediaType, DCTERMS.license, DCTERMS.title),
    FOAF.Organization: (FOAF.name,),
}


@pytest.fixture
def harvested(client: FlaskClient, write: Session) -> Graph:
    """The catalogue as an RDF library reads it, without asking any other address."""
    published(write)
    write.commit()
    answer = client.get("/catalog.jsonld")
    assert answer.content_type.startswith("application/ld+json")
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    return Graph().parse(data=answer.text, format="json-ld")


def path_of(node: Node) -> str:
    parts = urlsplit(str(node))
    assert (parts.scheme, parts.netloc) == ("https", "calendar.example.jp")
    return parts.path + (f"?{parts.query}" if parts.query else "")


def test_everything_in_the_catalogue_has_what_harvesters_require(harvested: Graph) -> None:
    for kind, needed in REQUIRED.items():
        found = set(harvested.subjects(RDF.type, kind))
        assert found, kind
        assert [(each, name) for each in found for name in needed if not list(harvested.objects(each, name))] == []
    assert len(set(harvested.subjects(RDF.type, DCAT.Dataset))) == 4


def test_every_file_is_there_in_the_type_and_encoding_that_it_names(client: FlaskClient, harvested: Graph) -> None:
    files = list(harvested.subject_objects(DCAT.downloadURL))
    assert len(files) > 8
    for file, address in files:
        answer = client.get(path_of(address))
        assert answer.status_code == 200, address
        assert str(harvested.value(file, DCAT.mediaType)).endswith(f"/{answer.mimetype}"), address
        assert "桜まつり" in answer.data.decode("cp932" if "cp932" in str(address) else "utf-8") or "nounc" in str(
            address
        )
    pages = [*harvested.objects(None, DCAT.landingPage), *harvested.objects(None, DCTERMS.conformsTo)]
    assert {client.get(path_of(page)).status_code for page in pages} == {200}


def test_the_catalogue_says_when_the_data_changed_last(client: FlaskClient, harvested: Graph, write: Session) -> None:
    def changed(graph: Graph) -> set[datetime]:
        moments = {value.toPython() for value in graph.objects(None, DCTERMS.modified)}  # type: ignore[attr-defined]
        return {moment.replace(second=0) for moment in moments}

    assert changed(harvested) == {NOW}
    published(write, title="夏まつり", at=NOW.replace(day=2))
    write.commit()
    assert changed(Graph().parse(data=client.get("/catalog.jsonld").text, format="json-ld")) == {NOW.replace(day=2)}


def test_the_page_of_a_data_set_names_its_licence_columns_and_last_change(
    client: FlaskClient, harvested: Graph
) -> None:
    page = client.get("/open-data/events").text
    assert 'href="https://creativecommons.org/licenses/by/4.0/" rel="license"' in page
    assert "2027年3月1日" in page
    heads = client.get("/events.csv").data.decode("utf-8-sig").splitlines()[0].split(",")
    assert re.findall(r"<li>([^<]+) <code", page) == heads
    assert client.get("/open-data/unknown").status_code == 404


def test_every_page_leads_to_the_open_data(client: FlaskClient) -> None:
    assert 'href="/open-data"' in client.get("/").text
    listed = client.get("/open-data").text
    assert {f"/open-data/{name}" in listed for name in ("events", "events-core", "calendar", "news")} == {True}
    assert "Event list" in client.get("/open-data?lang=en").text
    assert "/open-data/events" in client.get("/sitemap.xml").text
