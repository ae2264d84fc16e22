"""What comes down a slow line: inbox and dossier with everything they need, and what is never compressed."""

import gzip

import pytest

HEAD, COURT, FACILITY = "cax.truong.minhhoa", "toa.kv99", "coso1.truong"
#: What a page and all its parts may weigh on the line.
WEIGHT_MAX = 120_000
READS_GZIP = {"Accept": "text/html", "Accept-Encoding": "gzip"}
PARTS = "//link[@rel='stylesheet']/@href | //script/@src | //link[@rel='icon']/@href | //main//img/@src"


def fetched(visitor, path):
    """Return the answer to a browser that reads gzip, its bytes as they were sent."""
    answer = visitor.client.get(path, headers=READS_GZIP)
    answer.close()
    return answer


@pytest.mark.parametrize(
    ("username", "where"), [(HEAD, "inbox"), (COURT, "inbox"), (HEAD, "dossier"), (FACILITY, "dossier")]
)
def test_inbox_and_dossier_are_light_on_a_slow_line(after, visit, username, where):
    """Late in a life: the diary is long, the picture large."""
    scene = after("issue_completion")
    visitor = visit(scene, username)
    path = "/" if where == "inbox" else f"/dossiers/{scene.dossier_id}"
    page = visitor.get(path)
    parts = page.tree.xpath(PARTS)

    weights = {each: len(fetched(visitor, each).get_data()) for each in [path, *parts]}

    assert len(weights) >= 5
    assert sum(weights.values()) <= WEIGHT_MAX, weights


def test_a_compressed_page_is_the_same_page(after, visit):
    """What is unpacked is what a browser without gzip gets, but for the token of its forms."""
    visitor = visit(after("file_to_court"), COURT)
    packed = fetched(visitor, "/")

    text = gzip.decompress(packed.get_data()).decode()

    assert packed.headers["Content-Encoding"] == "gzip"
    assert "Accept-Encoding" in packed.headers["Vary"]
    assert "</html>" in text
    assert "Content-Encoding" not in visitor.get("/").response.headers


def test_the_size_of_a_page_does_not_tell_what_it_holds(after, visit):
    """The same page has another size each time."""
    visitor = visit(after("file_to_court"), COURT)

    sizes = {len(fetched(visitor, "/").get_data()) for _ in range(12)}

    assert len(sizes) > 3


def test_answers_of_the_programming_interface_stay_exact(after, visit):
    """Their ETags speak of bytes."""
    scene = after("file_to_court")
    visitor = visit(scene, COURT)

    answer = visitor.client.get(f"{scene.path}", headers={"Accept-Encoding": "gzip"})

    assert answer.status_code in (200, 401)
    assert "Content-Encoding" not in answer.headers
