/** crowd-checkbox, crowd-toggle-button, crowd-radio-button, crowd-radio-group. */

import { Control, CrowdElement } from "./control.js";
import { h, sheet } from "./dom.js";

const INLINE = sheet(`
  :host { display: inline-block; }
  label { display: inline-flex; align-items: baseline; gap: .5em; cursor: pointer; }
  label input { translate: 0 .15em; }
  :host([disabled]) label { opacity: .55; cursor: default; }
  .switch {
    width: 2.6em; height: 1.4em; padding: 0; border: 1px solid var(--line); border-radius: 1em; cursor: pointer;
    background: var(--paper-2); position: relative; vertical-align: middle;
  }
  .switch::after {
    content: ""; position: absolute; inset: 2px auto 2px 2px; aspect-ratio: 1; border-radius: 50%; background: var(--ink-2);
  }
  .switch[aria-checked="true"] { background: var(--accent); border-color: var(--accent); }
  .switch[aria-checked="true"]::after { inset: 2px 2px 2px auto; background: var(--accent-ink); }
  .switch[aria-invalid="true"], :host([invalid]) .switch[aria-checked="false"] { border-color: var(--bad); }
  .switch:disabled { opacity: .55; cursor: default; }
`);

const RADIO = sheet(`
  :host {
    display: inline-flex; align-items: baseline; gap: .5em; cursor: pointer; padding: .15em .4em .15em .15em; border-radius: 6px;
  }
  :host(:focus-visible) { outline: 2px solid var(--accent); outline-offset: 1px; }
  :host([aria-disabled="true"]) { opacity: .55; cursor: default; }
  .dot {
    flex: none; width: 1.1em; height: 1.1em; border: 2px solid var(--ink-2); border-radius: 50%; translate: 0 .15em;
    background: var(--paper);
  }
  :host([aria-checked="true"]) .dot { border: .33em solid var(--accent); }
`);

/** Something that is on or off and answers `{name: {value: boolean}}`. */
class OnOff extends Control {
  static observedAttributes = ["disabled", "required", "name", "value"];
  #isOn = false;

  build() {
    this.#isOn = this.has("checked");
  }

  get checked() {
    return this.#isOn;
  }

  set checked(value) {
    this.#isOn = Boolean(value);
    if (this.isBuilt) this.update();
  }

  get value() {
    return this.getAttribute("value") || "on";
  }

  set value(value) {
    this.setAttribute("value", value);
  }

  /** What a click does, and a page's script by `click()` on what is shown. */
  turn(isOn) {
    this.checked = isOn;
    this.changed();
  }

  answer() {
    return this.name ? { [this.name]: { [this.value]: this.#isOn } } : {};
  }

  restore(content) {
    const kept = content[this.name]?.[this.value];
    if (typeof kept === "boolean") this.checked = kept;
  }

  lack() {
    return this.required && !this.disabled && !this.#isOn ? "This has to be ticked." : "";
  }

  formResetCallback() {
    this.checked = this.has("checked");
  }
}

export class CrowdCheckbox extends OnOff {
  static sheets = [INLINE];

  build() {
    super.build();
    this.box = h("input", { type: "checkbox", onchange: () => this.turn(this.box.checked) });
    this.shadowRoot.append(h("label", {}, this.box, h("span", {}, h("slot"))), this.problemLine);
  }

  update() {
    this.box.checked = this.checked;
    this.box.disabled = this.disabled;
    this.box.required = this.required;
    // A checkbox without text still has to be called something.
    if (!this.textContent.trim()) this.box.setAttribute("aria-label", this.getAttribute("aria-label") ?? this.name);
    super.update();
  }

  click() {
    this.box.click();
  }
}

export class CrowdToggleButton extends OnOff {
  static observedAttributes = [...OnOff.observedAttributes, "invalid"];
  static sheets = [INLINE];

  build() {
    super.build();
    this.button = h("button", { type: "button", className: "switch", role: "switch", onclick: () => this.turn(!this.checked) });
    this.shadowRoot.append(h("label", {}, this.button, h("span", {}, h("slot"))), this.problemLine);
  }

  update() {
    this.button.setAttribute("aria-checked", String(this.checked));
    this.button.disabled = this.disabled;
    this.button.setAttribute("aria-label", this.textContent.trim() || this.getAttribute("aria-label") || this.name);
    super.update();
  }

  click() {
    this.button.click();
  }

  lack() {
    return this.required && !this.disabled && !this.checked ? "This has to be switched on." : "";
  }
}

/** A radio button: the host itself has the role, since buttons of a group are apart in the tree. */
export class CrowdRadioButton extends OnOff {
  static delegatesFocus = false;
  static sheets = [RADIO];

  build() {
    super.build();
    this.shadowRoot.append(h("span", { className: "dot" }), h("span", {}, h("slot")), this.problemLine);
    this.setAttribute("role", "radio");
    this.addEventListener("click", () => this.#choose());
    this.addEventListener("keydown", (event) => {
      if (event.key !== " ") return;
      event.preventDefault();
      this.#choose();
    });
  }

  get group() {
    return this.closest("crowd-radio-group");
  }

  set checked(value) {
    super.checked = value;
    if (value) this.group?.onlyChosen?.(this);
  }

  get checked() {
    return super.checked;
  }

  #choose() {
    if (!this.disabled && !this.checked) this.turn(true);
  }

  lack() {
    const isAnswered = this.checked || (this.group?.buttons ?? []).some((button) => button.checked);
    return this.required && !this.disabled && !isAnswered ? "One of these has to be chosen." : "";
  }

  update() {
    this.setAttribute("aria-checked", String(this.checked));
    this.setAttribute("aria-disabled", String(this.disabled));
    if (this.group?.arrange) this.group.arrange();
    else this.tabIndex = this.disabled ? -1 : 0;
    super.update();
  }
}

/** Lets one button be chosen. Arrow keys go from button to button and choose, as in any radio group. */
export class CrowdRadioGroup extends CrowdElement {
  static sheets = [sheet(":host { display: block; }")];

  build() {
    this.shadowRoot.append(h("slot"));
    this.setAttribute("role", "radiogroup");
    const legend = this.closest("fieldset")?.querySelector("legend")?.textContent.trim();
    if (legend && !this.hasAttribute("aria-label")) this.setAttribute("aria-label", legend);
    this.addEventListener("keydown", (event) => this.#move(event));
  }

  update() {
    this.arrange();
  }

  get buttons() {
    return [...this.querySelectorAll("crowd-radio-button")];
  }

  onlyChosen(chosen) {
    for (const button of this.buttons) {
      if (button !== chosen && button.checked) button.checked = false;
      // What one of them lacked, none of them lacks any more.
      else if (button !== chosen) button.changed?.(false);
    }
  }

  /** One tab stop for the group: what is chosen, or the first. */
  arrange() {
    const open = this.buttons.filter((button) => !button.disabled);
    const stop = open.find((button) => button.checked) ?? open[0];
    for (const button of this.buttons) button.tabIndex = button === stop ? 0 : -1;
  }

  #move(event) {
    const step = { ArrowDown: 1, ArrowRight: 1, ArrowUp: -1, ArrowLeft: -1 }[event.key];
    const open = this.buttons.filter((button) => !button.disabled);
    const from = open.indexOf(document.activeElement);
    if (!step || from < 0) return;
    event.preventDefault();
    const next = open[(from + step + open.length) % open.length];
    next.turn(true);
    next.focus();
  }
}
