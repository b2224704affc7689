"""Where text stands in a half-written page."""

import pytest

from shared.worker_templates.place import TEXT, Place, open_string, place


@pytest.mark.parametrize(
    ("page", "expected"),
    [
        ("", TEXT),
        ("<p>text", TEXT),
        ("<p", TEXT),
        ('<a href="', Place(quote='"')),
        ("<a href='x", Place(quote="'", value="x")),
        ('<a href="x" title = "y z', Place(quote='"', value="y z")),
        ("<a href=", Place(bare=True)),
        ("<a href=x", Place(value="x", bare=True)),
        ('<a href="x">', TEXT),
        ('<a\n  disabled\n  href="', Place(quote='"')),
        ('<a title=">" href="', Place(quote='"')),
        ("<a title='\"' href='", Place(quote="'")),
        ('<!-- <a href="', TEXT),
        ('<!-- <a href="" --><a href="', Place(quote='"')),
        ('<script>if (a < b) x = "', TEXT),
        ('<script>"<a href=\'"</script><b class="', Place(quote='"')),
        ('<style>a[href="x"] {}</style><b class="', Place(quote='"')),
        ('1 < 2 <b class="', Place(quote='"')),
        ("</p", TEXT),
    ],
)
def test_the_place_is_known(page: str, expected: Place) -> None:
    assert place(page, 0)[0] == expected


def test_reading_on_comes_to_the_same_as_reading_anew() -> None:
    page = "<!-- a --><script>x = '<b c=\"'</script>text <i title='it is'>more</i><a href=\"x" + '" rel=' + "y><b"
    since = 0
    for end in range(len(page) + 1):
        read_on, since = place(page[:end], since)
        assert read_on == place(page[:end], 0)[0], page[:end]


@pytest.mark.parametrize(
    ("value", "quote"),
    [
        ("", ""),
        ("plain text, it's", ""),
        ("[", ""),
        ('[{ name: "', '"'),
        ("['", "'"),
        ("['a', '", "'"),
        ("['a', ", ""),
        (" [\n{ name: &#34;a&#34;, parentName: &#34;", '"'),
        (r'["a\"b', '"'),
        (r'["a\\", ', ""),
        ("""["it's""", '"'),
    ],
)
def test_an_open_string_in_a_list_is_seen(value: str, quote: str) -> None:
    assert open_string(value) == quote
