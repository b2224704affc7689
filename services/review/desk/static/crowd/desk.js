/** The page's side of the talk with the desk; `crowd-html-elements.js` says what is said. */

import { h, isTyping, LOOK, sheet } from "./dom.js";

const PAGE = sheet(`
  @layer crowd {
    body { margin: 0; padding: 16px; font: 16px/1.5 system-ui, sans-serif; }
    img, video { max-width: 100%; }
  }
  img, video, canvas { filter: var(--gavel-filter, none); }
`);

export function tell(message) {
  window.parent.postMessage({ source: "gavel-task", ...message }, "*");
}

/** Once all elements are there: says so to the page and to the desk, and listens to the desk from then on. */
export function meetDesk() {
  document.adoptedStyleSheets = [...document.adoptedStyleSheets, PAGE];
  // A frame without allow-modals shows no alert() at all, and templates tell by it what is missing.
  window.alert = (text) => notice(String(text));
  window.addEventListener("message", (event) => {
    if (event.source !== window.parent || event.data?.source !== "gavel-desk") return;
    if (event.data.type === "restore") restore(event.data.answerContent);
    if (event.data.type === "comfort") comfort(event.data);
  });
  document.dispatchEvent(new CustomEvent("all-crowd-elements-ready", { bubbles: true }));
  tell({ type: "ready", version: 1 });
  let last = 0;
  new ResizeObserver(() => {
    const px = Math.ceil(document.body.getBoundingClientRect().bottom + window.scrollY);
    if (px !== last) tell({ type: "height", px });
    last = px;
  }).observe(document.body);
}

function restore(answerContent) {
  if (typeof answerContent !== "object" || answerContent === null) return;
  for (const form of forms(document)) form.restore(answerContent);
}

/** The forms of the page, those inside other elements too. */
function forms(root) {
  const inside = [...root.querySelectorAll("crowd-entity-annotation")].flatMap((element) => forms(element.shadowRoot));
  return [...root.querySelectorAll("crowd-form"), ...inside];
}

let veil = null;

function comfort({ blur, greyscale }) {
  if (document.querySelector("[data-gavel-comfort]")) return;
  veil ??= makeVeil();
  veil.set("blur", blur === true);
  veil.set("greyscale", greyscale === true);
}

const BAR = sheet(`
  :host { display: flex; flex-wrap: wrap; gap: .5em; margin: 0 0 1em; }
  .button[aria-pressed="true"] { background: var(--chosen); border-color: var(--accent); }
`);

/** Two buttons above the page, and what they do to its pictures. */
function makeVeil() {
  const state = { blur: false, greyscale: false };
  const host = h("div", { role: "group", "aria-label": "How pictures are shown" });
  const root = host.attachShadow({ mode: "open", delegatesFocus: true });
  root.adoptedStyleSheets = [LOOK, BAR];
  const buttons = {};
  const set = (name, isOn) => {
    state[name] = isOn;
    buttons[name].setAttribute("aria-pressed", String(isOn));
    const filters = [state.blur && "blur(24px)", state.greyscale && "grayscale(1)"].filter(Boolean);
    document.documentElement.style.setProperty("--gavel-filter", filters.join(" ") || "none");
  };
  for (const [name, title, key] of [["blur", "Blurred", "B"], ["greyscale", "Greyscale", "G"]]) {
    const turn = () => set(name, !state[name]);
    const attributes = { type: "button", className: "button", onclick: turn, "aria-keyshortcuts": key };
    buttons[name] = h("button", attributes, title, h("kbd", { textContent: key, "aria-hidden": "true" }));
    root.append(buttons[name]);
    document.addEventListener("keydown", (event) => {
      if (event.key.toUpperCase() === key && !event.repeat && !isTyping(event)) turn();
    });
  }
  document.body.prepend(host);
  return { set };
}

function notice(text) {
  const alert = h("crowd-alert", { type: "warning", dismissible: true }, text);
  (document.querySelector("crowd-form") ?? document.body).prepend(alert);
  alert.scrollIntoView({ block: "nearest" });
}
