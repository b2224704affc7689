"""Amazon's default template for moderation, as the SageMaker developer guide has it."""

import html
import re

from tests.unit.desk.cases import integrated_input, label
from tests.unit.desk.rendering import attribute, rendered

DEFAULT = """<script src="https://assets.crowd.aws/crowd-html-elements.js"></script>
{% capture s3_uri %}http://s3.amazonaws.com/{{ task.input.aiServiceRequest.image.s3Object.bucket }}/{{ task.input.aiServiceRequest.image.s3Object.name }}{% endcapture %}

<crowd-form>
  <crowd-rekognition-detect-moderation-labels
    categories='[
      {% for label in task.input.selectedAiServiceResponse.moderationLabels %}
        {
          name: "{{ label.name }}",
          parentName: "{{ label.parentName }}",
        },
      {% endfor %}
    ]'
    src="{{ s3_uri | grant_read_access }}"
    header="Review the image and choose all applicable categories."
  >
    <short-instructions header="Instructions"></short-instructions>
    <full-instructions header="Instructions"></full-instructions>
  </crowd-rekognition-detect-moderation-labels>
</crowd-form>
"""  # noqa: E501
ELEMENT = "crowd-rekognition-detect-moderation-labels"
KEY = "uploads/über the rainbow + 1 & more.jpg"


def test_it_shows_the_image_and_the_labels_that_were_asked_about() -> None:
    labels = (
        label("Weapons", "Violence", 92.6, flagged=True),
        label("Blood & Gore", "Graphic Violence", 71.0, flagged=True),
        label("Violence", "", 92.6),
    )
    page = rendered(DEFAULT, integrated_input(labels, key=KEY))
    assert attribute(page, ELEMENT, "src") == f"https://signed.example/gavel-media/{KEY}?expires=300&signature=0f"
    categories = re.sub(r"\s+", " ", attribute(page, ELEMENT, "categories"))
    assert categories == (
        '[ { name: "Weapons", parentName: "Violence", }, { name: "Blood & Gore", parentName: "Graphic Violence", }, ]'
    )
    assert "Blood &amp; Gore" in page


def test_a_label_with_quotes_stays_one_label() -> None:
    name = 'He said "hi" \\ it\'s </script> {{ x }}'
    page = rendered(DEFAULT, integrated_input((label(name, "", 90.0, flagged=True),)))
    written = attribute(page, ELEMENT, "categories")
    assert 'name: "He said \\"hi\\" \\\\ it\'s </script> {{ x }}",' in written
    assert "</script>" not in page.partition("<crowd-form>")[2]
    assert html.unescape(page).count("parentName") == 1
