/**
 * A stand-in for Amazon's crowd-html-elements: the elements that A2I's worker templates are written with.
 *
 * Written from the SageMaker developer guide ("Crowd HTML Elements Reference"): each element shows what it shows there,
 * can be worked by keyboard and with a screen reader, and gives the answer that the guide documents. Plain modules: no
 * build step, no dependencies. A page loads this file by `<script type="module">`; from a frame without an origin that
 * takes `Access-Control-Allow-Origin: *` on this file and on the folder `crowd`.
 *
 * ## Between the page of a task and the desk
 *
 * The page runs in `<iframe sandbox="allow-scripts allow-forms">` of the desk and talks to its parent by postMessage. All
 * messages are plain objects with `source` and `type`; unknown types are ignored on both sides.
 *
 * Page to desk, `source: "gavel-task"`:
 * - `{type: "ready", version: 1}`: every element is there. `restore` and `comfort` are for after this.
 * - `{type: "answer", answerContent}`: the reviewer submits. It may come again (a second Enter): the same answer, once.
 * - `{type: "draft", answerContent}`: what the answer would be now, at most every 300 ms while it changes.
 * - `{type: "height", px}`: how tall the page is, when that changes.
 *
 * Desk to page, `source: "gavel-desk"`; believed only from the parent window:
 * - `{type: "restore", answerContent}`: a draft or an answer of before, put back into the form.
 * - `{type: "comfort", blur, greyscale}`: how this reviewer wants pictures to begin (booleans). A template in which an
 *   element has the attribute `data-gavel-comfort` does it itself. For all others this file veils `img`, `video` and
 *   `canvas` and adds two buttons, with the keys B and G.
 *
 * The page has no origin, so the desk knows it by `event.source === frame.contentWindow` and never by `event.origin`, and
 * posts to it with the target origin "*". Keys reach the page when the frame has the focus: focus it on `ready`.
 */

import { CrowdBoundingBox } from "./crowd/boxes.js";
import { CrowdBadge, CrowdButton, CrowdIconButton, IronIcon } from "./crowd/buttons.js";
import { CrowdCheckbox, CrowdRadioButton, CrowdRadioGroup, CrowdToggleButton } from "./crowd/choices.js";
import {
  CrowdClassifier,
  CrowdImageClassifier,
  CrowdImageClassifierMultiSelect,
  CrowdModerationLabels,
} from "./crowd/classifiers.js";
import { meetDesk } from "./crowd/desk.js";
import { CrowdEntityAnnotation, EntityText } from "./crowd/entities.js";
import { CrowdForm } from "./crowd/form.js";
import { CrowdInstructions, FullInstructions, ShortInstructions } from "./crowd/instructions.js";
import { CrowdAlert, CrowdCard, CrowdModal, CrowdTab, CrowdTabs } from "./crowd/panels.js";
import { CrowdInput, CrowdSlider, CrowdTextArea } from "./crowd/text.js";

// The form first: it moves what it holds, and nothing in it is built yet.
const ELEMENTS = {
  "crowd-form": CrowdForm,
  "crowd-tabs": CrowdTabs,
  "crowd-tab": CrowdTab,
  "crowd-modal": CrowdModal,
  "crowd-card": CrowdCard,
  "crowd-alert": CrowdAlert,
  "crowd-instructions": CrowdInstructions,
  "short-instructions": ShortInstructions,
  "full-instructions": FullInstructions,
  "crowd-radio-group": CrowdRadioGroup,
  "crowd-radio-button": CrowdRadioButton,
  "crowd-checkbox": CrowdCheckbox,
  "crowd-toggle-button": CrowdToggleButton,
  "crowd-input": CrowdInput,
  "crowd-text-area": CrowdTextArea,
  "crowd-slider": CrowdSlider,
  "crowd-button": CrowdButton,
  "crowd-icon-button": CrowdIconButton,
  "crowd-badge": CrowdBadge,
  "iron-icon": IronIcon,
  "crowd-classifier": CrowdClassifier,
  "crowd-image-classifier": CrowdImageClassifier,
  "crowd-image-classifier-multi-select": CrowdImageClassifierMultiSelect,
  "crowd-rekognition-detect-moderation-labels": CrowdModerationLabels,
  "crowd-bounding-box": CrowdBoundingBox,
  "gavel-entity-text": EntityText,
  "crowd-entity-annotation": CrowdEntityAnnotation,
};

for (const [name, element] of Object.entries(ELEMENTS)) customElements.define(name, element);
meetDesk();
