// Keys, pictures inside of other elements, and what is missing before the task can be sent. Without it the page is a plain form.
(function () {
  "use strict";
  var form = document.querySelector("crowd-form");
  var clear = document.getElementById("gavel-clear");
  var colour = document.getElementById("gavel-colour");
  var missing = document.getElementById("gavel-missing");
  var all = function (selector) { return Array.prototype.slice.call(document.querySelectorAll(selector)); };

  // Pictures inside of other elements: a rule of this page doesn't reach them, but what it inherits does. As long as none
  // is found, the whole element stays veiled.
  function reach(host) {
    var look = function () {
      var pictures = picturesIn(host);
      pictures.forEach(function (picture) { picture.style.filter = "var(--gavel-filter)"; });
      if (pictures.length) host.classList.remove("gavel-unreached");
      rootsIn(host).forEach(function (root) { watcher.observe(root, { childList: true, subtree: true }); });
    };
    var watcher = new MutationObserver(look);
    document.addEventListener("all-crowd-elements-ready", look);
    window.addEventListener("load", look);
    look();
  }
  function rootsIn(host) {
    if (!host.shadowRoot) return [];
    var inside = Array.prototype.slice.call(host.shadowRoot.querySelectorAll("*"));
    return inside.reduce(function (roots, element) { return roots.concat(rootsIn(element)); }, [host.shadowRoot]);
  }
  function picturesIn(host) {
    return rootsIn(host).reduce(function (pictures, root) {
      return pictures.concat(Array.prototype.slice.call(root.querySelectorAll("img, canvas, video")));
    }, []);
  }
  all(".gavel-unreached").forEach(reach);

  all("img[data-gavel-picture]").forEach(function (picture) {
    var lost = function () {
      var note = document.createElement("p");
      note.setAttribute("role", "alert");
      note.textContent = "The image can't be loaded.";
      picture.replaceWith(note);
    };
    picture.addEventListener("error", lost);
    if (picture.complete && !picture.naturalWidth) lost();
  });

  // "None of these" and any label exclude each other.
  var none = document.querySelector("input[name=noneOfThese]");
  document.addEventListener("change", function (event) {
    if (!none || !event.target.checked) return;
    if (event.target === none) all("input[name=labels]").forEach(function (label) { label.checked = false; });
    if (event.target.name === "labels") none.checked = false;
  });

  function isComplete() {
    var lack = null;
    var rulings = document.getElementById("gavel-ruling");
    if (rulings && !document.querySelector("input[name=ruling]:checked")) {
      lack = [rulings.dataset.missing || "Choose what should happen to it.", "input[name=ruling]"];
    } else if (document.querySelector("#gavel-labels .gavel-confidence")
      && !document.querySelector("input[name=labels]:checked, input[name=noneOfThese]:checked")) {
      lack = ["Choose what it shows, or “None of these”.", "#gavel-labels input"];
    }
    missing.textContent = lack ? lack[0] : "";
    if (lack) document.querySelector(lack[1]).focus();
    return !lack;
  }
  form.onsubmit = function (event) { if (!isComplete()) event.preventDefault(); };
  document.addEventListener("change", function () { missing.textContent = ""; });

  document.addEventListener("keydown", function (event) {
    var target = event.composedPath()[0];
    if (event.ctrlKey || event.metaKey || event.altKey || event.repeat || event.isComposing) return;
    if (target.matches && target.matches("textarea, select, input:not([type=checkbox]):not([type=radio])")) return;
    if (event.key === "Enter") {
      // A button or a summary that has the focus does what it always does.
      if (target.closest && target.closest("button, a, summary, crowd-button, [role=button]")) return;
      event.preventDefault();
      if (isComplete()) form.submit();
      return;
    }
    var key = event.key.toLowerCase();
    var box = { b: clear, g: colour }[key] || document.querySelector("input[data-key='" + (/^[a-z0-9]$/.test(key) ? key : "-") + "']");
    if (!box) return;
    event.preventDefault();
    box.click();
    if (box !== clear && box !== colour) box.focus();
  });
})();
