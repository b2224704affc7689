/** crowd-bounding-box: rectangles on an image, drawn by pointer or written as numbers. */

import { Control } from "./control.js";
import { h, isTyping, newId, sheet } from "./dom.js";
import { readList } from "./list.js";
import { boxOver, colourOf, picture } from "./picture.js";

const BOXES = sheet(`
  :host { display: block; color: var(--ink); }
  .labels { display: flex; flex-wrap: wrap; gap: .4em; margin: 0 0 .75em; }
  .labels .choice { margin: 0; border-left-width: 6px; }
  .picture { cursor: crosshair; touch-action: none; user-select: none; }
  table { border-collapse: collapse; margin: 1em 0 .5em; font-size: .9em; }
  th, td { padding: .2em .5em .2em 0; text-align: left; font-weight: normal; }
  td input { width: 5.5em; padding: .2em .4em; }
  .scroll { overflow-x: auto; }
`);
const SIDES = ["left", "top", "width", "height"];
const LEAST = 3;

export class CrowdBoundingBox extends Control {
  static sheets = [BOXES];
  static observedAttributes = ["disabled", "header", "src", "labels"];
  #boxes = [];
  #isModified = false;

  get name() {
    return this.getAttribute("name") || this.localName;
  }

  get value() {
    const { naturalHeight: height = 0, naturalWidth: width = 0 } = this.image ?? {};
    return { boundingBoxes: this.#boxes.map((box) => ({ ...box })), inputImageProperties: { height, width } };
  }

  build() {
    this.labels = listOf(this.getAttribute("labels")).map(String);
    this.#boxes = listOf(this.getAttribute("initial-value")).map(toBox);
    const id = newId("header");
    const group = newId("label");
    this.heading = h("h2", { id });
    this.picker = h("fieldset", { className: "labels", role: "radiogroup", "aria-label": "Label of the next box" });
    this.labels.forEach((label, index) => {
      const input = h("input", { type: "radio", name: group, value: label, checked: index === 0 });
      const key = h("kbd", { textContent: String(index + 1), "aria-hidden": "true" });
      const choice = h("label", { className: "choice" }, input, label, key);
      choice.style.borderLeftColor = colourOf(index);
      this.picker.append(choice);
    });
    this.stage = h("div", { className: "stage" });
    this.rows = h("div", { className: "scroll" });
    const add = h("button", { type: "button", className: "button", textContent: "Add a box by numbers" });
    add.addEventListener("click", () => this.#addInTheMiddle());
    for (const child of this.children) if (/-instructions$/.test(child.localName)) child.slot = "instructions";
    this.shadowRoot.append(this.heading, this.picker, this.stage, this.rows, add, this.problemLine);
    this.shadowRoot.append(h("slot", { name: "instructions" }), h("slot"));
    document.addEventListener("keydown", (event) => {
      if (!/^[1-9]$/.test(event.key) || isTyping(event) || !this.isConnected) return;
      this.picker.querySelectorAll("input")[Number(event.key) - 1]?.click();
    });
  }

  update() {
    this.heading.textContent = this.getAttribute("header") ?? "";
    const source = this.getAttribute("src");
    if (source && this.stage.dataset.src !== source) {
      this.stage.dataset.src = source;
      this.frame = picture(source, this.heading.textContent || "The image of this task");
      this.image = this.frame.querySelector("img");
      this.image.addEventListener("load", () => this.#show());
      this.image.draggable = false;
      this.frame.addEventListener("pointerdown", (event) => this.#draw(event));
      this.stage.replaceChildren(this.frame);
    }
    this.#show();
    super.update();
  }

  answer() {
    const value = this.value;
    return { [this.name]: this.hasAttribute("initial-value") ? { ...value, initialValueModified: this.#isModified } : value };
  }

  restore(content) {
    const kept = content[this.name]?.boundingBoxes;
    if (!Array.isArray(kept)) return;
    this.#boxes = kept.map(toBox);
    this.#isModified = content[this.name].initialValueModified === true;
    this.#show();
  }

  formResetCallback() {
    this.#boxes = listOf(this.getAttribute("initial-value")).map(toBox);
    this.#isModified = false;
    this.#show();
  }

  get #label() {
    return this.picker.querySelector("input:checked")?.value ?? "";
  }

  #change() {
    this.#isModified = true;
    this.#show();
    this.changed();
  }

  #draw(event) {
    if (this.disabled || event.button !== 0 || !this.image.naturalWidth) return;
    event.preventDefault();
    const [fromX, fromY] = this.#at(event);
    const ghost = { ...toBox({ label: this.#label }), left: fromX, top: fromY };
    let outline = null;
    const move = (moved) => {
      const [x, y] = this.#at(moved);
      Object.assign(ghost, { left: Math.min(x, fromX), top: Math.min(y, fromY) });
      Object.assign(ghost, { width: Math.abs(x - fromX), height: Math.abs(y - fromY) });
      outline?.remove();
      outline = boxOver(this.image, ghost, this.labels.indexOf(ghost.label));
      this.frame.append(outline);
    };
    const end = (ended) => {
      this.frame.removeEventListener("pointermove", move);
      if (ended.type === "pointerup" && ghost.width >= LEAST && ghost.height >= LEAST) this.#boxes.push(ghost);
      this.#change();
    };
    this.frame.setPointerCapture(event.pointerId);
    this.frame.addEventListener("pointermove", move);
    for (const type of ["pointerup", "pointercancel"]) this.frame.addEventListener(type, end, { once: true });
  }

  /** Where the pointer is, in whole pixels of the image. */
  #at(event) {
    const shown = this.image.getBoundingClientRect();
    const along = (value, start, length, whole) => Math.round(Math.min(Math.max((value - start) / length, 0), 1) * whole);
    return [
      along(event.clientX, shown.left, shown.width, this.image.naturalWidth),
      along(event.clientY, shown.top, shown.height, this.image.naturalHeight),
    ];
  }

  #addInTheMiddle() {
    const { naturalWidth: width = 0, naturalHeight: height = 0 } = this.image ?? {};
    const [left, top] = [Math.round(width / 4), Math.round(height / 4)];
    this.#boxes.push({ label: this.#label, left, top, width: Math.round(width / 2), height: Math.round(height / 2) });
    this.#change();
    [...this.rows.querySelectorAll("tr")].at(-1)?.querySelector("input")?.focus();
  }

  #show() {
    if (!this.frame) return;
    this.frame.replaceChildren(this.image);
    for (const box of this.#boxes) this.frame.append(boxOver(this.image, box, this.labels.indexOf(box.label)));
    if (!this.#boxes.length) return this.rows.replaceChildren();
    const head = h("tr", {}, ...["Label", "Left", "Top", "Width", "Height"].map((title) => h("th", { scope: "col" }, title)));
    this.rows.replaceChildren(h("table", {}, head, ...this.#boxes.map((box, index) => this.#row(box, index))));
  }

  #row(box, index) {
    const numbers = SIDES.map((side) => {
      const field = h("input", { type: "number", min: "0", value: String(box[side]), "aria-label": `Box ${index + 1}, ${side}` });
      field.addEventListener("change", () => {
        box[side] = Math.max(0, Math.round(Number(field.value) || 0));
        this.#change();
      });
      return h("td", {}, field);
    });
    const remove = h("button", { type: "button", className: "button", textContent: "Remove" });
    remove.setAttribute("aria-label", `Remove box ${index + 1}`);
    remove.addEventListener("click", () => {
      this.#boxes.splice(index, 1);
      this.#change();
    });
    return h("tr", {}, h("td", {}, box.label), ...numbers, h("td", {}, remove));
  }
}

function toBox(given) {
  const box = { height: 0, label: String(given?.label ?? ""), left: 0, top: 0, width: 0 };
  for (const side of SIDES) box[side] = Math.round(Number(given?.[side]) || 0);
  return box;
}

function listOf(written) {
  try {
    const list = readList(written || "[]");
    return Array.isArray(list) ? list : [];
  } catch {
    return [];
  }
}
