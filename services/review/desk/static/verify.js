/**
 * The page on which predictions are verified. What somebody says of an image is `{id, right, wrong, missing, seen}`, with
 * lists of labels; the desk answers with the same freed of contradictions.
 */

import { Outbox, read, store } from "./verify-outbox.js";
import { openPicker } from "./verify-picker.js";

const section = document.querySelector(".verify");
const { address, page, worker, csrf } = section.dataset;
const DONE = `gavel-undo:${worker}:${address}#${page}`;

const grid = section.querySelector(".grid");
const tiles = [...grid.children];
const byId = new Map(tiles.map((tile) => [tile.dataset.id, tile]));
const state = section.querySelector("[data-state]");
const progress = document.querySelector("[data-progress]");
const undone = section.querySelector("[data-do=undo]");

/** @type {{id: string, right: string[], wrong: string[], missing: string[], seen: boolean}[][]} */
const history = read(sessionStorage.getItem(DONE)) ?? [];
const outbox = new Outbox({ worker, address, page, csrf, say, taken });
let anchor = null;

for (const tile of tiles) prepare(tile);
for (const each of outbox.waiting()) if (byId.has(each.id)) show(each);
tell();
outbox.send();
markActive(tiles[0]);

// ---- What is said -------------------------------------------------------------------------------------------------

function saidOf(tile) {
  const labels = (said) => [...tile.querySelectorAll(`[data-said="${said}"]`)].map((row) => row.dataset.label);
  const missing = [...tile.querySelectorAll("[data-added]")].map((row) => row.dataset.added);
  return { id: tile.dataset.id, right: labels("right"), wrong: labels("wrong"), missing, seen: tile.dataset.seen === "true" };
}

function show(said) {
  const tile = byId.get(said.id);
  for (const row of tile.querySelectorAll("[data-label]")) {
    const { label } = row.dataset;
    row.dataset.said = said.right.includes(label) ? "right" : said.wrong.includes(label) ? "wrong" : "";
  }
  for (const row of tile.querySelectorAll("[data-added]")) row.remove();
  for (const label of said.missing) tile.querySelector(".labels").append(addedRow(tile, label));
  tile.dataset.seen = String(said.seen);
  tellOf(tile);
}

function everything(tile, what) {
  const labels = [...tile.querySelectorAll("[data-label]")].map((row) => row.dataset.label);
  const before = saidOf(tile);
  return { ...before, right: [], wrong: [], [what]: labels, seen: true };
}

/** A label's other answer: not answered, right, wrong, and round again. */
function turned(tile, label, to) {
  const said = saidOf(tile);
  const was = said.right.includes(label) ? "right" : said.wrong.includes(label) ? "wrong" : "";
  const next = to ? (was === to ? "" : to) : { "": "right", right: "wrong", wrong: "" }[was];
  const without = (labels) => labels.filter((each) => each !== label);
  const changed = { ...said, right: without(said.right), wrong: without(said.wrong) };
  if (next) changed[next].push(label);
  return { ...changed, seen: changed.right.length + changed.wrong.length + changed.missing.length > 0 };
}

function change(saids) {
  const before = saids.map((said) => saidOf(byId.get(said.id)));
  if (JSON.stringify(before) === JSON.stringify(saids)) return;
  history.push(before);
  keepHistory();
  put(saids);
}

function put(saids) {
  for (const said of saids) show(said);
  tell();
  outbox.put(saids);
}

function undo() {
  const last = history.pop();
  keepHistory();
  if (!last) return;
  put(last.filter((said) => byId.has(said.id)));
  byId.get(last[0]?.id)?.querySelector("input").focus();
}

function keepHistory() {
  while (history.length > 100) history.shift();
  store(sessionStorage, DONE, history, say);
}

// ---- What is shown ------------------------------------------------------------------------------------------------

function prepare(tile) {
  for (const row of tile.querySelectorAll("[data-added]")) row.replaceWith(addedRow(tile, row.dataset.added));
  const picture = tile.querySelector("img");
  const lost = () => {
    const note = document.createElement("p");
    note.className = "lost";
    note.textContent = "The image can't be loaded.";
    picture.replaceWith(note);
    close(tile);
  };
  picture?.addEventListener("error", lost);
  if (picture?.complete && !picture.naturalWidth) lost();
  if (!picture) close(tile);
  tellOf(tile);
}

/** Nobody answers about what nobody sees. What was said of it before stays, and can be undone. */
function close(tile) {
  tile.classList.add("closed");
  for (const button of tile.querySelectorAll("[data-say], [data-remove]")) button.disabled = true;
}

function addedRow(tile, label) {
  const row = document.createElement("li");
  row.className = "added";
  row.dataset.added = label;
  const name = document.createElement("span");
  name.className = "label";
  name.textContent = label;
  const button = document.createElement("button");
  button.type = "button";
  button.dataset.remove = label;
  button.tabIndex = tile === document.activeElement?.closest?.(".tile") ? 0 : -1;
  button.setAttribute("aria-label", `${label} isn't missing in image ${tiles.indexOf(tile) + 1}: take it off`);
  button.textContent = "×";
  row.append(name, " ", tag("missing"), button);
  return row;
}

function tag(text) {
  const element = document.createElement("span");
  element.className = "confidence";
  element.textContent = text;
  return element;
}

/** What the desk made of what was sent, save where something else has been said since. */
function taken(told, later) {
  const newer = new Set(later.map((each) => each.id));
  for (const said of told.words) if (byId.has(said.id) && !newer.has(said.id)) show(said);
  const counts = section.querySelector("[data-counts]");
  const isOpen = counts.querySelector("details").open;
  counts.innerHTML = told.counts; // A page of the desk's own, escaped there.
  counts.querySelector("details").open = isOpen;
  tell();
}

function tellOf(tile) {
  const said = saidOf(tile);
  for (const button of tile.querySelectorAll("[data-say]")) {
    const row = button.closest("[data-label]");
    button.setAttribute("aria-pressed", String(row.dataset.said === button.dataset.say));
  }
  const rows = tile.querySelectorAll("[data-label]").length;
  const answered = said.right.length + said.wrong.length;
  const isWhole = said.seen && answered === rows;
  tile.dataset.whole = String(isWhole);
  const words = !said.seen ? "" : !isWhole ? `${answered} of ${rows} answered`
    : said.wrong.length && said.right.length ? "partly right"
    : said.wrong.length ? "wrong" : said.missing.length ? "incomplete" : "right";
  tile.querySelector("[data-verdict]").textContent = words;
  tile.dataset.verdict = isWhole ? words : "";
}

function tell() {
  const done = tiles.filter((tile) => tile.dataset.whole === "true").length;
  progress.textContent = `${done} of ${tiles.length} on this page answered by you`;
  undone.disabled = !history.length;
  document.querySelector("a[rel=next]")?.classList.toggle("primary", done === tiles.length);
}

function say(kind, text) {
  state.className = `state ${kind}`;
  if (state.textContent !== text) state.textContent = text;
}

// ---- What one does ------------------------------------------------------------------------------------------------

const focused = () => document.activeElement?.closest?.(".tile") ?? null;
const picked = () => tiles.filter((tile) => box(tile).checked);

/** Those that can be seen, of the images that are selected, or that has the focus. */
function meant() {
  const chosen = picked();
  const tile = focused() ?? grid.querySelector(".active");
  const all = chosen.length ? chosen : tile ? [tile] : [];
  const seen = all.filter((each) => !each.classList.contains("closed"));
  if (seen.length < all.length) say("warn", "An image that can't be seen can't be answered.");
  return seen;
}

function box(tile) {
  return tile.querySelector("input");
}

/** One tile is the way in by Tab, and its labels come after it. */
function markActive(tile) {
  for (const each of tiles) {
    const isActive = each === tile;
    each.classList.toggle("active", isActive);
    for (const control of each.querySelectorAll("input, button")) control.tabIndex = isActive ? 0 : -1;
  }
}

function select(chosen) {
  for (const tile of tiles) {
    box(tile).checked = chosen.includes(tile);
    tile.classList.toggle("picked", chosen.includes(tile));
  }
}

function go(tile, extend) {
  if (!tile) return;
  if (extend) {
    anchor ??= focused() ?? tile;
    const [first, last] = [tiles.indexOf(anchor), tiles.indexOf(tile)].sort((one, other) => one - other);
    select(tiles.slice(first, last + 1));
  } else {
    anchor = null;
  }
  box(tile).focus();
  tile.scrollIntoView({ block: "nearest" });
}

function below(tile, step) {
  const columns = tiles.filter((each) => each.offsetTop === tiles[0].offsetTop).length;
  return tiles[tiles.indexOf(tile) + step * columns];
}

const DO = {
  right: () => answer("right"),
  wrong: () => answer("wrong"),
  missing: () => add(),
  undo,
  all: () => select(picked().length === tiles.length ? [] : tiles),
  clear: () => toggle("clear"),
  colour: () => toggle("coloured"),
};

function answer(what) {
  // Where nothing was seen nothing can be wrong, but something may be missing.
  const seen = meant();
  const chosen = seen.filter((tile) => what === "right" || tile.querySelector("[data-label]"));
  if (!chosen.length) return seen.length ? add() : undefined;
  const isOne = !picked().length;
  change(chosen.map((tile) => everything(tile, what)));
  if (isOne && chosen.length) go(tiles[tiles.indexOf(chosen[0]) + 1]);
  else select([]);
}

async function add() {
  const chosen = meant();
  if (!chosen.length) return;
  const before = document.activeElement;
  if (section.querySelector("dialog").open) return;
  const label = await openPicker(section.querySelector("dialog"), chosen.length);
  if (before?.isConnected) before.focus();
  if (!label) return;
  change(chosen.map((tile) => {
    const said = saidOf(tile);
    const row = tile.querySelector(`[data-label="${CSS.escape(label)}"]`);
    if (row) return { ...said, right: [...new Set([...said.right, label])], wrong: said.wrong.filter((each) => each !== label), seen: true };
    return { ...said, missing: [...new Set([...said.missing, label])].sort(), seen: true };
  }));
}

function toggle(how) {
  const chosen = picked().length ? picked() : focused() ? [focused()] : tiles;
  const on = !chosen.every((tile) => tile.classList.contains(how));
  for (const tile of chosen) tile.classList.toggle(how, on);
}

section.addEventListener("click", (event) => {
  const button = event.target.closest("button");
  if (!button) return;
  const tile = button.closest(".tile");
  if (button.dataset.do) DO[button.dataset.do]();
  else if (button.dataset.say) change([turned(tile, button.closest("[data-label]").dataset.label, button.dataset.say)]);
  else if (button.dataset.remove) {
    const said = saidOf(tile);
    const missing = said.missing.filter((label) => label !== button.dataset.remove);
    change([{ ...said, missing, seen: said.right.length + said.wrong.length + missing.length > 0 }]);
    box(tile).focus();
  }
});

grid.addEventListener("change", (event) => event.target.closest(".tile")?.classList.toggle("picked", event.target.checked));
grid.addEventListener("focusin", (event) => markActive(event.target.closest(".tile")));

addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || section.querySelector("dialog").open) return;
  const tile = focused() ?? grid.querySelector(".active");
  const done = keyed(event, tile);
  if (done) event.preventDefault();
});

function keyed(event, tile) {
  const key = event.key;
  const at = tiles.indexOf(tile);
  const moves = { ArrowRight: () => tiles[at + 1], ArrowLeft: () => tiles[at - 1], ArrowDown: () => below(tile, 1), ArrowUp: () => below(tile, -1) };
  if (moves[key]) return go(focused() ? moves[key]() : tile, event.shiftKey) ?? true;
  if (key === "Escape") return select([]) ?? true;
  if (event.repeat) return false;
  if (/^[1-9]$/.test(key) && tile && !tile.classList.contains("closed")) {
    const row = tile.querySelectorAll("[data-label]")[Number(key) - 1];
    if (row) change([turned(tile, row.dataset.label)]);
    return true;
  }
  const does = { r: DO.right, w: DO.wrong, m: DO.missing, u: DO.undo, a: DO.all, b: DO.clear, g: DO.colour, n: () => turn("next"), p: () => turn("prev") };
  const act = does[key.toLowerCase()];
  if (!act) return false;
  act();
  return true;
}

function turn(way) {
  document.querySelector(`a[rel=${way}]`)?.click();
}
