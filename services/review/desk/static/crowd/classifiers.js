/** crowd-classifier, crowd-image-classifier, its multi-select, and crowd-rekognition-detect-moderation-labels. */

import { Classifier, nameOf } from "./classifier.js";
import { h } from "./dom.js";
import { readList } from "./list.js";
import { dialogWith } from "./panels.js";
import { picture } from "./picture.js";

/** One category, answered as `{name: {label}}`. */
export class CrowdClassifier extends Classifier {
  static role = "radiogroup";
  static inputType = "radio";

  get value() {
    return this.chosen.length ? nameOf(this.chosen[0]) : "";
  }

  set value(label) {
    this.choose((category) => nameOf(category) === label);
  }

  answer() {
    return this.chosen.length ? { [this.name]: { label: this.value } } : {};
  }

  restore(content) {
    this.value = content[this.name]?.label;
  }
}

/** As crowd-classifier, for an image, with a comment where the template asks for one. */
export class CrowdImageClassifier extends CrowdClassifier {
  extras() {
    const asked = this.querySelector(":scope > worker-comment");
    if (!asked) return [];
    asked.slot = "comment";
    const header = asked.getAttribute("header") || "Add a comment";
    const opener = asked.getAttribute("link-text") || "Add a comment";
    this.comment = h("textarea", { placeholder: asked.getAttribute("placeholder") ?? "", "aria-label": header });
    this.comment.addEventListener("change", () => this.changed());
    const content = [h("h3", { textContent: header }), h("slot", { name: "comment" }), this.comment];
    return [h("div", { className: "comment" }, ...dialogWith(opener, false, header, ...content))];
  }

  view(source) {
    let overlay = null;
    try {
      overlay = readList(this.getAttribute("overlay") || "null");
    } catch {
      // An overlay is there to help: the image is worth showing without it.
    }
    const boxes = overlay?.boundingBox?.value;
    return [picture(source, "The image of this task", { boxes, mask: overlay?.semanticSegmentation?.src })];
  }

  answer() {
    const said = this.comment?.value.trim();
    if (!this.chosen.length) return {};
    return { [this.name]: said ? { label: this.value, workerComment: said } : { label: this.value } };
  }

  restore(content) {
    super.restore(content);
    if (this.comment) this.comment.value = content[this.name]?.workerComment ?? "";
  }
}

/** Several categories, or by a button of its own none of them, which answers the empty list. */
class MultipleChoice extends Classifier {
  static role = "group";
  static inputType = "checkbox";
  #isNone = false;

  get exclusion() {
    const written = this.getAttribute("exclusion-category");
    if (!written) return "";
    try {
      return written.trim().startsWith("{") ? String(readList(written).text ?? "") : written;
    } catch {
      return written;
    }
  }

  afterChoices() {
    if (!this.exclusion) return [];
    this.none = h("button", { type: "button", className: "choice exclusion", "aria-pressed": "false" });
    this.none.append(h("span", { className: "what" }, this.exclusion), h("kbd", { textContent: "0", "aria-hidden": "true" }));
    this.none.addEventListener("click", () => {
      this.#setNone(!this.#isNone);
      this.changed();
    });
    this.#isNone = false;
    return [this.none];
  }

  /** Categories are deselected and can't be chosen as long as it is none of them. */
  #setNone(isNone) {
    this.#isNone = isNone;
    this.none?.setAttribute("aria-pressed", String(isNone));
    for (const input of this.inputs) {
      if (isNone) input.checked = false;
      input.disabled = isNone;
    }
  }

  isChosen() {
    return this.#isNone || super.isChosen();
  }

  wanted() {
    return this.exclusion ? `Choose at least one category, or “${this.exclusion}”.` : "Choose at least one category.";
  }

  pressZero() {
    this.none?.click();
  }

  keep(list, isSame) {
    this.#setNone(Array.isArray(list) && list.length === 0 && Boolean(this.exclusion));
    if (!this.#isNone) this.choose((category) => Array.isArray(list) && list.some((kept) => isSame(category, kept)));
    this.changed(false);
  }

  formResetCallback() {
    this.#setNone(false);
    super.formResetCallback();
  }
}

export class CrowdImageClassifierMultiSelect extends MultipleChoice {
  get value() {
    return { labels: this.chosen.map(nameOf) };
  }

  answer() {
    return this.isChosen() ? { [this.name]: this.value } : {};
  }

  restore(content) {
    this.keep(content[this.name]?.labels, (category, kept) => nameOf(category) === kept);
  }
}

const MODERATION = "AWS/Rekognition/DetectModerationLabels/Image/V3";

/**
 * The labels of Rekognition that are right for an image, as whole objects. The answer's list is `moderationLabels` as in
 * A2I's output.json; the element's own page in the guide has a capital M.
 */
export class CrowdModerationLabels extends MultipleChoice {
  get value() {
    return { moderationLabels: this.chosen.map((label) => (typeof label === "object" ? { ...label } : label)) };
  }

  answer() {
    return this.isChosen() || !this.exclusion ? { [MODERATION]: this.value } : {};
  }

  /** Amazon's default template has no button for none: then nothing chosen says so. */
  isChosen() {
    return !this.exclusion || super.isChosen();
  }

  restore(content) {
    const list = content[MODERATION]?.moderationLabels;
    this.keep(list, (category, kept) => nameOf(category) === nameOf(kept));
  }
}
