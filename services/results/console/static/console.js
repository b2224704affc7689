// The console's small conveniences. Every page works without them.
"use strict";

// "/" goes to the search, as long as nobody is writing.
const search = document.querySelector("[data-search]");
document.addEventListener("keydown", (event) => {
  const isWriting = event.target.closest("input, textarea, select, [contenteditable]") !== null;
  if (event.key === "/" && search && !isWriting && !event.ctrlKey && !event.metaKey && !event.altKey) {
    event.preventDefault();
    search.focus();
    search.select();
  }
});

// Choosing in such a form is asking.
for (const chosen of document.querySelectorAll("form[data-at-once] select")) {
  chosen.addEventListener("change", () => chosen.form.requestSubmit());
}

// What can't be undone is asked once more.
for (const form of document.querySelectorAll("form[data-confirm]")) {
  form.addEventListener("submit", (event) => {
    if (!window.confirm(form.dataset.confirm)) {
      event.preventDefault();
    }
  });
}
