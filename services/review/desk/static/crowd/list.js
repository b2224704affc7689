/** Reads the lists that templates write into attributes: `categories`, `labels`, `initial-value`. */

const ENTITIES = { amp: "&", lt: "<", gt: ">", quot: '"', apos: "'", "#39": "'", "#34": '"' };

/**
 * The value of text that is nearly JSON: A2I takes bare keys, single quotes and commas at the end, and its documentation
 * uses all of them. Names may still be escaped for HTML (`Blood &amp; Gore`). Throws SyntaxError.
 */
export function readList(text) {
  const reader = new Reader(text);
  const value = reader.value();
  reader.space();
  if (reader.at < text.length) throw reader.problem();
  return value;
}

class Reader {
  constructor(text) {
    this.text = text;
    this.at = 0;
    this.depth = 0;
  }

  problem() {
    return new SyntaxError(`can't read ${JSON.stringify(this.text.slice(this.at, this.at + 20))} at ${this.at}`);
  }

  space() {
    while (/\s/.test(this.text[this.at] ?? "")) this.at += 1;
  }

  /** The next character after any space is this one; if so, it is taken. */
  takes(character) {
    this.space();
    if (this.text[this.at] !== character) return false;
    this.at += 1;
    return true;
  }

  value() {
    this.space();
    switch (this.text[this.at]) {
      case "[":
        return this.inside("]", [], (list) => list.push(this.value()));
      case "{":
        return this.inside("}", Object.create(null), (object) => {
          const key = this.text[this.at] === '"' || this.text[this.at] === "'" ? this.string() : this.word();
          if (!this.takes(":")) throw this.problem();
          object[key] = this.value();
        });
      case '"':
      case "'":
        return this.string();
      default:
        return literal(this.word());
    }
  }

  inside(end, whole, readOne) {
    this.at += 1;
    this.depth += 1;
    if (this.depth > 50) throw this.problem();
    while (!this.takes(end)) {
      this.space();
      readOne(whole);
      if (this.takes(",")) continue;
      if (this.takes(end)) break;
      throw this.problem();
    }
    this.depth -= 1;
    return whole;
  }

  string() {
    const quote = this.text[this.at];
    let read = "";
    for (this.at += 1; this.text[this.at] !== quote; this.at += 1) {
      if (this.at >= this.text.length) throw this.problem();
      read += this.text[this.at] === "\\" ? this.escaped() : this.text[this.at];
    }
    this.at += 1;
    return read.replace(/&(amp|lt|gt|quot|apos|#39|#34);/g, (_, name) => ENTITIES[name]);
  }

  escaped() {
    this.at += 1;
    const character = this.text[this.at];
    if (character === "u") {
      const code = this.text.slice(this.at + 1, this.at + 5);
      if (!/^[0-9a-fA-F]{4}$/.test(code)) throw this.problem();
      this.at += 4;
      return String.fromCharCode(parseInt(code, 16));
    }
    return { n: "\n", r: "\r", t: "\t", b: "\b", f: "\f" }[character] ?? character ?? "";
  }

  word() {
    const found = /^[^\s,:[\]{}"']+/.exec(this.text.slice(this.at, this.at + 1000));
    if (!found) throw this.problem();
    this.at += found[0].length;
    return found[0];
  }
}

function literal(word) {
  if (word === "true" || word === "false") return word === "true";
  if (word === "null" || word === "None" || word === "nil") return null;
  return /^-?\d+(\.\d+)?([eE][+-]?\d+)?$/.test(word) ? Number(word) : word;
}
