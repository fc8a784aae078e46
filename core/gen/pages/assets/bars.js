"use strict";
// Accuracy by bar: where does it fall off? Teacher-forced beside free-running, or any regime; the numbers below.

{
  const { h, number } = gen;
  const place = document.getElementById("bars");
  const FORCED = "teacher_forced", FREE = "free_running", LOST = "gap", BOTH = "teacher_forced free_running";
  const PREFERRED = { regime: [BOTH, FREE], figure: ["step_accuracy"] };
  const regimeWords = (regime) => gen.words.regimes.get(regime) ?? regime;

  const ends = (each, bar) => each.low[bar] == null || each.high[bar] == null
    ? [] : [h("small", {}, `${number(each.low[bar])} to ${number(each.high[bar])}`)];

  function numbers(found, several) {
    const bars = Math.max(...found.map((each) => each.values.length));
    const head = h("tr", {}, h("th", { scope: "col" }, "bar"),
      ...found.map((each) => h("th", { scope: "col" }, gen.label(each.arm, gen.armClass(each.arm)),
        ...(several ? [h("small", {}, regimeWords(each.regime))] : []))));
    const rows = Array.from({ length: bars }, (_, bar) =>
      h("tr", {}, h("th", { scope: "row" }, String(bar + 1)),
        ...found.map((each) => h("td", { class: "figure" }, number(each.values[bar]), ...ends(each, bar)))));
    const table = h("table", {}, h("thead", {}, head), h("tbody", {}, ...rows));
    return h("details", {}, h("summary", {}, "The numbers"),
      h("div", { class: "scroll", tabindex: 0, role: "region", "aria-label": "Figures by bar" }, table));
  }

  if (place) {
    const named = (key, word) => gen.unique(gen.data.bars.map((each) => each[key])).map((name) => [name, word(name)]);
    const chosen = h("div");
    const show = () => {
      const regimes = regime.select.value === BOTH ? [FORCED, FREE] : [regime.select.value];
      const several = regimes.length > 1;
      const found = gen.data.bars.filter(
        (each) => regimes.includes(each.regime) && each.figure === figure.select.value,
      );
      if (!found.length) {
        chosen.replaceChildren(h("p", { class: "note" }, "This figure was not measured in this regime."));
        return;
      }
      const words = gen.words.figures.get(figure.select.value) ?? figure.select.value;
      const title = regimes[0] === LOST ? `${words}, ${regimeWords(LOST)}` : words;
      chosen.replaceChildren(
        ...(several ? [h("p", { class: "note" },
          "Dashed, with rings: teacher-forced. Solid, with discs: free-running. What lies between is lost.")] : []),
        gen.chart({
          label: `${title} by bar`, xLabel: "bar", yLabel: title, dots: true, whole: true,
          bounds: regimes[0] === LOST ? [-1, 1] : [0, 1],
          series: found.map((each) => ({
            name: several ? `${each.arm}, ${regimeWords(each.regime)}` : each.arm,
            class: gen.armClass(each.arm), dashed: several && each.regime === FORCED,
            points: each.values.map((value, bar) => [bar + 1, value ?? null]),
            band: each.low.map((low, bar) => [bar + 1, low ?? NaN, each.high[bar] ?? NaN]),
          })),
        }),
        numbers(found, several),
      );
    };
    const regimes = named("regime", regimeWords);
    if ([FORCED, FREE].every((name) => regimes.some(([there]) => there === name))) {
      regimes.unshift([BOTH, `${regimeWords(FORCED)} and ${regimeWords(FREE)}`]);
    }
    const regime = gen.chooser("Regime", regimes, show);
    const figures = named("figure", (name) => gen.words.figures.get(name) ?? name);
    const figure = gen.chooser("Figure", figures, show);
    for (const [key, chooser, choices] of [["regime", regime, regimes], ["figure", figure, figures]]) {
      const first = PREFERRED[key].find((name) => choices.some(([there]) => there === name));
      if (first) chooser.select.value = first;
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
