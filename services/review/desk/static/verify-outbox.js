/**
 * What was said and isn't saved yet: kept in this browser at once, sent to the desk soon after, and again until the desk
 * has it; sending it twice changes nothing. What was said on another page and isn't sent yet goes along.
 */

const SOON_MS = 250;
const FIRST_WAIT_MS = 1000;
const LONGEST_WAIT_MS = 15_000;

/** What the desk can't take however often it is sent: unreadable, of images that aren't on that page, too large. */
const NEVER_TAKEN = [400, 409, 413];

export class Outbox {
  #sending = null;
  /** What this page needn't send again: somebody may be let in again, and then another page sends it. */
  #aside = new Set();

  /** `say(kind, text)` tells how it stands; `taken(answer, later)` gets the desk's answer to what this page has sent,
   * and what was said since. */
  constructor({ worker, address, page, csrf, say, taken }) {
    // What signing out forgets begins alike (desk.js).
    this.prefix = `gavel-answer:verify:${worker}:`;
    this.mine = `${this.prefix}${address}#${page}`;
    Object.assign(this, { csrf, say, taken });
  }

  /** Of this page. */
  waiting() {
    return read(localStorage.getItem(this.mine)) ?? [];
  }

  put(saids) {
    const waiting = new Map(this.waiting().map((each) => [each.id, each]));
    for (const said of saids) waiting.set(said.id, said);
    store(localStorage, this.mine, [...waiting.values()], this.say);
    this.send();
  }

  send() {
    if (!this.#keys().length) return;
    this.#sending ??= this.#flush().finally(() => { this.#sending = null; });
  }

  #keys() {
    return Object.keys(localStorage).filter((key) => key.startsWith(this.prefix) && !this.#aside.has(key));
  }

  async #flush() {
    this.say("plain", "Saving…");
    await pause(SOON_MS);
    let problem = null;
    const tell = (text) => { problem = text; };
    for (let wait = FIRST_WAIT_MS; this.#keys().length; ) {
      let went = true;
      for (const key of this.#keys()) {
        const result = await this.#attempt(key, tell);
        if (result === null) return;
        went &&= result;
      }
      if (!went) await pause(wait);
      wait = went ? FIRST_WAIT_MS : Math.min(wait * 2, LONGEST_WAIT_MS);
    }
    if (problem) this.say("warn", problem);
    else this.say("good", "Saved");
  }

  /** Whether it is done with; null when this page can send nothing any more. What must be told at the end is `tell`'s. */
  async #attempt(key, tell) {
    const sent = localStorage.getItem(key);
    const words = read(sent) ?? [];
    if (!words.length) {
      localStorage.removeItem(key);
      return true;
    }
    const [address, page] = key.slice(this.prefix.length).split("#");
    try {
      const answer = await fetch(address, {
        method: "POST",
        headers: { Accept: "application/json", "X-CSRF-Token": this.csrf },
        body: new URLSearchParams({ page, words: JSON.stringify(words) }),
      });
      if (answer.ok) {
        const told = await answer.json();
        const later = this.#forget(key, words);
        if (key === this.mine) this.taken(told, later);
        return true;
      }
      if (answer.status === 401) {
        this.say("warn", "You are signed out. What you said is kept here: sign in again, load the page anew, and it is saved.");
        return null;
      }
      if (answer.status === 403) {
        // The token is an earlier session's. A new one isn't asked for: it may be somebody else's who signed in here.
        this.say("warn", "Somebody has signed in here since this page was opened. What you said is kept: load the page anew, and it is saved.");
        return null;
      }
      if (answer.status === 404) {
        this.#aside.add(key);
        tell(`The set ${address.split("/").at(-2)} isn't your team's any more. What you said is kept here until you sign out.`);
        return true;
      }
      if (NEVER_TAKEN.includes(answer.status)) {
        this.#forget(key, words);
        tell("The desk didn't take that. Load the page anew and try again.");
        return true;
      }
      this.say("warn", "The desk can't save it right now. It is kept here, and tried again.");
    } catch {
      this.say("warn", "No connection. What you say is kept here, and saved as soon as there is one.");
    }
    return false;
  }

  /** What was sent, save what has been said since, which it gives. */
  #forget(key, sent) {
    const later = changedSince(sent, read(localStorage.getItem(key)) ?? []);
    if (later.length) store(localStorage, key, later, this.say);
    else localStorage.removeItem(key);
    return later;
  }
}

export function store(where, key, value, say) {
  try {
    where.setItem(key, JSON.stringify(value));
  } catch {
    say("warn", "This browser has no room left: what you say now is lost when the page is closed.");
  }
}

export function read(text) {
  try {
    return text ? JSON.parse(text) : null;
  } catch {
    return null;
  }
}

function changedSince(sent, now) {
  const before = new Map(sent.map((each) => [each.id, JSON.stringify(each)]));
  return now.filter((each) => before.get(each.id) !== JSON.stringify(each));
}

function pause(ms) {
  return new Promise((done) => setTimeout(done, ms));
}
