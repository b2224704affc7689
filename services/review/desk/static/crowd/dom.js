/** Building DOM by hand, and the look that all elements share. Text only ever enters by textContent. */

/**
 * An element with properties, attributes and children. Keys of `properties` that the element knows are set as properties
 * (`onclick`, `textContent`, `checked`), the rest as attributes; false, null and undefined set nothing.
 */
export function h(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [key, value] of Object.entries(properties)) {
    if (value === false || value === null || value === undefined) continue;
    if (key in element && key !== "role" && key !== "form") element[key] = value;
    else element.setAttribute(key, value === true ? "" : value);
  }
  element.append(...children);
  return element;
}

let numbers = 0;

/** An id that nothing else in this page has. */
export function newId(stem) {
  numbers += 1;
  return `gavel-${stem}-${numbers}`;
}

/** Style text as a sheet that shadow roots share; a policy without inline styles allows these too. */
export function sheet(css) {
  const made = new CSSStyleSheet();
  made.replaceSync(css);
  return made;
}

/** Whether a key press is for a text field, or a shortcut of the browser's, and so nobody else's. */
export function isTyping(event) {
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return true;
  const target = event.composedPath()[0];
  if (!(target instanceof Element)) return false;
  if (target.isContentEditable || target.matches("textarea, select")) return true;
  return target.matches("input") && !["checkbox", "radio", "button", "submit", "range"].includes(target.type);
}

export const LOOK = sheet(`
  :host {
    --ink: light-dark(#1f2933, #dfe4ea);
    --ink-2: light-dark(#5b6775, #98a3b0);
    --paper: light-dark(#ffffff, #1b2027);
    --paper-2: light-dark(#f4f6f8, #232a33);
    --line: light-dark(#c5cdd6, #3d4753);
    --accent: light-dark(#1f5fae, #7fb2ee);
    --accent-ink: light-dark(#ffffff, #10161d);
    --chosen: light-dark(#e8f0fb, #1d3048);
    --bad: light-dark(#b3261e, #f2a59f);
    box-sizing: border-box;
  }
  :host([hidden]) { display: none !important; }
  *, *::before, *::after { box-sizing: border-box; }
  button, input, textarea, select { font: inherit; color: inherit; }
  :focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }
  h2 { font-size: 1.15em; margin: 0 0 .75em; line-height: 1.3; }
  h3 { font-size: 1em; margin: 0 0 .5em; }
  kbd {
    font: 600 .75em/1 ui-monospace, monospace; padding: .25em .45em; border: 1px solid var(--line); border-radius: 4px;
    color: var(--ink-2); background: var(--paper);
  }
  .button {
    display: inline-flex; align-items: center; gap: .5em; padding: .5em 1em; border-radius: 6px; cursor: pointer;
    border: 1px solid var(--line); background: var(--paper); color: var(--ink); text-decoration: none;
  }
  .button:hover { background: var(--paper-2); }
  .button.primary { background: var(--accent); border-color: var(--accent); color: var(--accent-ink); font-weight: 600; }
  .button.primary:hover { filter: brightness(1.08); }
  .button.link { border: 0; padding: 0; background: none; color: var(--accent); text-decoration: underline; }
  .button:disabled { opacity: .55; cursor: default; }
  .choice {
    display: flex; align-items: center; gap: .6em; padding: .4em .7em; margin: 0 0 .3em; cursor: pointer;
    border: 1px solid var(--line); border-radius: 6px; background: var(--paper); color: var(--ink);
  }
  .choice:has(:checked) { border-color: var(--accent); background: var(--chosen); }
  .choice:has(:disabled) { opacity: .55; cursor: default; }
  .choice .what { flex: 1; overflow-wrap: anywhere; }
  .choice small { color: var(--ink-2); }
  input[type="checkbox"], input[type="radio"] { accent-color: var(--accent); width: 1.1em; height: 1.1em; margin: 0; flex: none; }
  fieldset { border: 0; margin: 0; padding: 0; min-width: 0; }
  .problem { color: var(--bad); margin: .4em 0 0; font-size: .9em; }
  .problem:empty { display: none; }
  dialog {
    border: 1px solid var(--line); border-radius: 10px; padding: 1.25em; max-width: min(44em, calc(100vw - 2em));
    max-height: calc(100vh - 2em); overflow: auto; background: var(--paper); color: var(--ink);
  }
  dialog::backdrop { background: rgb(0 0 0 / .45); }
  dialog > .close { float: right; margin: 0 0 .5em .5em; }
  img, video, canvas { filter: var(--gavel-filter, none); max-width: 100%; }
  @media (max-width: 640px), (pointer: coarse) { kbd { display: none; } }
`);
