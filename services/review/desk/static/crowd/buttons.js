/** crowd-button, crowd-icon-button, crowd-badge, and the icons that they show. */

import { CrowdElement } from "./control.js";
import { h, sheet } from "./dom.js";

/** The iron-icons that the guide and the usual templates name; any other is a dot, and its name is read out. */
const GLYPHS = {
  add: "+", "arrow-back": "←", "arrow-forward": "→", cancel: "⊗", check: "✓", clear: "×", close: "×", create: "✎",
  delete: "⌫", done: "✓", edit: "✎", error: "⚠", favorite: "♥", help: "?", "help-outline": "?", home: "⌂", info: "ℹ",
  "info-outline": "ℹ", mail: "✉", menu: "☰", "more-vert": "⋮", "question-answer": "❝", redo: "↷", refresh: "↻",
  remove: "−", "report-problem": "⚠", save: "⤓", search: "⌕", send: "➤", settings: "⚙", star: "★", "star-border": "☆",
  undo: "↶", visibility: "◉", warning: "⚠", "zoom-in": "⊕", "zoom-out": "⊖",
};

/** An icon by its iron-icons name, or a picture by its address. */
export function icon(name) {
  if (/^(https?:|data:|\/)/.test(name)) return h("img", { src: name, alt: "", width: 20, height: 20 });
  const glyph = GLYPHS[name.replace(/^icons?:/, "")] ?? "•";
  return h("span", { textContent: glyph, "aria-hidden": "true" });
}

export class IronIcon extends CrowdElement {
  static observedAttributes = ["icon"];
  static sheets = [sheet(":host { display: inline-block; }")];

  update() {
    // `<iron-icon icon="…"/>` never closes, so that what follows it in the template is inside.
    this.shadowRoot.replaceChildren(icon(this.getAttribute("icon") ?? ""), h("slot"));
  }
}

export class CrowdButton extends CrowdElement {
  static delegatesFocus = true;
  static observedAttributes = ["disabled", "href", "icon", "icon-align", "icon-url", "loading", "target", "variant"];
  static sheets = [sheet(":host { display: inline-block; }")];

  /** What this does to the form around it: "submit", "reset" or nothing. */
  get formAction() {
    return this.getAttribute("form-action") || this.getAttribute("type") || "";
  }

  get disabled() {
    return this.has("disabled");
  }

  set disabled(value) {
    this.toggleAttribute("disabled", Boolean(value));
  }

  build() {
    this.addEventListener("click", (event) => {
      if (this.disabled || this.has("loading")) return event.stopImmediatePropagation();
      const form = this.closest("crowd-form");
      // After the page's own listeners, which may still say no.
      setTimeout(() => {
        if (event.defaultPrevented || !form) return;
        if (this.formAction === "submit") form.requestSubmit();
        if (this.formAction === "reset") form.reset();
      });
    });
  }

  update() {
    const href = this.getAttribute("href");
    const variant = { primary: "primary", link: "link" }[this.getAttribute("variant")] ?? "";
    const isLoading = this.has("loading");
    const picture = this.getAttribute("icon-url") || this.getAttribute("icon");
    const parts = [h("slot")];
    if (picture) parts[this.getAttribute("icon-align") === "right" ? "push" : "unshift"](icon(picture));
    if (isLoading) parts.unshift(h("span", { textContent: "…", "aria-hidden": "true" }));
    const button = href
      ? h("a", { href, target: this.getAttribute("target") ?? "", rel: "noopener" })
      : h("button", { type: "button", disabled: this.disabled || isLoading });
    button.className = `button ${variant}`;
    button.append(...parts);
    if (isLoading) button.setAttribute("aria-busy", "true");
    this.shadowRoot.replaceChildren(button);
  }
}

export class CrowdIconButton extends CrowdElement {
  static delegatesFocus = true;
  static observedAttributes = ["disabled", "icon", "title"];
  static sheets = [sheet(":host { display: inline-block; } .button { padding: .4em .6em; line-height: 1; }")];

  get disabled() {
    return this.has("disabled");
  }

  set disabled(value) {
    this.toggleAttribute("disabled", Boolean(value));
  }

  update() {
    const name = this.getAttribute("icon") ?? "";
    const button = h("button", { type: "button", className: "button", disabled: this.disabled }, icon(name));
    button.setAttribute("aria-label", this.getAttribute("aria-label") || this.getAttribute("title") || name || "button");
    // The guide writes it self-closed, so that what follows it in the template is inside.
    this.shadowRoot.replaceChildren(button, h("slot"));
  }
}

/** A small mark at the upper right of another element, or where it stands when it is for none. */
export class CrowdBadge extends CrowdElement {
  static observedAttributes = ["icon", "label"];
  static sheets = [
    sheet(`
      :host([for]) { position: absolute; top: -.6em; right: -.6em; }
      .badge {
        display: inline-flex; align-items: center; justify-content: center; min-width: 1.6em; height: 1.6em; padding: 0 .4em;
        border-radius: .8em; background: var(--accent); color: var(--accent-ink); font-size: .8em; font-weight: 600;
      }
    `),
  ];

  build() {
    const target = this.hasAttribute("for") && this.getRootNode().getElementById?.(this.getAttribute("for"));
    if (!target || target === this.parentElement) return this.#attach(target);
    this.#attach(target);
    target.append(this);
  }

  update() {
    const name = this.getAttribute("icon");
    const mark = h("span", { className: "badge", role: "note" });
    if (name) mark.append(icon(name));
    else mark.textContent = this.getAttribute("label") ?? "";
    this.shadowRoot.replaceChildren(mark, h("slot"));
  }

  #attach(target) {
    if (target && getComputedStyle(target).position === "static") target.style.position = "relative";
  }
}
