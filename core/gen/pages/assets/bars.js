"use strict";
// Accuracy by bar: where does it fall off? One regime and one figure at a time, and the numbers below.

{
  const { h, number } = gen;
  const place = document.getElementById("bars");
  const PREFERRED = { regime: "free_running", figure: "step_accuracy" };

  function numbers(found) {
    const bars = Math.max(...found.map((each) => each.values.length));
    const head = h("tr", {}, h("th", { scope: "col" }, "bar"),
      ...found.map((each) => h("th", { scope: "col" }, gen.label(each.arm, gen.armClass(each.arm)))));
    const rows = Array.from({ length: bars }, (_, bar) =>
      h("tr", {}, h("th", { scope: "row" }, String(bar + 1)),
        ...found.map((each) => h("td", { class: "figure" }, number(each.values[bar])))));
    const table = h("table", {}, h("thead", {}, head), h("tbody", {}, ...rows));
    return h("details", {}, h("summary", {}, "The numbers"),
      h("div", { class: "scroll", tabindex: 0, role: "region", "aria-label": "Figures by bar" }, table));
  }

  if (place) {
    const named = (words, key) => gen.unique(gen.data.bars.map((each) => each[key]))
      .map((name) => [name, words.get(name) ?? name]);
    const chosen = h("div");
    const show = () => {
      const found = gen.data.bars.filter(
        (each) => each.regime === regime.select.value && each.figure === figure.select.value,
      );
      if (!found.length) {
        chosen.replaceChildren(h("p", { class: "note" }, "This figure was not measured in this regime."));
        return;
      }
      const words = gen.words.figures.get(figure.select.value) ?? figure.select.value;
      chosen.replaceChildren(
        gen.chart({
          label: `${words} by bar`, xLabel: "bar", yLabel: words, dots: true, bounds: [0, 1], whole: true,
          series: found.map((each) => ({
            name: each.arm, class: gen.armClass(each.arm),
            points: each.values.map((value, bar) => [bar + 1, value ?? null]),
          })),
        }),
        numbers(found),
      );
    };
    const regime = gen.chooser("Regime", named(gen.words.regimes, "regime"), show);
    const figure = gen.chooser("Figure", named(gen.words.figures, "figure"), show);
    for (const [key, chooser] of [["regime", regime], ["figure", figure]]) {
      const has = gen.data.bars.some((each) => each[key] === PREFERRED[key]);
      if (has) chooser.select.value = PREFERRED[key];
    }
    const arms = gen.unique(gen.data.bars.map((each) => each.arm));
    place.append(
      h("div", { class: "choices" }, regime.element, figure.element),
      gen.legend(arms.map((arm) => ({ name: arm, class: gen.armClass(arm) }))),
      chosen,
    );
    if (gen.data.bars.length) show();
  }
}
