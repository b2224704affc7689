"""What the emulator sees: metadata, a labels file, or a model."""

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest
from gavel_emulator.rekognition.detectors.labels_file import LabelsBook, LabelsFileError
from gavel_emulator.rekognition.detectors.nudenet import NudeNet, to_taxonomy
from gavel_emulator.rekognition.detectors.port import FirstToKnow
from gavel_emulator.rekognition.detectors.scripted import Scripted
from gavel_emulator.rekognition.errors import RekognitionError
from gavel_emulator.rekognition.images import decode
from gavel_emulator.rekognition.scene import Picture, Scene, Seen

from tests import media

SOURCE = "ab" * 32


def picture(**metadata: str) -> Picture:
    return decode(media.png(), {name.replace("_", "-"): text for name, text in metadata.items()})


@pytest.fixture
def book() -> LabelsBook:
    return LabelsBook()


def test_metadata_says_what_a_picture_shows(book: LabelsBook) -> None:
    scene = Scripted(book).look(
        picture(gavel_labels="Drinking:71.2", gavel_content_types="Animated:60", gavel_objects="Robin:91")
    )
    assert scene == Scene(
        moderation=(Seen("Drinking", 71.2),),
        content_types=(Seen("Animated", 60.0),),
        objects=(Seen("Robin", 91.0),),
    )


def test_a_picture_without_a_script_is_unknown(book: LabelsBook) -> None:
    assert Scripted(book).look(picture(author="somebody")) is None


def test_empty_metadata_says_that_a_picture_shows_nothing(book: LabelsBook) -> None:
    assert Scripted(book).look(picture(gavel_labels="")) == Scene()


def test_a_labels_file_says_what_a_content_shows(book: LabelsBook) -> None:
    book.add({hashlib.sha256(media.png()).hexdigest().upper(): {"labels": "Drinking:71.2"}})
    assert Scripted(book).look(picture()) == Scene(moderation=(Seen("Drinking", 71.2),))


def test_the_hash_of_a_derivatives_source_is_looked_up_first(book: LabelsBook) -> None:
    book.add({SOURCE: {"labels": "Drinking:71.2"}, picture().sha256: {"labels": "Smoking:80"}})
    assert Scripted(book).look(picture(gavel_source_sha256=SOURCE)) == Scene(moderation=(Seen("Drinking", 71.2),))
    assert Scripted(book).look(picture(gavel_source_sha256="cd" * 32)) == Scene(moderation=(Seen("Smoking", 80.0),))


def test_metadata_wins_over_the_file_one_kind_at_a_time(book: LabelsBook) -> None:
    book.add({picture().sha256: {"labels": "Drinking:71.2", "objects": "Wine:90"}})
    assert Scripted(book).look(picture(gavel_labels="Smoking:60")) == Scene(
        moderation=(Seen("Smoking", 60.0),), objects=(Seen("Wine", 90.0),)
    )


def test_bad_metadata_is_an_error_and_never_an_empty_scene(book: LabelsBook) -> None:
    with pytest.raises(RekognitionError) as refused:
        Scripted(book).look(picture(gavel_labels="Violense:90"))
    assert (refused.value.code, refused.value.status) == ("InvalidParameterException", 400)
    assert "did you mean 'Violence'?" in refused.value.message


def test_an_entry_replaces_the_former_of_the_same_content(book: LabelsBook) -> None:
    assert book.add({SOURCE: {"labels": "Drinking:71.2"}, "cd" * 32: {}}) == 2
    book.add({SOURCE.upper(): {"labels": "Smoking:60"}})
    assert book.find(SOURCE) == Scene(moderation=(Seen("Smoking", 60.0),))
    assert book.entries() == {SOURCE: {"labels": "Smoking:60"}, "cd" * 32: {}}
    book.clear()
    assert book.find(SOURCE) is None


@pytest.mark.parametrize(
    ("document", "problem"),
    [
        ([], "the labels must be an object"),
        ({"abc": {}}, "abc: not a SHA-256 in hex"),
        ({SOURCE: "Violence:90"}, "not an object"),
        ({SOURCE: {"label": "Violence:90"}}, "unknown part 'label'; there are labels, content_types, objects"),
        ({SOURCE: {"labels": ["Violence:90"]}}, "labels is not a text"),
        ({SOURCE: {"labels": "Violense:90"}}, "did you mean 'Violence'?"),
    ],
)
def test_a_bad_labels_file_is_refused_whole(book: LabelsBook, document: Any, problem: str) -> None:
    with pytest.raises(LabelsFileError) as refused:
        book.add({**document, "cd" * 32: {"labels": "Smoking:60"}} if isinstance(document, dict) else document)
    assert problem in str(refused.value)
    assert book.entries() == {}


def test_every_bad_entry_of_a_labels_file_is_told(book: LabelsBook) -> None:
    with pytest.raises(LabelsFileError) as refused:
        book.add({"abc": {}, SOURCE: {"labels": "Violense:90"}})
    assert len(str(refused.value).splitlines()) == 2


@pytest.mark.parametrize("name", ["labels.json", "labels.yaml"])
def test_a_labels_file_is_json_or_yaml(tmp_path: Path, book: LabelsBook, name: str) -> None:
    path = tmp_path / name
    text = (
        json.dumps({SOURCE: {"labels": "Smoking:60"}})
        if name.endswith("json")
        else f"{SOURCE}:\n  labels: Smoking:60\n"
    )
    path.write_text(text, "utf-8")
    book.add_file(path)
    assert book.find(SOURCE) == Scene(moderation=(Seen("Smoking", 60.0),))


@pytest.mark.parametrize(
    ("name", "text"), [("labels.json", "{"), ("labels.yaml", "a: ["), ("labels.json", '{"abc": {}}')]
)
def test_a_labels_file_that_cannot_be_read_is_named(tmp_path: Path, book: LabelsBook, name: str, text: str) -> None:
    path = tmp_path / name
    path.write_text(text, "utf-8")
    with pytest.raises(LabelsFileError, match=name):
        book.add_file(path)
    with pytest.raises(LabelsFileError, match=r"missing\.json"):
        book.add_file(tmp_path / "missing.json")


def test_the_first_detector_that_knows_a_picture_speaks(book: LabelsBook) -> None:
    class Blind:
        def look(self, picture: Picture) -> Scene | None:
            return Scene(objects=(Seen("Robin", 1.0),))

    detector = FirstToKnow([Scripted(book), Blind()])
    assert detector.look(picture(gavel_labels="")) == Scene()
    assert detector.look(picture()) == Scene(objects=(Seen("Robin", 1.0),))
    assert FirstToKnow([Scripted(book)]).look(picture()) == Scene()


def test_a_models_classes_are_mapped_to_the_taxonomy() -> None:
    found = [
        {"class": "FACE_FEMALE", "score": 0.9},
        {"class": "FEMALE_BREAST_EXPOSED", "score": 0.6},
        {"class": "FEMALE_BREAST_EXPOSED", "score": 0.8},
        {"class": "BUTTOCKS_EXPOSED", "score": 0.5},
        {"class": "ANUS_EXPOSED", "score": 0.25},
    ]
    assert to_taxonomy(found) == (Seen("Exposed Female Nipple", 80.0), Seen("Exposed Buttocks or Anus", 50.0))


def test_a_covered_breast_alone_may_be_a_pullover() -> None:
    breast, genitalia = (
        {"class": "FEMALE_BREAST_COVERED", "score": 0.5},
        {"class": "FEMALE_GENITALIA_COVERED", "score": 0.75},
    )
    assert to_taxonomy([breast]) == ()
    assert to_taxonomy([breast, genitalia]) == (Seen("Female Swimwear or Underwear", 75.0),)


@pytest.mark.parametrize("content", [media.png(), media.sixteen_bit_png(), media.grey_jpeg(), media.transparent_png()])
def test_the_model_is_shown_rows_of_blue_green_and_red_whatever_the_file(content: bytes) -> None:
    class Model:
        def detect(self, image: Any) -> list[dict[str, Any]]:
            assert image.shape == (media.SIZE[1], media.SIZE[0], 3)
            assert image.dtype == "uint8"
            return [{"class": "MALE_GENITALIA_EXPOSED", "score": 0.5}]

    scene = NudeNet(Model()).look(decode(content, {}))
    assert scene == Scene(moderation=(Seen("Exposed Male Genitalia", 50.0),))
