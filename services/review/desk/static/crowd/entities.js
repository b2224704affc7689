/** crowd-entity-annotation: labels on stretches of a text. It has a form and a Submit button of its own. */

import { Control, CrowdElement } from "./control.js";
import { h, sheet } from "./dom.js";
import { readList } from "./list.js";
import { colourOf } from "./picture.js";

const TEXT = sheet(`
  :host { display: block; color: var(--ink); }
  .text {
    white-space: pre-wrap; overflow-wrap: anywhere; line-height: 2.2; padding: .75em 1em; border: 1px solid var(--line);
    border-radius: 8px; background: var(--paper);
  }
  mark { color: inherit; background: color-mix(in srgb, var(--tone) 22%, transparent); border-bottom: 3px solid var(--tone); }
  mark::after { content: attr(data-label); font-size: .7em; color: var(--ink-2); margin-left: .3em; }
  .labels, ul { display: flex; flex-wrap: wrap; gap: .4em; margin: .75em 0; padding: 0; list-style: none; }
  .labels .button { border-left: 6px solid var(--tone); }
  .hint { color: var(--ink-2); font-size: .9em; }
`);

/** The text, its labels and what has them: the one field of the annotation's form. Offsets count code points. */
export class EntityText extends Control {
  static sheets = [TEXT];
  #entities = [];

  build() {
    this.text = this.getAttribute("text") ?? "";
    this.labels = listOf(this.getAttribute("labels"));
    this.#entities = listOf(this.getAttribute("initial-value")).map(toEntity);
    const name = this.getAttribute("header") || "Text";
    // Editable, so that there is a caret and a selection by keyboard; every edit is refused.
    this.view = h("div", { className: "text", role: "textbox", contentEditable: "true", "aria-readonly": "true" });
    this.view.setAttribute("aria-multiline", "true");
    this.view.setAttribute("aria-label", name);
    this.view.spellcheck = false;
    for (const type of ["beforeinput", "paste", "drop"]) this.view.addEventListener(type, (event) => event.preventDefault());
    this.view.addEventListener("keydown", (event) => {
      const label = /^[1-9]$/.test(event.key) && this.labels[Number(event.key) - 1];
      if (label) this.#mark(label);
    });
    this.list = h("ul", { "aria-label": "Labelled" });
    const hint = h("p", { className: "hint" }, "Select a part of the text, by pointer or with Shift and the arrow keys, then a label.");
    this.shadowRoot.append(hint, this.#labelRow(), this.view, this.list, this.problemLine);
    this.#show();
  }

  get value() {
    return { entities: this.#entities.map((entity) => ({ ...entity })) };
  }

  answer() {
    return { [this.name]: this.value };
  }

  restore(content) {
    const kept = content[this.name]?.entities;
    if (Array.isArray(kept)) this.#entities = kept.map(toEntity);
    this.#show();
  }

  formResetCallback() {
    this.#entities = listOf(this.getAttribute("initial-value")).map(toEntity);
    this.#show();
  }

  #labelRow() {
    const row = h("div", { className: "labels", role: "group", "aria-label": "Labels" });
    this.labels.forEach((label, index) => {
      const button = h("button", { type: "button", className: "button" }, label.fullDisplayName || label.label);
      if (index < 9) button.append(h("kbd", { textContent: String(index + 1), "aria-hidden": "true" }));
      button.style.setProperty("--tone", colourOf(index));
      // The selection stays where it is.
      button.addEventListener("mousedown", (event) => event.preventDefault());
      button.addEventListener("click", () => this.#mark(label));
      row.append(button);
    });
    return row;
  }

  /** Labels what is selected; what was labelled there before isn't any more. */
  #mark(label) {
    const range = this.#selected();
    if (!range) return;
    const [startOffset, endOffset] = range;
    this.#entities = this.#entities.filter((each) => each.endOffset <= startOffset || each.startOffset >= endOffset);
    this.#entities.push({ endOffset, label: label.label, startOffset });
    this.#entities.sort((one, other) => one.startOffset - other.startOffset);
    this.#show();
    this.changed();
  }

  #selected() {
    const selection = this.shadowRoot.getSelection?.() ?? document.getSelection();
    if (!selection?.rangeCount) return null;
    const range = selection.getRangeAt(0);
    if (!this.view.contains(range.startContainer) || !this.view.contains(range.endContainer)) return null;
    const before = document.createRange();
    before.setStart(this.view, 0);
    before.setEnd(range.startContainer, range.startOffset);
    const start = [...before.toString()].length;
    const end = start + [...range.toString()].length;
    return end > start ? [start, end] : null;
  }

  #show() {
    const characters = [...this.text];
    const parts = [];
    let at = 0;
    for (const entity of this.#entities) {
      const index = this.labels.findIndex((label) => label.label === entity.label);
      parts.push(characters.slice(at, entity.startOffset).join(""));
      const mark = h("mark", {}, characters.slice(entity.startOffset, entity.endOffset).join(""));
      mark.dataset.label = this.labels[index]?.shortDisplayName || entity.label;
      mark.style.setProperty("--tone", colourOf(index));
      parts.push(mark);
      at = entity.endOffset;
    }
    this.view.replaceChildren(...parts, characters.slice(at).join(""));
    this.list.replaceChildren(
      ...this.#entities.map((entity) => {
        const words = characters.slice(entity.startOffset, entity.endOffset).join("");
        const remove = h("button", { type: "button", className: "button" }, `${entity.label}: ${words} ×`);
        remove.setAttribute("aria-label", `Remove ${entity.label} from ${words}`);
        remove.addEventListener("click", () => {
          this.#entities.splice(this.#entities.indexOf(entity), 1);
          this.#show();
          this.changed();
        });
        return h("li", {}, remove);
      }),
    );
  }
}

const WIDGET = sheet(":host { display: block; } crowd-form { display: block; margin-top: 1em; }");

export class CrowdEntityAnnotation extends CrowdElement {
  static sheets = [WIDGET];

  build() {
    const given = ["header", "initial-value", "labels", "text"].filter((name) => this.hasAttribute(name));
    const attributes = Object.fromEntries(given.map((name) => [name, this.getAttribute(name)]));
    this.field = document.createElement("gavel-entity-text");
    this.field.setAttribute("name", this.getAttribute("name") || this.localName);
    for (const [name, value] of Object.entries(attributes)) this.field.setAttribute(name, value);
    for (const child of this.children) if (/-instructions$/.test(child.localName)) child.slot = "instructions";
    const form = document.createElement("crowd-form");
    form.append(h("h2", {}, this.getAttribute("header") ?? ""), this.field);
    this.shadowRoot.append(h("slot", { name: "instructions" }), form, h("slot"));
  }

  get value() {
    return this.field.value;
  }
}

function toEntity(given) {
  const whole = (value) => Math.max(0, Math.round(Number(value) || 0));
  return { endOffset: whole(given?.endOffset), label: String(given?.label ?? ""), startOffset: whole(given?.startOffset) };
}

function listOf(written) {
  try {
    const list = readList(written || "[]");
    return Array.isArray(list) ? list.map((each) => (typeof each === "string" ? { label: each } : each)) : [];
  } catch {
    return [];
  }
}
