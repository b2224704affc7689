// The policy's editor: line numbers, the way to a problem's line, and a sign that a simulation is under way.
"use strict";

const editor = document.querySelector("[data-editor]");
const lines = document.querySelector("[data-lines]");

function number() {
  const count = editor.value.split("\n").length;
  lines.textContent = Array.from({ length: count }, (_, place) => place + 1).join("\n") + "\n\n";
  lines.scrollTop = editor.scrollTop;
}
editor.addEventListener("input", number);
editor.addEventListener("scroll", () => { lines.scrollTop = editor.scrollTop; });
number();

for (const link of document.querySelectorAll("[data-line]")) {
  link.addEventListener("click", (event) => {
    event.preventDefault();
    const line = Number(link.dataset.line);
    const all = editor.value.split("\n");
    const start = all.slice(0, line - 1).reduce((sum, each) => sum + each.length + 1, 0);
    editor.focus();
    editor.setSelectionRange(start, start + (all[line - 1] ?? "").length);
    editor.scrollTop = (line - 4) * (editor.scrollHeight / all.length);
  });
}

let isSent = false;
window.addEventListener("pageshow", () => {
  // Whoever comes back from the answer finds the page as they left it, about to send.
  isSent = false;
  for (const button of document.querySelectorAll("[aria-busy]")) {
    button.textContent = button.dataset.label;
    button.removeAttribute("aria-busy");
  }
});
document.querySelector("form[data-try]").addEventListener("submit", (event) => {
  if (isSent) {
    // Whoever clicks twice would be told that a simulation is under way: their own.
    event.preventDefault();
    return;
  }
  isSent = true;
  const button = event.submitter;
  if (button?.dataset.slow) {
    button.dataset.label = button.textContent;
    button.textContent = button.dataset.slow;
    button.setAttribute("aria-busy", "true");
  }
});

const result = document.querySelector("[data-result]");
if (result.childElementCount) {
  result.focus();
  result.scrollIntoView({ block: "start" });
}
