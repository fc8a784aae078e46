"use strict";
// What can be done: a verb, a model, and a field for each of the verb's options, which keeps what was put into it.

{
  const { h } = gen;
  const place = document.getElementById("do");
  const verbs = gen.data.verbs;
  let models = [];
  let chosen = verbs[0].name;

  const named = (option) => (option.hint ? `${option.label} (${option.hint})` : option.label);
  const choose = (choices, attributes = {}) =>
    h("select", attributes, ...choices.map(([value, text]) => h("option", { value }, text)));

  // A field: its element, and what is in it.
  const FIELDS = {
    number(option) {
      if (option.name !== "amount") return this.whole(option);
      const input = h("input", { type: "range", min: option.low, max: option.high, step: option.step, value: option.default });
      const shown = h("output", {}, `${option.default} %`);
      input.addEventListener("input", () => { shown.value = `${input.value} %`; });
      return { element: h("label", { class: "wide" }, `${option.label} `, input, shown), value: () => Number(input.value) };
    },
    whole(option) {
      const input = h("input", {
        type: "number", min: option.low, max: option.high, step: option.step, value: option.default, required: true, name: option.name,
      });
      return { element: h("label", {}, h("span", {}, named(option)), input), value: () => Number(input.value) };
    },
    choice(option) {
      const select = choose(option.choices.map((each) => [each, each]), { name: option.name });
      return { element: h("label", {}, h("span", {}, named(option)), select), value: () => select.value };
    },
    text(option) {
      const input = h("input", {
        type: "text", value: option.default, pattern: option.pattern, title: option.hint, name: option.name, autocomplete: "off",
      });
      return { element: h("label", {}, h("span", {}, named(option)), input), value: () => input.value };
    },
    switch(option) {
      const input = h("input", { type: "checkbox", name: option.name });
      return { element: h("label", { class: "tick" }, input, named(option)), value: () => input.checked };
    },
    names(option) {
      const boxes = option.choices.map((each) => h("input", { type: "checkbox", value: each, name: option.name }));
      const element = h("fieldset", { class: "wide" }, h("legend", {}, named(option)),
        ...boxes.map((box) => h("label", { class: "tick" }, box, box.value)));
      return { element, value: () => boxes.filter((box) => box.checked).map((box) => box.value) };
    },
    model(option) {
      const select = h("select", { name: option.name });
      const offer = () => offerModels(select, "none");
      offer();
      return { element: h("label", { class: "wide" }, h("span", {}, named(option)), select), value: () => select.value, offer };
    },
  };

  function offerModels(select, unsaid) {
    const before = select.value;
    select.replaceChildren(h("option", { value: "" }, unsaid),
      ...models.map(({ id, name, about }) => h("option", { value: id, title: about }, name)));
    if (models.some(({ id }) => id === before)) select.value = before;
  }

  // Fields of a verb, those that lock something folded away.
  function panel(verb) {
    const fields = verb.options.map((option) => [option, FIELDS[option.kind](option)]);
    const locking = verb.options.some(({ name }) => name === "keep") ? ["drums", "keep", "bars"] : [];
    const second = verb.clips === 2 ? h("select", { name: "second", required: true }) : null;
    const model = h("select", { name: "model" });
    const of = (wanted) => fields.filter(([{ name }]) => locking.includes(name) === wanted).map(([, field]) => field.element);
    const element = h("div", { class: "fields" },
      h("p", { class: "note wide" }, verb.does),
      ...(second ? [h("label", { class: "wide" }, h("span", {}, "Second clip"), second)] : []),
      ...of(false),
      ...(locking.length ? [h("details", { class: "wide" }, h("summary", {}, "Locks: which drums and bars may change"),
        h("div", { class: "fields" }, ...of(true)))] : []),
      h("label", { class: "wide" }, h("span", {}, "Model"), model));
    return {
      verb, element, second, model,
      values: () => Object.fromEntries(fields.map(([{ name }, field]) => [name, field.value()])),
      offer() {
        offerModels(model, `as gen ${verb.name} takes (${verb.model})`);
        for (const [, field] of fields) field.offer?.();
      },
    };
  }

  const panels = new Map(verbs.map((verb) => [verb.name, panel(verb)]));
  const held = h("div");
  const button = h("button", { type: "submit", class: "main" });
  const radios = verbs.map((verb) => {
    const radio = h("input", { type: "radio", name: "verb", value: verb.name, checked: verb.name === chosen });
    radio.addEventListener("change", () => show(verb.name));
    return radio;
  });
  const form = h("form", {},
    h("fieldset", { class: "verbs" }, h("legend", { class: "unseen" }, "What to do"),
      ...radios.map((radio, at) => h("label", {}, radio, h("span", {}, verbs[at].title)))),
    held, button);
  place.append(form);

  function show(name) {
    chosen = name;
    const { verb, element } = panels.get(name);
    radios.find((radio) => radio.value === name).checked = true;
    held.replaceChildren(element);
    button.textContent = verb.title;
  }
  show(chosen);

  gen.form = {
    // `start` is told of a verb, and of what is asked for.
    begin(start) {
      form.addEventListener("submit", (event) => {
        event.preventDefault();
        const { verb, model, second, values } = panels.get(chosen);
        start(verb, { verb: verb.name, model: model.value, options: values() }, second ? JSON.parse(second.value) : null);
      });
    },
    offerModels(found) {
      models = found;
      panels.forEach((each) => each.offer());
    },
    // Clips that may be the second one, as pairs of a place and what to call it.
    offerClips(clips) {
      for (const { second } of panels.values()) {
        if (!second) continue;
        const before = second.value;
        second.replaceChildren(...clips.map(([where, text]) => h("option", { value: JSON.stringify(where) }, text)));
        if (clips.some(([where]) => JSON.stringify(where) === before)) second.value = before;
      }
    },
    // A verb with a model, ready to be done.
    prepare(name, model) {
      show(name);
      panels.get(name).model.value = model;
      place.scrollIntoView({ block: "start" });
      button.focus();
    },
  };
}
