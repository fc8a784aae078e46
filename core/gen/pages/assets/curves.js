"use strict";
// Training and validation curves of every training, one quantity at a time.

{
  const place = document.getElementById("curves");
  const PREFERRED = ["reconstruction", "loss"];

  function linesFor(quantity) {
    const lines = [];
    for (const trial of gen.data.curves) {
      const columns = new Map(trial.columns);
      const steps = columns.get("step"), values = columns.get(quantity);
      if (!Array.isArray(steps) || !Array.isArray(values)) continue;
      lines.push({
        name: trial.split === "train" ? `${trial.name}, training` : trial.name,
        class: gen.armClass(trial.arm),
        dashed: trial.split === "train",
        points: steps.map((step, at) => [step, values[at] ?? null]),
      });
    }
    return lines;
  }

  if (place) {
    const quantities = gen.unique(gen.data.curves.flatMap((trial) => trial.columns.map(([name]) => name)))
      .filter((name) => name !== "step" && linesFor(name).some((line) => line.points.some(([, y]) => Number.isFinite(y))));
    const chosen = gen.h("div");
    const show = () => {
      const quantity = chooser.select.value;
      const words = gen.words.figures.get(quantity) ?? quantity;
      chosen.replaceChildren(gen.chart({
        label: `${words} by step`, xLabel: "step", yLabel: words, series: linesFor(quantity),
      }));
    };
    const chooser = gen.chooser(
      "Quantity", quantities.map((name) => [name, gen.words.figures.get(name) ?? name]), show,
    );
    const first = PREFERRED.find((name) => quantities.includes(name));
    if (first) chooser.select.value = first;
    const arms = gen.unique(gen.data.curves.map((trial) => trial.arm));
    place.append(
      gen.h("div", { class: "choices" }, chooser.element),
      gen.legend(arms.map((arm) => ({ name: arm, class: gen.armClass(arm) }))),
      gen.h("p", { class: "note" }, "Solid: validation. Dashed: training. One line a training."),
      chosen,
    );
    if (quantities.length) show();
  }
}
