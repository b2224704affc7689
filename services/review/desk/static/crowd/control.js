/** What every element that answers something has in common. */

import { LOOK } from "./dom.js";

/** An element that builds itself once, when it is first in a page with all its children. */
export class CrowdElement extends HTMLElement {
  #isBuilt = false;

  constructor() {
    super();
    this.attachShadow({ mode: "open", delegatesFocus: this.constructor.delegatesFocus ?? false });
    this.shadowRoot.adoptedStyleSheets = [LOOK, ...(this.constructor.sheets ?? [])];
  }

  get isBuilt() {
    return this.#isBuilt;
  }

  connectedCallback() {
    if (this.#isBuilt) return;
    this.build();
    this.#isBuilt = true;
    this.#adoptProperties();
    this.update();
  }

  attributeChangedCallback() {
    if (this.#isBuilt) this.update();
  }

  /** Scripts of the page set properties before this file is there: they lie in the way of the accessors. */
  #adoptProperties() {
    for (const name of Object.keys(this)) {
      const value = this[name];
      if (!(name in this.constructor.prototype)) continue;
      delete this[name];
      this[name] = value;
    }
  }

  build() {}

  /** Brings what is shown in line with the attributes. */
  update() {}

  /** A boolean attribute: the guide writes `checked="true"` too, and some templates `disabled="false"`. */
  has(name) {
    return this.hasAttribute(name) && this.getAttribute(name) !== "false";
  }
}

/**
 * A part of a form. Subclasses have `answer()`, which gives this element's part of answerContent, `restore(content)`,
 * which takes a whole answerContent back, and `lack()`, which says what is missing before this can be submitted.
 */
export class Control extends CrowdElement {
  static formAssociated = true;
  static delegatesFocus = true;
  #problem = document.createElement("p");

  constructor() {
    super();
    this.internals = this.attachInternals();
    this.#problem.className = "problem";
    this.#problem.setAttribute("role", "alert");
  }

  get form() {
    return this.internals.form;
  }

  get name() {
    return this.getAttribute("name") ?? "";
  }

  set name(value) {
    this.setAttribute("name", value);
  }

  get disabled() {
    return this.has("disabled");
  }

  set disabled(value) {
    this.toggleAttribute("disabled", Boolean(value));
  }

  get required() {
    return this.has("required");
  }

  set required(value) {
    this.toggleAttribute("required", Boolean(value));
  }

  get validity() {
    return this.internals.validity;
  }

  get validationMessage() {
    return this.internals.validationMessage;
  }

  checkValidity() {
    return this.internals.checkValidity();
  }

  /** Where a problem is written: at the end of what the element shows. */
  get problemLine() {
    return this.#problem;
  }

  answer() {
    return {};
  }

  restore() {}

  lack() {
    return "";
  }

  /** Says that the value may be another one now. `isByHand` when the reviewer did it, which pages listen for. */
  changed(isByHand = true) {
    const lack = this.lack();
    this.internals.setValidity(lack ? { customError: true } : {}, lack);
    if (!lack) this.showProblem("");
    if (isByHand) this.dispatchEvent(new Event("change", { bubbles: true }));
  }

  update() {
    this.changed(false);
  }

  /** Writes under the element what is missing, and goes there. */
  reportValidity() {
    this.showProblem(this.validationMessage);
    if (this.validationMessage) this.focus();
    return this.validity.valid;
  }

  showProblem(text) {
    if (this.#problem.textContent !== text) this.#problem.textContent = text;
    const field = this.shadowRoot.querySelector("input, textarea, [role='switch'], [role='radiogroup']") ?? this;
    if (text) field.setAttribute("aria-invalid", "true");
    else field.removeAttribute("aria-invalid");
  }
}
