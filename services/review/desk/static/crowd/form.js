/** crowd-form: holds the fields of a task, and gives their answer. */

import { Control, CrowdElement } from "./control.js";
import { h, sheet } from "./dom.js";
import { tell } from "./desk.js";
import { reveal } from "./panels.js";

const WITHOUT_ANSWER = new Set(["button", "fieldset", "image", "object", "output", "reset", "submit"]);
const DRAFT_EVERY_MS = 300;

export class CrowdForm extends CrowdElement {
  static sheets = [sheet(":host { display: block; }")];
  #draft = 0;
  #ours = new WeakSet();

  /** Moves its children into a form of its own, where Amazon's has them too: templates add fields to `.form`. */
  build() {
    this.form = h("form", { noValidate: true });
    this.form.append(...this.childNodes);
    this.append(this.form);
    if (!this.querySelector("crowd-button[form-action=submit], crowd-button[type=submit]")) {
      const attributes = { "form-action": "submit", variant: "primary", style: "display: block; margin-top: 1em;" };
      // Beside the form, so that it stays last whatever the page adds to the form.
      this.append(h("crowd-button", attributes, "Submit"));
    }
    this.shadowRoot.append(h("slot"));
    // Before the page's own listeners: a browser's submit becomes one of ours, which comes after the check.
    this.addEventListener("submit", (event) => this.#onSubmit(event), true);
    for (const type of ["input", "change"]) this.addEventListener(type, () => this.#onChange());
  }

  get elements() {
    return this.form.elements;
  }

  get answerContent() {
    return answerContentOf(this.form);
  }

  /** Submits as the Submit button does: when everything is there and the page's own listeners agree. */
  requestSubmit(submitter) {
    if (!this.reportValidity()) return;
    const event = new SubmitEvent("submit", { bubbles: true, cancelable: true, submitter });
    this.#ours.add(event);
    // Listeners may fill in fields, so that the answer is taken after them.
    if (this.form.dispatchEvent(event)) this.#send();
  }

  /** Submits without asking the page's listeners, as the `submit()` of a form does. */
  submit() {
    if (this.reportValidity()) this.#send();
  }

  reset() {
    this.form.reset();
    this.#onChange();
  }

  /** Goes to the first field that lacks something and says so there. */
  reportValidity() {
    const open = [...this.form.elements].find((field) => field.willValidate !== false && field.validity?.valid === false);
    if (!open) return true;
    reveal(open);
    open.reportValidity();
    return false;
  }

  checkValidity() {
    return [...this.form.elements].every((field) => field.validity?.valid !== false);
  }

  restore(answerContent) {
    restoreInto(this.form, answerContent);
  }

  #onSubmit(event) {
    if (this.#ours.has(event)) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    this.requestSubmit(event.submitter ?? undefined);
  }

  #onChange() {
    this.#draft ||= setTimeout(() => {
      this.#draft = 0;
      if (this.isConnected) tell({ type: "draft", answerContent: this.answerContent });
    }, DRAFT_EVERY_MS);
  }

  #send() {
    clearTimeout(this.#draft);
    this.#draft = 0;
    tell({ type: "answer", answerContent: this.answerContent });
  }
}

/**
 * What a form answers: one object with a field for each name. Elements of this library say themselves what they answer;
 * checkboxes and radio buttons of the browser give `{name: {value: boolean}}` like theirs, other fields `{name: value}`.
 * Parts of one name come together: objects as one object, the rest as a list.
 */
export function answerContentOf(form) {
  const content = Object.create(null);
  for (const field of form.elements) {
    if (field.matches(":disabled") || field.disabled) continue;
    for (const [name, part] of Object.entries(field instanceof Control ? field.answer() : nativeAnswer(field))) {
      const before = content[name];
      if (before === undefined) content[name] = part;
      else if (isPlain(before) && isPlain(part)) content[name] = { ...before, ...part };
      else content[name] = [before, part].flat();
    }
  }
  return content;
}

function nativeAnswer(field) {
  if (!field.name || WITHOUT_ANSWER.has(field.type) || field.localName === "object") return {};
  switch (field.type) {
    case "checkbox":
    case "radio":
      return { [field.name]: { [field.value]: field.checked } };
    case "select-multiple":
      return { [field.name]: [...field.selectedOptions].map((option) => option.value) };
    case "file":
      return { [field.name]: [...field.files].map((file) => file.name) };
    default:
      return { [field.name]: field.value };
  }
}

function restoreInto(form, content) {
  const taken = {};
  for (const field of form.elements) {
    if (field instanceof Control) {
      field.restore(content);
      continue;
    }
    const kept = content[field.name];
    if (!field.name || kept === undefined || WITHOUT_ANSWER.has(field.type) || field.type === "file") continue;
    if (field.type === "checkbox" || field.type === "radio") field.checked = kept?.[field.value] === true;
    else if (field.type === "select-multiple") {
      for (const option of field.options) option.selected = [kept].flat().includes(option.value);
    } else if (Array.isArray(kept)) {
      taken[field.name] = (taken[field.name] ?? -1) + 1;
      field.value = kept[taken[field.name]] ?? "";
    } else field.value = String(kept);
    // The page's scripts show what depends on a field when it changes.
    field.dispatchEvent(new Event("change", { bubbles: true }));
  }
}

function isPlain(value) {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
