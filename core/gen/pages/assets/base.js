"use strict";
// What the other scripts share: the data, elements whose text can't be markup, numbers, and errors shown in the page.

const gen = {};

const SVG = "http://www.w3.org/2000/svg"; // a name, never fetched

gen.fail = (what) => {
  const place = document.getElementById("errors");
  place.hidden = false;
  place.append(`${place.textContent ? " · " : "A script of this page failed: "}${what}`);
};
addEventListener("error", (event) => gen.fail(`${event.message} (line ${event.lineno})`));
addEventListener("unhandledrejection", (event) => gen.fail(String(event.reason)));

gen.data = JSON.parse(document.getElementById("data").textContent);
gen.words = {
  regimes: new Map(gen.data.words.regimes),
  figures: new Map(gen.data.words.figures),
  drums: new Map(gen.data.words.drums),
};

// The class that has an arm's colour; the original, and whoever is not known, have none of their own.
gen.armClass = (name) => {
  const place = gen.data.arms.indexOf(name);
  return place < 0 ? "original" : `arm-${place % 8}`;
};

function fill(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== null && value !== false) element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children);
  return element;
}

gen.h = (name, attributes = {}, ...children) => fill(document.createElement(name), attributes, children);
gen.s = (name, attributes = {}, ...children) => fill(document.createElementNS(SVG, name), attributes, children);

gen.label = (name, armClass) =>
  gen.h("span", { class: "arm" }, gen.h("span", { class: `key ${armClass}` }), gen.h("span", {}, name));

// A select with a label; `choices` are pairs of value and text.
gen.chooser = (label, choices, onChange) => {
  const select = gen.h("select", {}, ...choices.map(([value, text]) => gen.h("option", { value }, text)));
  select.addEventListener("change", onChange);
  return { element: gen.h("label", {}, `${label} `, select), select };
};

gen.number = (value) => {
  if (value === null || value === undefined || !Number.isFinite(value)) return "–";
  const size = Math.abs(value);
  const text = size >= 999.5 ? Math.round(size).toLocaleString("en")
    : size >= 99.95 ? size.toFixed(1)
    : size >= 9.995 ? size.toFixed(2)
    : size >= 0.0005 || size === 0 ? size.toFixed(3)
    : size.toExponential(1);
  return value < 0 ? `−${text}` : text;
};

gen.unique = (values) => [...new Set(values)];
