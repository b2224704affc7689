/** The dialog in which a missing label is found by a part of its name: a combobox with a list, as WAI-ARIA draws it. */

/** The label that was chosen for so many images, or null. */
export function openPicker(dialog, images) {
  const input = dialog.querySelector("input");
  const options = [...dialog.querySelectorAll("[role=option]")];
  const none = dialog.querySelector("[data-none]");
  const title = dialog.querySelector("h2");
  const stop = new AbortController();
  const listening = { signal: stop.signal };
  title.textContent = images === 1 ? "Which label is missing?" : `Which label is missing in these ${images} images?`;
  input.value = "";
  filter();
  dialog.showModal();
  input.focus();

  return new Promise((chosen) => {
    const end = (label) => {
      stop.abort();
      if (dialog.open) dialog.close();
      chosen(label);
    };
    input.addEventListener("input", filter, listening);
    input.addEventListener("keydown", (event) => {
      const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
      if (step) move(step);
      else if (event.key === "Enter") end(current()?.dataset.option ?? null);
      else return;
      event.preventDefault();
    }, listening);
    for (const option of options) option.addEventListener("click", () => end(option.dataset.option), listening);
    dialog.addEventListener("close", () => end(null), listening);
  });

  function filter() {
    const wanted = fold(input.value);
    for (const option of options) option.hidden = !fold(option.dataset.option).includes(wanted);
    // What begins so comes before what has it in the middle, without the list losing its order.
    const shown = options.filter((option) => !option.hidden);
    mark(shown.find((option) => fold(option.dataset.option).startsWith(wanted)) ?? shown[0]);
    none.hidden = shown.length > 0;
  }

  function move(step) {
    const shown = options.filter((option) => !option.hidden);
    if (shown.length) mark(shown[(shown.indexOf(current()) + step + shown.length) % shown.length]);
  }

  function current() {
    return options.find((option) => option.getAttribute("aria-selected") === "true" && !option.hidden);
  }

  function mark(option) {
    for (const each of options) each.setAttribute("aria-selected", String(each === option));
    if (option) input.setAttribute("aria-activedescendant", option.id);
    else input.removeAttribute("aria-activedescendant");
    option?.scrollIntoView({ block: "nearest" });
  }

  function fold(text) {
    return text.toLowerCase().replaceAll("&", "and").trim();
  }
}
