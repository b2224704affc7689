/** crowd-instructions, and the short-instructions and full-instructions that widgets and forms have. */

import { CrowdElement } from "./control.js";
import { h, sheet } from "./dom.js";
import { TABS, dialogWith, tabRow } from "./panels.js";

const PANEL = sheet(`
  :host { display: block; }
  section { padding: .75em 1em; border: 1px solid var(--line); border-radius: 8px; background: var(--paper-2); color: var(--ink); }
  ::slotted(:first-child) { margin-top: 0; }
  ::slotted(:last-child) { margin-bottom: 0; }
`);

/** Always on the page. */
export class ShortInstructions extends CrowdElement {
  static observedAttributes = ["header"];
  static sheets = [PANEL];

  update() {
    const header = this.getAttribute("header") || "Instructions";
    const section = h("section", { "aria-label": header }, h("h3", { textContent: header }), h("slot"));
    this.shadowRoot.replaceChildren(section);
    this.hidden = !this.children.length && !this.textContent.trim();
  }
}

/** Behind a button. */
export class FullInstructions extends CrowdElement {
  static sheets = [sheet(":host { display: block; margin: .5em 0; }")];

  build() {
    const header = this.getAttribute("header") || "Instructions";
    const heading = h("h2", { textContent: header });
    this.shadowRoot.append(...dialogWith("View full instructions", false, header, heading, h("slot")));
    this.hidden = !this.children.length && !this.textContent.trim();
  }
}

const REGIONS = {
  "short-summary": "summary",
  "short-instructions": "summary",
  "detailed-instructions": "detailed",
  "full-instructions": "detailed",
  "positive-example": "examples",
  "negative-example": "examples",
};

const EXAMPLES = sheet(`
  :host { display: inline-block; margin: 0 0 .75em; }
  ::slotted(positive-example), ::slotted(negative-example) {
    display: block; padding: .25em 1em; margin: 0 0 1em; border-left: 4px solid light-dark(#2e7d4f, #7fc79b);
  }
  ::slotted(negative-example) { border-left-color: var(--bad); }
`);

/** Three pages, Summary, Detailed Instructions and Examples, behind a link or button; those that have something on them. */
export class CrowdInstructions extends CrowdElement {
  static sheets = [TABS, EXAMPLES];

  build() {
    const used = new Set();
    for (const child of this.children) {
      const region = REGIONS[child.localName];
      if (!region) continue;
      child.slot = region;
      used.add(region);
    }
    const pages = [["summary", "Summary"], ["detailed", "Detailed Instructions"], ["examples", "Examples"]];
    const entries = pages
      .filter(([region]) => used.has(region))
      .map(([region, title]) => ({ title, panel: h("div", {}, h("slot", { name: region })) }));
    const [row] = tabRow(entries);
    const opener = this.getAttribute("link-text") || "Click for instructions";
    const isButton = this.getAttribute("link-type") === "button";
    const panels = entries.map((entry) => entry.panel);
    this.shadowRoot.append(...dialogWith(opener, isButton, "Instructions", row, ...panels, h("slot")));
  }
}
