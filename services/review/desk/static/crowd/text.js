/** crowd-input, crowd-text-area, crowd-slider. */

import { Control } from "./control.js";
import { h, newId, sheet } from "./dom.js";

const FIELD = sheet(`
  :host { display: block; margin: 0 0 .75em; max-width: 40em; }
  label { display: block; font-size: .9em; color: var(--ink-2); margin: 0 0 .2em; }
  label:empty { display: none; }
  input:not([type="range"]), textarea {
    width: 100%; padding: .5em .6em; border: 1px solid var(--line); border-radius: 6px; background: var(--paper);
    color: var(--ink);
  }
  [aria-invalid="true"] { border-color: var(--bad) !important; }
  .below { display: flex; justify-content: space-between; gap: 1em; }
  .count { margin-left: auto; font-size: .85em; color: var(--ink-2); }
  .track { display: flex; align-items: center; gap: .75em; }
  .track input[type="range"] { flex: 1; accent-color: var(--accent); }
  .track input[type="number"] { width: 6em; }
  output { min-width: 2.5em; text-align: right; font-variant-numeric: tabular-nums; }
`);

/** A field that answers `{name: "text"}`, and nothing when it is empty. */
class TextField extends Control {
  static sheets = [FIELD];
  static observedAttributes = [
    ..."allowed-pattern disabled error-message label max-length min-length name placeholder required rows type value".split(" "),
  ];

  build() {
    const id = newId("text");
    this.field = this.makeField();
    this.field.id = id;
    this.field.value = this.getAttribute("value") ?? "";
    this.labelText = h("label", { htmlFor: id });
    this.count = h("span", { className: "count" });
    this.field.addEventListener("input", () => {
      this.#ignoreUnwanted();
      this.#showCount();
      this.changed(false);
    });
    this.field.addEventListener("change", () => this.changed());
    this.shadowRoot.append(this.labelText, this.field, h("div", { className: "below" }, this.problemLine, this.count));
    if (this.has("auto-focus")) queueMicrotask(() => this.field.focus());
  }

  update() {
    const label = this.getAttribute("label") ?? "";
    this.labelText.textContent = label;
    // Where there is no label, the placeholder or the name is what a screen reader can say.
    const called = label ? null : (this.getAttribute("aria-label") ?? this.getAttribute("placeholder")) || this.name;
    if (called) this.field.setAttribute("aria-label", called);
    this.field.placeholder = this.getAttribute("placeholder") ?? "";
    this.field.disabled = this.disabled;
    this.field.required = this.required;
    const most = Number(this.getAttribute("max-length"));
    if (most > 0) this.field.maxLength = most;
    this.#showCount();
    super.update();
  }

  get value() {
    return this.field ? this.field.value : (this.getAttribute("value") ?? "");
  }

  set value(text) {
    if (!this.field) return this.setAttribute("value", text ?? "");
    this.field.value = text ?? "";
    this.update();
  }

  answer() {
    return this.name && this.value ? { [this.name]: this.value } : {};
  }

  restore(content) {
    const kept = content[this.name];
    this.value = typeof kept === "string" ? kept : "";
  }

  lack() {
    if (this.disabled) return "";
    const own = this.getAttribute("error-message");
    if (this.required && !this.value) return own || "This has to be filled in.";
    const least = Number(this.getAttribute("min-length"));
    if (this.value && least > this.value.length) return own || `At least ${least} characters are needed.`;
    return this.field.validity.badInput || this.field.validity.typeMismatch ? own || this.field.validationMessage : "";
  }

  formResetCallback() {
    this.value = this.getAttribute("value") ?? "";
  }

  /** `auto-validate` with `allowed-pattern`: characters that don't match are ignored as they are typed. */
  #ignoreUnwanted() {
    const pattern = this.has("auto-validate") && this.getAttribute("allowed-pattern");
    if (!pattern) return;
    let wanted;
    try {
      wanted = new RegExp(`^(?:${pattern})$`, "u");
    } catch {
      return; // no pattern at all: everything goes
    }
    const kept = [...this.field.value].filter((character) => wanted.test(character)).join("");
    if (kept !== this.field.value) this.field.value = kept;
  }

  #showCount() {
    this.count.textContent = this.has("char-counter") ? String(this.value.length) : "";
  }
}

export class CrowdInput extends TextField {
  makeField() {
    return h("input", { type: this.getAttribute("type") || "text" });
  }
}

export class CrowdTextArea extends TextField {
  makeField() {
    const rows = Number(this.getAttribute("rows")) || 2;
    const most = Number(this.getAttribute("max-rows"));
    const area = h("textarea", { rows });
    const grow = () => {
      const lines = area.value.split("\n").length;
      area.rows = Math.max(rows, most > 0 ? Math.min(lines, most) : lines);
    };
    area.addEventListener("input", grow);
    queueMicrotask(grow);
    return area;
  }
}

/** A value of a range; answers `{name: number}`. One that is required wants to be touched, or it says nothing. */
export class CrowdSlider extends Control {
  static sheets = [FIELD];
  static observedAttributes = ["disabled", "max", "min", "name", "required", "step", "value"];
  #isTouched = false;

  build() {
    this.range = h("input", { type: "range" });
    this.shown = h("output");
    this.number = h("input", { type: "number" });
    const touched = (field) => {
      this.#isTouched = true;
      this.#show(field.value);
    };
    this.range.addEventListener("input", () => touched(this.range));
    // Asking for the value that it has already changes nothing, and is an answer all the same.
    this.range.addEventListener("pointerdown", () => touched(this.range));
    this.range.addEventListener("keydown", (event) => event.key !== "Tab" && touched(this.range));
    this.number.addEventListener("input", () => this.number.value !== "" && touched(this.number));
    for (const field of [this.range, this.number]) field.addEventListener("change", () => this.changed());
    this.shadowRoot.append(h("div", { className: "track" }, this.range, this.shown, this.number), this.problemLine);
  }

  update() {
    for (const field of [this.range, this.number]) {
      for (const [name, otherwise] of [["min", "0"], ["max", "100"], ["step", "1"]]) {
        field[name] = this.getAttribute(name) ?? otherwise;
      }
      field.disabled = this.disabled;
      field.setAttribute("aria-label", this.getAttribute("aria-label") || this.name);
    }
    this.number.hidden = !this.has("editable");
    this.shown.hidden = this.has("editable");
    if (!this.#isTouched) this.#show(this.getAttribute("value") ?? this.range.min);
    super.update();
  }

  get value() {
    return Number(this.range.value);
  }

  set value(number) {
    this.#isTouched = true;
    this.#show(String(number));
  }

  answer() {
    return this.name ? { [this.name]: this.value } : {};
  }

  restore(content) {
    if (typeof content[this.name] === "number") this.value = content[this.name];
  }

  lack() {
    const isOpen = this.required && !this.disabled && !this.#isTouched && !this.hasAttribute("value");
    return isOpen ? "Move this to where it belongs." : "";
  }

  formResetCallback() {
    this.#isTouched = false;
    this.update();
  }

  #show(text) {
    this.range.value = text;
    this.number.value = this.range.value;
    this.shown.textContent = this.range.value;
    this.changed(false);
  }
}
