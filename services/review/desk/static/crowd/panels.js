/** crowd-alert, crowd-card, crowd-modal, crowd-tabs, crowd-tab. */

import { CrowdElement } from "./control.js";
import { h, newId, sheet } from "./dom.js";

const ALERT = sheet(`
  :host { display: block; margin: 0 0 .75em; }
  .alert {
    display: flex; gap: .75em; align-items: flex-start; padding: .7em .9em; border-radius: 6px; background: var(--paper-2);
    border: 1px solid var(--line); border-left: 4px solid var(--tone, var(--accent)); color: var(--ink);
  }
  .alert > div { flex: 1; }
  .success { --tone: light-dark(#2e7d4f, #7fc79b); }
  .warning { --tone: light-dark(#b26a00, #e3b261); }
  .error { --tone: var(--bad); }
`);

/** A message; one that warns is read out at once. */
export class CrowdAlert extends CrowdElement {
  static observedAttributes = ["dismissible", "type"];
  static sheets = [ALERT];

  update() {
    const type = ["success", "error", "warning"].includes(this.getAttribute("type")) ? this.getAttribute("type") : "info";
    const role = type === "error" || type === "warning" ? "alert" : "status";
    const alert = h("div", { className: `alert ${type}`, role }, h("div", {}, h("slot")));
    if (this.has("dismissible")) {
      const away = () => this.remove();
      alert.append(h("button", { type: "button", className: "button", textContent: "×", "aria-label": "Dismiss", onclick: away }));
    }
    this.shadowRoot.replaceChildren(alert);
  }
}

const CARD = sheet(`
  :host { display: inline-block; background: var(--paper); color: var(--ink); border: 1px solid var(--line);
    border-radius: 8px; box-shadow: 0 1px 3px rgb(0 0 0 / .12); overflow: hidden; }
  h3 { padding: .75em 1em 0; }
  img { display: block; width: 100%; }
`);

export class CrowdCard extends CrowdElement {
  static observedAttributes = ["heading", "image"];
  static sheets = [CARD];

  update() {
    const heading = this.getAttribute("heading");
    const image = this.getAttribute("image");
    this.shadowRoot.replaceChildren(
      ...(image ? [h("img", { src: image, alt: "" })] : []),
      ...(heading ? [h("h3", { textContent: heading })] : []),
      h("slot"),
    );
  }
}

/** A dialog and the button that opens it; in `[button, dialog]`. */
export function dialogWith(opener, isButton, label, ...content) {
  const dialog = h("dialog", { "aria-label": label });
  dialog.append(
    h("button", { type: "button", className: "button close", textContent: "Close", onclick: () => dialog.close() }),
    ...content,
  );
  const button = h("button", { type: "button", className: isButton ? "button" : "button link", textContent: opener });
  button.addEventListener("click", () => dialog.showModal());
  return [button, dialog];
}

export class CrowdModal extends CrowdElement {
  static sheets = [sheet(":host { display: inline-block; }")];

  build() {
    const opener = this.getAttribute("link-text") || "Click to open modal";
    const [button, dialog] = dialogWith(opener, this.getAttribute("link-type") === "button", opener, h("slot"));
    this.dialog = dialog;
    this.shadowRoot.append(button, dialog);
  }

  open() {
    if (!this.dialog.open) this.dialog.showModal();
  }

  close() {
    this.dialog.close();
  }
}

const TABS = sheet(`
  :host { display: block; }
  [role="tablist"] { display: flex; flex-wrap: wrap; gap: .25em; border-bottom: 1px solid var(--line); margin: 0 0 1em; }
  [role="tab"] {
    padding: .5em .9em; border: 0; border-bottom: 3px solid transparent; background: none; color: var(--ink-2); cursor: pointer;
  }
  [role="tab"][aria-selected="true"] { color: var(--ink); border-color: var(--accent); font-weight: 600; }
`);

/**
 * A row of tabs over panels: `entries` are `{title, panel}`, and only the chosen panel isn't hidden. Gives the row and a
 * function that chooses one. Arrow keys, Home and End as everywhere; the row is one tab stop.
 */
export function tabRow(entries) {
  const row = h("div", { role: "tablist" });
  const tabs = entries.map(({ title, panel }, index) => {
    const tab = h("button", { type: "button", role: "tab", textContent: title, id: newId("tab") });
    tab.addEventListener("click", () => choose(index));
    panel.setAttribute("role", "tabpanel");
    panel.setAttribute("aria-label", title);
    return tab;
  });
  const choose = (chosen) => {
    tabs.forEach((tab, index) => {
      tab.setAttribute("aria-selected", String(index === chosen));
      tab.tabIndex = index === chosen ? 0 : -1;
      entries[index].panel.hidden = index !== chosen;
    });
  };
  row.addEventListener("keydown", (event) => {
    const at = tabs.indexOf(event.target);
    const to = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: tabs.length - 1 }[event.key];
    if (at < 0 || to === undefined) return;
    event.preventDefault();
    const next = (to + tabs.length) % tabs.length;
    choose(next);
    tabs[next].focus();
  });
  row.append(...tabs);
  if (tabs.length) choose(0);
  return [row, choose];
}

export class CrowdTabs extends CrowdElement {
  static sheets = [TABS];

  build() {
    this.tabs = [...this.children].filter((child) => child.localName === "crowd-tab");
    const entries = this.tabs.map((tab, index) => ({ title: tab.getAttribute("header") || `Tab ${index + 1}`, panel: tab }));
    const [row, choose] = tabRow(entries);
    this.choose = choose;
    this.shadowRoot.append(row, h("slot"));
  }

  /** Shows the tab that this element is in. */
  show(tab) {
    const index = this.tabs.indexOf(tab);
    if (index >= 0) this.choose(index);
  }
}

export class CrowdTab extends CrowdElement {
  static sheets = [sheet(":host { display: block; }")];

  build() {
    this.shadowRoot.append(h("slot"));
  }
}

export { TABS };

/** Opens every tab and dialog that keeps this element from being seen. */
export function reveal(element) {
  for (let node = element; node; node = node.parentNode ?? node.host) {
    if (node instanceof CrowdTab) node.closest("crowd-tabs")?.show(node);
    if (node instanceof CrowdModal) node.open();
  }
}
