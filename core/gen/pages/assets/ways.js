"use strict";
// Interpolation: for each stream a chart a measure, with a line for every model and for the coin, and their intervals.

for (const [at, charts] of gen.data.ways.entries()) {
  const lineClass = (line) => (line.model ? gen.armClass(line.name) : "original");
  const [first] = charts;
  document.getElementById(`ways-${at}`).append(
    gen.legend(first.lines.map((line) => ({ name: line.name, class: lineClass(line) }))),
    gen.h("div", { class: "beside" }, ...charts.map((chart) => gen.chart({
      label: `${chart.label} by position`, xLabel: "position", yLabel: chart.axis,
      bounds: chart.bounds ?? undefined,
      series: chart.lines.map((line) => ({
        name: line.name, class: lineClass(line), dashed: !line.model,
        points: line.cells.map(([where, mean]) => [where, mean]),
        band: line.cells.map(([where, , low, high]) => [where, low, high]),
      })),
    }))),
  );
}
