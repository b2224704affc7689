"""The notation that tells the emulator what a picture shows."""

import pytest
from gavel_emulator.rekognition.notation import NotationError, parse_scene
from gavel_emulator.rekognition.scene import Box, Scene, Seen


def test_a_scene_is_read_from_three_texts() -> None:
    scene = parse_scene(
        labels="Weapon Violence:92.6, Drinking:71.2", content_types="Illustrated:93.9", objects="Robin:91"
    )
    assert scene == Scene(
        moderation=(Seen("Weapon Violence", 92.6), Seen("Drinking", 71.2)),
        content_types=(Seen("Illustrated", 93.9),),
        objects=(Seen("Robin", 91.0),),
    )


def test_an_empty_text_means_that_nothing_is_there() -> None:
    assert parse_scene(labels="  ") == Scene()


@pytest.mark.parametrize("label", ["Blood & Gore", "Self-Harm", "Drugs & Tobacco Paraphernalia & Use"])
def test_names_are_spelt_as_rekognition_spells_them(label: str) -> None:
    assert parse_scene(labels=f"{label}:50").moderation == (Seen(label, 50.0),)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("Violence", "'Violence' is not of the form <name>:<confidence>"),
        ("Violence:", "'Violence:' is not of the form"),
        (":90", "':90' is not of the form"),
        ("Violence:high", "'Violence:high' is not of the form"),
        ("Violence:-3", "'Violence:-3' is not of the form"),
        ("Violence:1e2", "'Violence:1e2' is not of the form"),
        ("Smoking@1200-4800:88.1", "'Smoking@1200-4800:88.1' is not of the form"),
        ("Violence:90,", "'' is not of the form"),
        ("Violence:90,,Alcohol:80", "'' is not of the form"),
        ("Violence:100.1", "the confidence of 'Violence' is 100.1, more than 100"),
        ("Violence:90,Violence:80", "'Violence' is named twice"),
        ("weapon violence:90", "'weapon violence' is not a label of the moderation taxonomy 7.0; did you mean"),
        ("Suggestive:90", "'Suggestive' is not a label of the moderation taxonomy 7.0"),
    ],
)
def test_a_bad_text_is_refused_with_its_reason(text: str, problem: str) -> None:
    with pytest.raises(NotationError) as refused:
        parse_scene(labels=text)
    assert problem in str(refused.value)


def test_every_problem_is_told_at_once() -> None:
    with pytest.raises(NotationError) as refused:
        parse_scene(labels="Violense:90,Alcohol", content_types="Painted:80", objects="Robbin:70")
    told = str(refused.value)
    assert "did you mean 'Violence'?" in told
    assert "'Alcohol' is not of the form" in told
    assert "'Painted' is not a content type" in told
    assert "did you mean 'Robin'?" in told


def test_objects_may_say_where_they_are() -> None:
    (robin,) = parse_scene(objects="Robin:91@0.1/0.2/0.3/0.4@0.5/0.5/0.5/0.5/88.5").objects
    assert robin.boxes == (
        Box(left=0.1, top=0.2, width=0.3, height=0.4, confidence=91.0),
        Box(left=0.5, top=0.5, width=0.5, height=0.5, confidence=88.5),
    )


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("Robin:91@0.1/0.2/0.3", "the box '0.1/0.2/0.3' is not of the form"),
        ("Robin:91@0.1/0.2/0.3/0.4/90/1", "is not of the form"),
        ("Robin:91@", "'Robin:91@' is not of the form"),
        ("Robin:91@0.8/0/0.3/0.4", "is not a part of the picture"),
        ("Robin:91@0.1/0/0/0.4", "is not a part of the picture"),
        ("Robin:91@0.1/0/0.1/0.4/101", "is not a part of the picture"),
    ],
)
def test_a_box_that_is_none_is_refused(text: str, problem: str) -> None:
    with pytest.raises(NotationError) as refused:
        parse_scene(objects=text)
    assert problem in str(refused.value)


def test_only_objects_have_boxes() -> None:
    with pytest.raises(NotationError, match=r"is not of the form <name>:<confidence>$"):
        parse_scene(labels="Violence:90@0.1/0.2/0.3/0.4")
