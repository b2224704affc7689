/** crowd-classifier, crowd-image-classifier, its multi-select, and crowd-rekognition-detect-moderation-labels. */

import { Control } from "./control.js";
import { h, isTyping, newId, sheet } from "./dom.js";
import { readList } from "./list.js";
import { dialogWith } from "./panels.js";
import { picture } from "./picture.js";

const TOOL = sheet(`
  :host { display: block; color: var(--ink); }
  .tool {
    display: grid; gap: 1em 1.5em; grid-template: "area side" auto "notes side" 1fr / minmax(0, 3fr) minmax(17em, 1fr);
  }
  .annotation-area { grid-area: area; min-width: 0; }
  .side { grid-area: side; min-width: 0; }
  .notes { grid-area: notes; min-width: 0; }
  @media (max-width: 700px) { .tool { grid-template: "area" auto "side" auto "notes" auto / minmax(0, 1fr); } }
  .stage { overflow: hidden; border-radius: 6px; }
  .choice.exclusion { width: 100%; text-align: left; margin-top: .8em; }
  .choice.exclusion[aria-pressed="true"] { border-color: var(--accent); background: var(--chosen); font-weight: 600; }
  .nothing { color: var(--ink-2); }
  .comment { margin-top: .8em; }
  textarea { width: 100%; min-height: 6em; }
`);

const PICKERS =
  "crowd-classifier, crowd-image-classifier, crowd-image-classifier-multi-select, crowd-rekognition-detect-moderation-labels";
const REGIONS = ["short-instructions", "full-instructions"];

/** Something to look at on one side, categories to choose from on the other. Digits choose, where it is alone. */
class Classifier extends Control {
  static sheets = [TOOL];
  static observedAttributes = ["categories", "disabled", "exclusion-category", "header", "src"];
  #categories = [];
  #isUnreadable = false;
  #shown = null;
  #onKey = (event) => this.#press(event);

  get name() {
    return this.getAttribute("name") || this.localName;
  }

  /** What can be chosen: texts, or objects with a `name`. */
  get categories() {
    return this.#categories;
  }

  set categories(list) {
    this.#categories = Array.isArray(list) ? list : [];
    this.#isUnreadable = false;
    this.#shown = this.getAttribute("categories");
    this.#showChoices();
    this.changed(false);
  }

  build() {
    const id = newId("header");
    this.heading = h("h2", { id });
    this.stage = h("div", { className: "stage" });
    this.choices = h("fieldset", { className: "category-picker-wrapper", role: this.constructor.role, "aria-labelledby": id });
    for (const child of this.children) if (REGIONS.includes(child.localName)) child.slot = "instructions";
    const side = h("div", { className: "side" }, this.choices, this.problemLine, ...this.extras());
    const area = h("section", { className: "annotation-area" }, this.heading, this.stage, h("slot"));
    const notes = h("div", { className: "notes" }, h("slot", { name: "instructions" }));
    this.shadowRoot.append(h("div", { className: "tool" }, area, side, notes));
  }

  extras() {
    return [];
  }

  connectedCallback() {
    super.connectedCallback();
    document.addEventListener("keydown", this.#onKey);
  }

  disconnectedCallback() {
    document.removeEventListener("keydown", this.#onKey);
  }

  update() {
    this.heading.textContent = this.getAttribute("header") ?? "";
    this.heading.hidden = !this.heading.textContent;
    const source = this.getAttribute("src");
    if (source && this.stage.dataset.src !== source) {
      this.stage.dataset.src = source;
      this.stage.replaceChildren(...this.view(source));
    }
    const written = this.getAttribute("categories");
    if (written !== this.#shown) this.#read(written);
    else this.choices.disabled = this.disabled;
    super.update();
  }

  view(source) {
    return [picture(source, "The image of this task")];
  }

  #read(written) {
    this.#shown = written;
    try {
      const list = readList(written || "[]");
      this.#isUnreadable = !Array.isArray(list);
      this.#categories = this.#isUnreadable ? [] : list;
    } catch {
      this.#isUnreadable = true;
      this.#categories = [];
    }
    this.#showChoices();
  }

  #showChoices() {
    if (!this.choices) return;
    const group = newId("choice");
    const rows = this.#categories.map((category, index) => this.#choice(category, index, group));
    if (this.#isUnreadable) rows.push(h("p", { className: "problem" }, "The categories of this task can't be read."));
    else if (!rows.length) rows.push(h("p", { className: "nothing" }, "There are no categories to choose from."));
    this.choices.replaceChildren(...rows, ...this.afterChoices());
    this.choices.disabled = this.disabled;
  }

  #choice(category, index, group) {
    const input = h("input", { type: this.constructor.inputType, name: group, value: String(index) });
    input.addEventListener("change", () => this.changed());
    const what = h("span", { className: "what" }, nameOf(category));
    if (category?.parentName) what.append(" ", h("small", {}, `in ${category.parentName}`));
    const key = index < 9 ? [h("kbd", { textContent: String(index + 1), "aria-hidden": "true" })] : [];
    return h("label", { className: "choice" }, input, what, ...key);
  }

  afterChoices() {
    return [];
  }

  get inputs() {
    return [...(this.choices?.querySelectorAll("input") ?? [])];
  }

  get chosen() {
    return this.inputs.filter((input) => input.checked).map((input) => this.#categories[Number(input.value)]);
  }

  choose(isChosen) {
    for (const input of this.inputs) input.checked = isChosen(this.#categories[Number(input.value)]);
    this.changed(false);
  }

  lack() {
    if (this.disabled) return "";
    if (this.#isUnreadable) return "The categories of this task can't be read.";
    return this.isChosen() ? "" : this.wanted();
  }

  isChosen() {
    return this.chosen.length > 0;
  }

  wanted() {
    return "Choose a category.";
  }

  focus() {
    (this.inputs.find((input) => input.checked) ?? this.inputs[0])?.focus();
  }

  formResetCallback() {
    this.choose(() => false);
  }

  pressZero() {}

  #press(event) {
    if (!/^[0-9]$/.test(event.key) || event.repeat || isTyping(event)) return;
    if (this.disabled || document.querySelectorAll(PICKERS).length !== 1) return;
    if (event.key === "0") return this.pressZero();
    const input = this.inputs[Number(event.key) - 1];
    if (input && !input.disabled) input.click();
  }
}

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

function nameOf(category) {
  return String(typeof category === "object" && category !== null ? (category.name ?? "") : category);
}
