/** What all classifiers have in common: something to look at, and categories to choose from. */

import { Control } from "./control.js";
import { h, isTyping, newId, sheet } from "./dom.js";
import { readList } from "./list.js";
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
export class Classifier extends Control {
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

/** A category's name, be it a text or an object. */
export function nameOf(category) {
  return String(typeof category === "object" && category !== null ? (category.name ?? "") : category);
}
