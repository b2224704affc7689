/**
 * The desk's own script: the page of a task, and small comforts of the others. It talks to the task's frame as
 * `crowd-html-elements.js` says at its head.
 *
 * What a reviewer has filled in is kept in this browser at once and at the desk soon after. An answer that can't be sent
 * is kept here and sent again until the desk has it; sending it twice changes nothing.
 */

const KEPT = "gavel-draft:";
const SENT = "gavel-answer:";
/** Where the desk sends whose time was over. */
const TOO_LATE = "/?notice=not-held";
/** The firewall's word to an address from where too much is asked for. */
const TOO_MANY = 429;
const LONGEST_WAIT_MS = 15_000;
const PATIENCE_MS = 10_000;
const LATE = "The task isn't here yet. If it doesn't come, load this page anew: what you filled in is kept.";

const work = document.querySelector("[data-task]");
if (work) showTask(work);
beginSignOut();
beginQueue();

function showTask(work) {
  const name = work.dataset.task;
  // Others may sit at this computer before this answer is sent, and be asked the same.
  const mine = `${work.dataset.worker}:${name}`;
  const frame = document.getElementById("frame");
  const state = document.getElementById("state");
  const clock = document.querySelector("[data-clock]");
  const endsAt = Date.now() + Number(work.dataset.left) * 1000;
  let isHurried = false;
  let isSending = false;
  let savedAt = 0;
  let saving = null;

  countDown();
  const ticking = setInterval(countDown, 1000);
  const waiting = localStorage.getItem(SENT + mine);
  if (waiting) send(waiting);

  addEventListener("message", (event) => {
    // The frame has no origin; what it is, only its window tells.
    if (event.source !== frame.contentWindow || event.data?.source !== "gavel-task") return;
    const { type, answerContent, px } = event.data;
    if (type === "ready") begin();
    else if (type === "height" && Number.isFinite(px)) frame.style.height = `${Math.min(Math.max(px, 240), 20_000)}px`;
    else if (type === "draft") keep(JSON.stringify(answerContent ?? {}));
    else if (type === "answer") send(JSON.stringify(answerContent ?? {}));
  });

  // What may come in its place (an error, or signing in again) no browser shows in this frame: it would just stay empty.
  const late = setTimeout(() => say("warn", LATE), PATIENCE_MS);

  function begin() {
    clearTimeout(late);
    if (state.textContent === LATE) state.hidden = true;
    tell({ type: "comfort", blur: work.dataset.blur === "true", greyscale: work.dataset.greyscale === "true" });
    const draft = read(localStorage.getItem(KEPT + mine)) ?? read(work.dataset.draft);
    if (draft) tell({ type: "restore", answerContent: draft });
    if (!document.activeElement || document.activeElement === document.body) frame.focus();
  }

  function tell(message) {
    frame.contentWindow.postMessage({ source: "gavel-desk", ...message }, "*");
  }

  function keep(content) {
    if (isSending) return;
    store(KEPT + mine, content);
    clearTimeout(saving);
    saving = setTimeout(() => {
      savedAt = Date.now();
      post("draft", content).catch(() => {}); // It is in this browser; the next change tries again.
    }, Math.max(0, savedAt + 2000 - Date.now()));
  }

  async function send(content) {
    if (isSending) return;
    isSending = true;
    clearTimeout(saving);
    store(SENT + mine, content);
    say("plain", "Sending…");
    for (let wait = 1000; ; wait = Math.min(wait * 2, LONGEST_WAIT_MS)) {
      const place = await attempt(content);
      if (place) {
        clearInterval(ticking);
        localStorage.removeItem(SENT + mine);
        // Whoever takes a task again that went back to the pool meanwhile goes on with what was answered too late.
        if (place === TOO_LATE) store(KEPT + mine, content);
        else localStorage.removeItem(KEPT + mine);
        location.assign(place);
        return;
      }
      if (!isSending) return;
      await new Promise((done) => setTimeout(done, wait));
    }
  }

  /** The page to go to, or null when it has to be tried again; `isSending` is false when that makes no sense. */
  async function attempt(content) {
    try {
      const answer = await post("answer", content);
      if (answer.ok) return (await answer.json()).next;
      if (answer.status === 401) {
        stop("You are signed out. Your answer is kept here: sign in again, open the task, and it is sent.");
      } else if (answer.status === 403 && (await why(answer)) === "forged") {
        stop("Somebody has signed in here since this page was opened. Your answer is kept here: load this page anew, and it is sent.");
      } else if (answer.status < 500 && answer.status !== TOO_MANY) {
        localStorage.removeItem(SENT + mine);
        stop("The desk didn't take that answer. Load the page anew and try again.");
      } else {
        say("warn", "The desk can't take it right now. Your answer is kept here, and tried again.");
      }
    } catch {
      say("warn", "No connection. Your answer is kept here, and is sent as soon as there is one.");
    }
    return null;
  }

  /** What the desk says of a refusal; a firewall before it refuses in words of its own. */
  async function why(answer) {
    return read(await answer.text())?.error;
  }

  function stop(text) {
    isSending = false;
    say("warn", text);
  }

  function post(what, content) {
    return fetch(`/tasks/${name}/${what}`, {
      method: "POST",
      headers: { Accept: "application/json", "X-CSRF-Token": work.dataset.csrf },
      body: new URLSearchParams({ answerContent: content }),
    });
  }

  function countDown() {
    const left = Math.max(0, Math.round((endsAt - Date.now()) / 1000));
    const hours = Math.floor(left / 3600);
    const rest = `${String(Math.floor(left / 60) % 60).padStart(hours ? 2 : 1, "0")}:${String(left % 60).padStart(2, "0")}`;
    clock.textContent = hours ? `${hours}:${rest}` : rest;
    document.getElementById("clock").classList.toggle("late", left <= 60);
    // Told once, not every second: a screen reader would read nothing else. A tab in the background misses seconds.
    if (left <= 60 && left > 0 && !isHurried && !isSending) {
      isHurried = true;
      say("warn", "Less than a minute left.");
    }
    if (left === 0 && !isSending) location.reload();
  }

  function say(kind, text) {
    state.className = `notice ${kind}`;
    state.textContent = text;
    state.hidden = false;
  }
}

/** Others may sit at this computer next. */
function beginSignOut() {
  document.querySelector("[data-sign-out]")?.addEventListener("submit", () => {
    for (const key of Object.keys(localStorage)) {
      if (key.startsWith(KEPT) || key.startsWith(SENT)) localStorage.removeItem(key);
    }
  });
}

function beginQueue() {
  const refresh = document.querySelector("[data-refresh]");
  if (!refresh) return;
  setInterval(() => {
    // Nobody's reading or keyboard work is interrupted: only a page at rest is loaded anew.
    const isIdle = !document.activeElement || document.activeElement === document.body;
    if (document.visibilityState === "visible" && isIdle) location.replace(location.pathname);
  }, Number(refresh.dataset.refresh) * 1000);
  addEventListener("keydown", (event) => {
    if (event.key.toLowerCase() !== "n" || event.ctrlKey || event.metaKey || event.altKey) return;
    document.querySelector("[data-next]")?.click();
  });
}

function store(key, text) {
  try {
    localStorage.setItem(key, text);
  } catch {
    // No room: the desk gets it all the same.
  }
}

function read(text) {
  try {
    return text ? JSON.parse(text) : null;
  } catch {
    return null;
  }
}
