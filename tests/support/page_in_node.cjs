"use strict";
// A page's scripts without a browser: just as much of a document and of Web Audio as the map asks for. Reads
// {"data", "scripts", "task"} from standard input and writes what the task gives as JSON; bytes come as base 64.

const { scripts, data, task } = JSON.parse(require("fs").readFileSync(0, "utf8"));

class Element {
  constructor(tag) {
    Object.assign(this, { tag, attributes: {}, children: [], listeners: {}, style: {}, dataset: {}, hidden: false, text: "" });
    this.classList = { toggle() {} };
  }

  setAttribute(name, value) {
    this.attributes[name] = String(value);
    if (["value", "href", "id"].includes(name)) this[name] = String(value);
  }

  getAttribute(name) { return this.attributes[name] ?? null; }
  append(...children) { this.children.push(...children); }
  replaceChildren(...children) { this.children = children; }
  addEventListener(kind, does) { (this.listeners[kind] ??= []).push(does); }
  setPointerCapture() { this.captured = true; }
  hasPointerCapture() { return Boolean(this.captured); }
  getBoundingClientRect() { return { left: 0, top: 0, width: 100, height: 100, bottom: 100, right: 100 }; }
  click() { this.fire("click"); }
  get textContent() { return this.text + this.children.map((each) => (typeof each === "string" ? each : each.textContent)).join(""); }
  set textContent(text) { this.text = text; this.children = []; }

  fire(kind, event = {}) {
    for (const does of this.listeners[kind] ?? []) does({ preventDefault() { event.prevented = true; }, ...event });
    return event;
  }

  * all() {
    yield this;
    for (const child of this.children) if (child instanceof Element) yield* child.all();
  }
}

const ids = {};
const root = new Element("main");
for (const id of ["palette", "errors"]) root.append(ids[id] = Object.assign(new Element("section"), { id }));
ids.data = Object.assign(new Element("script"), { text: JSON.stringify(data) });

const parameter = () => ({ value: 0, setValueAtTime() {}, exponentialRampToValueAtTime() {}, linearRampToValueAtTime() {}, setTargetAtTime() {} });
const sounded = [];
class AudioContext {
  currentTime = 0;
  sampleRate = 8000;
  destination = {};
  resume() {}
  node() {
    return { gain: parameter(), frequency: parameter(), Q: parameter(), connect(to) { return to; }, disconnect() {},
      start(when) { sounded.push(when); }, stop() {} };
  }
  createGain() { return this.node(); }
  createOscillator() { return this.node(); }
  createBiquadFilter() { return this.node(); }
  createBufferSource() { return this.node(); }
  createDynamicsCompressor() { return this.node(); }
  createBuffer(channels, length) { return { getChannelData: () => new Float32Array(length) }; }
}

const document = {
  getElementById: (id) => ids[id] ?? null,
  createElement: (tag) => new Element(tag),
  createElementNS: (space, tag) => new Element(tag),
  documentElement: new Element("html"),
};
const world = {
  document, AudioContext, sounded, atob, Blob, URL, addEventListener() {}, requestAnimationFrame() {}, console,
  setInterval: () => 0, clearInterval() {}, setTimeout() {},
  find: (test) => [...root.all()].filter(test),
  labelled: (start) => [...root.all()].find((each) => (each.attributes["aria-label"] ?? "").startsWith(start)),
  packed: (bytes) => Buffer.from(bytes).toString("base64"),
};
const given = new Function(...Object.keys(world), `${scripts.join("\n")}\nreturn (() => { ${task} })();`);
process.stdout.write(JSON.stringify(given(...Object.values(world)) ?? null));
