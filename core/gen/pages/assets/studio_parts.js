"use strict";
// Elements that the studio's scripts share.

gen.press = (text, does, attributes = {}) => {
  const button = gen.h("button", { type: "button", ...attributes }, text);
  button.addEventListener("click", does);
  return button;
};

// Children by key: gives a function that is told keys and gives their elements. Those that are there already stay the same
// elements, so that neither a focus nor a press that has begun is lost when what a list is of changes.
gen.keyed = (parent, make) => {
  const kept = new Map();
  return (keys) => {
    for (const [key, element] of kept) {
      if (keys.includes(key)) continue;
      element.remove();
      kept.delete(key);
    }
    return keys.map((key, at) => {
      if (!kept.has(key)) kept.set(key, make(key));
      const element = kept.get(key);
      if (parent.children[at] !== element) parent.insertBefore(element, parent.children[at] ?? null);
      return element;
    });
  };
};
