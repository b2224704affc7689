// The player, the segments, what reviewers add, keys, and what is missing before the task can be sent.
(function () {
  "use strict";
  var AROUND_MS = 500; // Shown before and after a segment, which may be a single frame.
  var MOST_ADDED = 50;
  var find = function (id) { return document.getElementById(id); };
  var all = function (selector, within) { return Array.prototype.slice.call((within || document).querySelectorAll(selector)); };
  var form = document.querySelector("crowd-form");
  var video = document.querySelector(".gavel-stage video");
  var seek = find("gavel-seek");
  var loop = find("gavel-loop");
  var missing = find("gavel-missing");
  var rows = all(".gavel-segment");
  var added = document.querySelector("input[name=added]");
  var choice = find("gavel-new");
  var ends = { from: find("gavel-from"), to: find("gavel-to") };
  var current = null; // The row that keys answer.
  var span = null; // What was jumped to last, {start, end} in ms: what is looped.
  var isBrief = false; // Nothing behind that is shown before it is asked for.

  // Times

  function timecode(ms) {
    var pad = function (value, width) { return String(value).padStart(width, "0"); };
    var seconds = Math.floor(ms / 1000);
    return Math.floor(seconds / 3600) + ":" + pad(Math.floor(seconds / 60) % 60, 2) + ":" + pad(seconds % 60, 2) + "." + pad(Math.round(ms) % 1000, 3);
  }
  /** `h:mm:ss.mmm`, with as much of it left out as people do; null for anything else. */
  function readTime(text) {
    if (!/^(\d+:)?(\d{1,2}:)?\d{1,5}([.,]\d{1,3})?$/.test(text.trim())) return null;
    var seconds = text.trim().replace(",", ".").split(":").reduce(function (sum, part) { return sum * 60 + Number(part); }, 0);
    return Math.round(seconds * 1000);
  }
  function now() { return Math.round(video.currentTime * 1000); }
  function duration() {
    return Number.isFinite(video.duration) && video.duration > 0 ? Math.round(video.duration * 1000) : Number(seek.max);
  }

  // The player

  function play() { video.play().catch(function () {}); } // Refused or unloadable: `error` tells.
  function toggle() { if (video.paused) play(); else video.pause(); }
  function goTo(ms) { video.currentTime = Math.min(Math.max(ms, 0), duration()) / 1000; show(); }
  function step(ms) { span = null; goTo(now() + ms); }
  function jump(start, end) {
    span = { start: Math.max(start - AROUND_MS, 0), end: end + AROUND_MS };
    isBrief = true;
    goTo(span.start);
    play();
  }
  function show() {
    var ms = now();
    seek.value = String(ms);
    seek.setAttribute("aria-valuetext", timecode(ms));
    find("gavel-time").textContent = timecode(ms);
    head.style.left = duration() ? (100 * ms) / duration() + "%" : "0";
  }
  function follow() {
    if (span && now() >= Math.min(span.end, duration() - 50)) {
      if (loop.checked) goTo(span.start);
      else if (isBrief) video.pause();
      isBrief = isBrief && !video.paused;
    }
    show();
    if (!video.paused) requestAnimationFrame(follow);
  }
  video.addEventListener("play", function () { named(find("gavel-play"), "Pause"); follow(); });
  video.addEventListener("pause", function () { named(find("gavel-play"), "Play"); });
  video.addEventListener("ended", function () { if (loop.checked && span) { goTo(span.start); play(); } });
  video.addEventListener("seeked", show);
  function measured() { seek.max = String(duration()); drawTimeline(); show(); }
  function lost() {
    find("gavel-lost").textContent = "The video can't be loaded. Load this page anew: what you have filled in is kept.";
  }
  video.addEventListener("loadedmetadata", measured);
  video.addEventListener("error", lost);
  seek.addEventListener("input", function () { span = null; goTo(Number(seek.value)); });
  find("gavel-sound").addEventListener("change", function () { video.muted = !this.checked; });
  function named(button, text) { button.firstChild.textContent = text + " "; }

  // The timeline: the same segments to look at, and for a mouse

  var timeline = find("gavel-timeline");
  var head = document.createElement("i");
  var bars = [];
  function drawTimeline() {
    var lanes = [];
    var whole = duration();
    if (!whole) return;
    bars = rows.map(function (row) {
      var bar = document.createElement("span");
      if (lanes.indexOf(row.dataset.label) < 0) lanes.push(row.dataset.label);
      bar.style.left = Math.min((100 * row.dataset.start) / whole, 99) + "%";
      bar.style.width = (100 * (row.dataset.end - row.dataset.start)) / whole + "%";
      bar.style.top = 2 + 11 * (lanes.indexOf(row.dataset.label) % 6) + "px";
      bar.title = row.dataset.label + ", " + timecode(Number(row.dataset.start));
      bar.addEventListener("click", function () { choose(row); });
      return bar;
    });
    timeline.style.height = 1 + 11 * Math.min(Math.max(lanes.length, 1), 6) + "px";
    timeline.replaceChildren.apply(timeline, bars.concat(head));
    colourBars();
  }
  function colourBars() {
    bars.forEach(function (bar, place) {
      bar.dataset.answer = answerOf(rows[place]) || "";
      bar.toggleAttribute("data-current", rows[place] === current);
    });
  }

  // The segments

  function answerOf(row) {
    var chosen = row.querySelector("input:checked");
    return chosen ? chosen.value : null;
  }
  /** Answered, and if by another label, with one. */
  function isAnswered(row) {
    return answerOf(row) !== null && (answerOf(row) !== "other" || row.querySelector("select").value !== "");
  }
  function mark(row) {
    current = row;
    rows.forEach(function (each) {
      if (each === row) each.setAttribute("aria-current", "true"); else each.removeAttribute("aria-current");
    });
    review();
  }
  function choose(row) {
    mark(row);
    // The list scrolls, and not the page, whose player has to stay in sight.
    var list = row.parentElement;
    if (row.offsetTop - list.offsetTop < list.scrollTop || row.offsetTop - list.offsetTop + row.offsetHeight > list.scrollTop + list.clientHeight) {
      list.scrollTop = row.offsetTop - list.offsetTop - 60;
    }
    row.querySelector(".gavel-go").focus({ preventScroll: true });
    find("gavel-now").textContent = "Segment " + (rows.indexOf(row) + 1) + " of " + rows.length;
    jump(Number(row.dataset.start), Number(row.dataset.end));
  }
  function move(by) {
    if (!rows.length) return;
    var place = current ? rows.indexOf(current) + by : by > 0 ? 0 : rows.length - 1;
    choose(rows[Math.min(Math.max(place, 0), rows.length - 1)]);
  }
  function answer(value) {
    if (!current) return;
    var radio = current.querySelector("input[value=" + value + "]");
    radio.click();
    if (value === "other") current.querySelector("select").focus(); else radio.focus({ preventScroll: true });
  }
  function alike() {
    if (!current || !isAnswered(current)) return [];
    return rows.filter(function (row) { return row.dataset.label === current.dataset.label && answerOf(row) === null; });
  }
  /** The answer of this segment for all others of its label that have none. */
  function answerEach() {
    alike().forEach(function (row) {
      row.querySelector("input[value=" + answerOf(current) + "]").checked = true;
      row.querySelector("select").value = current.querySelector("select").value;
    });
    added.dispatchEvent(new Event("change", { bubbles: true })); // One change for all, by which a draft is kept.
  }
  /** Shows what follows from the answers as they are. */
  function review() {
    rows.forEach(function (row) {
      var select = row.querySelector("select");
      select.hidden = select.disabled = answerOf(row) !== "other";
    });
    var progress = find("gavel-progress");
    if (progress) progress.textContent = rows.filter(isAnswered).length + " of " + rows.length + " answered.";
    var each = find("gavel-each");
    var others = alike().length;
    if (each) {
      each.hidden = !others;
      each.textContent = others ? "The same for " + others + " more of " + current.dataset.label : "";
      var key = document.createElement("kbd");
      key.textContent = "E";
      key.setAttribute("aria-hidden", "true");
      each.append(key);
    }
    colourBars();
  }
  rows.forEach(function (row) {
    row.querySelector(".gavel-go").addEventListener("click", function () { choose(row); });
    all("optgroup", choice).forEach(function (group) { row.querySelector("select").append(group.cloneNode(true)); });
    row.addEventListener("focusin", function () { if (current !== row) mark(row); });
  });
  all(".gavel-others .gavel-go").forEach(function (button) {
    button.addEventListener("click", function () { jump(Number(button.dataset.start), Number(button.dataset.end)); });
  });
  if (find("gavel-each")) find("gavel-each").addEventListener("click", answerEach);

  // What the model has missed: kept as JSON in a hidden field, which is what is sent

  function listed() {
    try {
      var list = JSON.parse(added.value);
      return Array.isArray(list) ? list : [];
    } catch (error) {
      return [];
    }
  }
  function keep(list) {
    added.value = JSON.stringify(list);
    added.dispatchEvent(new Event("change", { bubbles: true }));
  }
  function drawAdded() {
    find("gavel-added").replaceChildren.apply(find("gavel-added"), listed().map(function (each, place) {
      var item = document.createElement("li");
      var go = document.createElement("button");
      go.type = "button";
      go.className = "gavel-go";
      [["gavel-what", each.label], ["gavel-when", timecode(each.startMs) + " – " + timecode(each.endMs)]].forEach(function (part) {
        var text = document.createElement("span");
        text.className = part[0];
        text.textContent = part[1];
        go.append(text);
      });
      go.addEventListener("click", function () { jump(each.startMs, each.endMs); });
      var remove = document.createElement("button");
      remove.type = "button";
      remove.textContent = "Remove";
      remove.setAttribute("aria-label", "Remove " + each.label + " at " + timecode(each.startMs));
      remove.addEventListener("click", function () {
        keep(listed().filter(function (_, other) { return other !== place; }));
        find("gavel-add").focus({ preventScroll: true });
      });
      item.append(go, remove);
      return item;
    }));
  }
  function add() {
    var start = ends.from.value.trim() ? readTime(ends.from.value) : now();
    var end = ends.to.value.trim() ? readTime(ends.to.value) : start;
    var problem = null;
    if (!choice.value) problem = ["Choose a label first.", choice];
    else if (start === null || start > duration()) problem = ["That is no time in this video.", ends.from];
    else if (end === null || end > duration()) problem = ["That is no time in this video.", ends.to];
    else if (end < start) problem = ["It ends before it starts.", ends.to];
    else if (listed().length >= MOST_ADDED) problem = ["There are " + MOST_ADDED + " already: that is as many as there can be.", choice];
    find("gavel-not-added").textContent = problem ? problem[0] : "";
    if (problem) { problem[1].focus(); return; }
    var text = choice.value + " at " + timecode(start);
    keep(listed().concat([{ label: choice.value, startMs: start, endMs: end }]));
    [choice, ends.from, ends.to].forEach(function (field) { field.value = ""; });
    find("gavel-now").textContent = "Added " + text;
    find("gavel-add").focus({ preventScroll: true });
  }
  find("gavel-mark-from").addEventListener("click", function () { ends.from.value = timecode(now()); });
  find("gavel-mark-to").addEventListener("click", function () { ends.to.value = timecode(now()); });
  find("gavel-add").addEventListener("click", add);
  find("gavel-play").addEventListener("click", toggle);
  find("gavel-back").addEventListener("click", function () { step(-1000); });
  find("gavel-forward").addEventListener("click", function () { step(1000); });
  find("gavel-next").addEventListener("click", function () { move(1); });
  find("gavel-previous").addEventListener("click", function () { move(-1); });

  // What is missing

  function isComplete() {
    var ruling = document.querySelector("input[name=ruling]:checked");
    var unsaid = rows.filter(function (row) { return answerOf(row) === "other" && !isAnswered(row); })[0];
    var open = rows.filter(function (row) { return !isAnswered(row); })[0];
    var isNamed = listed().length > 0 || rows.some(isAnswered);
    var lack = null;
    if (!ruling) lack = ["Choose what should happen to it.", document.querySelector("input[name=ruling]")];
    else if (unsaid) lack = ["Say what it shows instead.", unsaid.querySelector("select")];
    else if (choice.value) lack = ["Add the label that you have chosen, or choose none.", find("gavel-add")];
    else if (open && (ruling.value !== "reject" || !isNamed)) {
      lack = [ruling.value === "reject" ? "Say of one segment at least whether it shows that." : "Say of each segment whether it shows that.", open.querySelector("input")];
    }
    missing.textContent = lack ? lack[0] : "";
    if (lack) lack[1].focus();
    return !lack;
  }
  form.onsubmit = function (event) { if (!isComplete()) event.preventDefault(); };
  document.addEventListener("change", function (event) {
    missing.textContent = "";
    if (event.target === added) drawAdded();
    review();
  });

  var KEYS = {
    p: toggle, ",": function () { step(-1000); }, ".": function () { step(1000); },
    j: function () { move(1); }, k: function () { move(-1); }, e: answerEach,
    1: function () { answer("confirmed"); }, 2: function () { answer("absent"); }, 3: function () { answer("other"); },
    i: function () { find("gavel-mark-from").click(); }, o: function () { find("gavel-mark-to").click(); },
    n: function () { choice.focus(); }, "+": add,
    l: function () { loop.click(); }, b: function () { find("gavel-clear").click(); },
    g: function () { find("gavel-colour").click(); }, m: function () { find("gavel-sound").click(); },
  };
  document.addEventListener("keydown", function (event) {
    var target = event.composedPath()[0];
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    if (target.matches && target.matches("textarea, select, input:not([type=checkbox]):not([type=radio]):not([type=range])")) {
      if (event.key !== "Enter" && event.key !== "Escape") return;
      event.preventDefault();
      // Out of the field, and with Enter on with what it is for.
      if (target.matches(".gavel-other")) choose(target.closest(".gavel-segment"));
      else if (event.key === "Enter") add();
      else find("gavel-play").focus({ preventScroll: true });
      return;
    }
    if (event.repeat && event.key !== "," && event.key !== ".") return;
    if (event.key === "Enter") {
      // A button or a summary that has the focus does what it always does.
      if (target.closest && target.closest("button, a, summary, crowd-button, [role=button]")) return;
      event.preventDefault();
      if (isComplete()) form.submit();
      return;
    }
    var ruling = document.querySelector("input[name=ruling][data-key='" + (/^[a-z]$/i.test(event.key) ? event.key.toLowerCase() : "-") + "']");
    var does = KEYS[event.key.toLowerCase()];
    if (!ruling && !does) return;
    event.preventDefault();
    if (does) does(); else { ruling.click(); ruling.focus({ preventScroll: true }); }
  });

  measured(); // Either may have come before this script.
  if (video.error) lost();
  review();
})();
