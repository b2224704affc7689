// How a reviewer wants media to begin; only Gavel's desk tells it, and not once the reviewer has said so by hand.
(function () {
  "use strict";
  var clear = document.getElementById("gavel-clear");
  var colour = document.getElementById("gavel-colour");
  var isAsked = false;
  [clear, colour].forEach(function (box) { box.addEventListener("change", function () { isAsked = true; }); });
  window.addEventListener("message", function (event) {
    var said = event.data || {};
    if (event.source !== window.parent || said.source !== "gavel-desk" || said.type !== "comfort" || isAsked) return;
    clear.checked = said.blur === false;
    colour.checked = said.greyscale === false;
  });
})();
