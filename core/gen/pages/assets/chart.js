"use strict";
// A line chart that redraws itself to the width it has; arrow keys or the pointer read values off it.

{
  const { h, s, number } = gen;
  const MARGIN = { top: 10, right: 24, bottom: 40, left: 56 };

  // Round numbers that span low to high, about `count` of them.
  function ticks(low, high, count) {
    const rough = (high - low) / count;
    const power = 10 ** Math.floor(Math.log10(rough));
    const step = [1, 2, 5, 10].map((factor) => factor * power).find((size) => size >= rough * 0.999);
    const found = [];
    for (let at = Math.ceil(low / step - 1e-9); at * step <= high + step * 1e-9; at++) found.push(at * step);
    return { found, step };
  }

  function shown(value, step) {
    const digits = Math.max(0, -Math.floor(Math.log10(step) + 1e-9));
    const text = Math.abs(value).toLocaleString("en", { minimumFractionDigits: digits, maximumFractionDigits: digits });
    return value < -step / 1e6 ? `−${text}` : text;
  }

  function extent(values, whole) {
    if (!values.length) return [0, 1];
    let low = Infinity, high = -Infinity;
    for (const value of values) { low = Math.min(low, value); high = Math.max(high, value); }
    if (low === high) return whole ? [low - 1, high + 1] : [low - Math.abs(low || 1) * 0.05, high + Math.abs(high || 1) * 0.05];
    return whole ? [low, high] : [low - (high - low) * 0.06, high + (high - low) * 0.06];
  }

  // The area between the bounds of a band, [[x, low, high], …], in as many pieces as there are gaps in it.
  function area(band, x, y) {
    const pieces = [[]];
    for (const span of band) {
      if (span.every(Number.isFinite)) pieces[pieces.length - 1].push(span);
      else pieces.push([]);
    }
    const at = (where, value) => `${x(where).toFixed(1)} ${y(value).toFixed(1)}`;
    return pieces.filter((piece) => piece.length > 1).map((piece) => {
      const below = piece.map(([where, low]) => at(where, low));
      const above = piece.map(([where, , high]) => at(where, high)).reverse();
      return `M${[...below, ...above].join("L")}Z`;
    }).join("");
  }

  // series: [{ name, class, dashed, points: [[x, y or null], …], band: [[x, low, high], …] or none }]; names: what is
  // read off at an x.
  gen.chart = ({ label, xLabel, yLabel, series, dots = false, bounds = [-Infinity, Infinity], whole = false }) => {
    const frame = h("div", { class: "chart" });
    const readout = h("output", { class: "readout" });
    const there = series.flatMap((each) => each.points.filter(([, y]) => Number.isFinite(y)));
    const bands = series.flatMap((each) => (each.band ?? []).flatMap(([, low, high]) => [low, high]));
    let [yLow, yHigh] = extent([...there.map(([, y]) => y), ...bands.filter(Number.isFinite)], false);
    yLow = Math.max(yLow, bounds[0]);
    yHigh = Math.min(yHigh, bounds[1]);
    if (!(yLow < yHigh)) [yLow, yHigh] = [yLow - 0.1, yLow + 0.1];
    const stops = gen.unique(series.flatMap((each) => each.points.map(([x]) => x))).sort((a, b) => a - b);
    const [xLow, xHigh] = extent(stops, true);
    let stop = -1;
    let cursor = null;
    let x = () => 0;

    const svg = s("svg", { role: "img", tabindex: 0, "aria-label": `${label}. Arrow keys read the values.` });

    function draw() {
      const width = Math.max(260, frame.clientWidth || 640);
      const height = width < 520 ? 240 : 320;
      const right = width - MARGIN.right, bottom = height - MARGIN.bottom;
      x = (value) => MARGIN.left + ((value - xLow) / (xHigh - xLow)) * (right - MARGIN.left);
      const y = (value) => bottom - ((value - yLow) / (yHigh - yLow)) * (bottom - MARGIN.top);
      const parts = [];
      const ys = ticks(yLow, yHigh, height / 55);
      for (const at of ys.found) {
        parts.push(s("line", { class: "grid", x1: MARGIN.left, x2: right, y1: y(at), y2: y(at) }));
        parts.push(s("text", { x: MARGIN.left - 8, y: y(at) + 4, "text-anchor": "end" }, shown(at, ys.step)));
      }
      parts.push(s("line", { class: "floor", x1: MARGIN.left, x2: right, y1: bottom, y2: bottom }));
      let xs = ticks(xLow, xHigh, Math.min(width / 90, stops.length > 1 ? Infinity : 2));
      if (whole && xs.step < 1) xs = { found: stops, step: 1 };
      for (const at of xs.found) {
        parts.push(s("text", { x: x(at), y: bottom + 18, "text-anchor": "middle" }, shown(at, xs.step)));
      }
      parts.push(s("text", { x: right, y: height - 4, "text-anchor": "end" }, xLabel));
      for (const each of series) {
        if (each.band) parts.push(s("path", { class: `band ${each.class}`, d: area(each.band, x, y) }));
      }
      for (const each of series) {
        const marks = []; // over the line, so that a ring is empty
        let path = "", pen = "M";
        for (const [at, value] of each.points) {
          if (!Number.isFinite(value)) { pen = "M"; continue; }
          path += `${pen}${x(at).toFixed(1)} ${y(value).toFixed(1)}`;
          pen = "L";
          const shape = each.dashed ? "dot ring" : "dot";
          if (dots) marks.push(s("circle", { class: `${shape} ${each.class}`, cx: x(at), cy: y(value), r: 3 }));
        }
        parts.push(s("path", {
          class: `line ${each.class}${each.dashed ? " dashed" : ""}`, d: path,
          "stroke-dasharray": each.dashed ? "5 3" : null,
        }), ...marks);
      }
      cursor = s("line", { class: "cursor", y1: MARGIN.top, y2: bottom, visibility: "hidden" });
      svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
      svg.setAttribute("height", height);
      svg.replaceChildren(...parts, cursor);
      if (stop >= 0) point();
    }

    function point() {
      const at = stops[stop];
      for (const end of ["x1", "x2"]) cursor.setAttribute(end, x(at));
      cursor.setAttribute("visibility", "visible");
      const values = series
        .map((each) => [each.name, each.points.find(([where]) => where === at)?.[1]])
        .filter(([, value]) => value !== undefined);
      const where = at.toLocaleString("en", { maximumFractionDigits: 3 });
      readout.value = `${xLabel} ${where}: ${values.map(([name, value]) => `${name} ${number(value)}`).join(" · ")}`;
    }

    svg.addEventListener("keydown", (event) => {
      const move = { ArrowRight: 1, ArrowLeft: -1, Home: -Infinity, End: Infinity }[event.key];
      if (move === undefined || !stops.length) return;
      event.preventDefault();
      stop = Math.max(0, Math.min(stops.length - 1, stop + move));
      point();
    });
    svg.addEventListener("pointermove", (event) => {
      if (!stops.length) return;
      const box = svg.getBoundingClientRect();
      const where = (event.clientX - box.left) * (svg.viewBox.baseVal.width / box.width);
      stop = stops.reduce((best, at, place) => Math.abs(x(at) - where) < Math.abs(x(stops[best]) - where) ? place : best, 0);
      point();
    });
    frame.append(h("small", {}, yLabel), svg);
    let drawn = 0; // the width it was drawn for
    new ResizeObserver(() => requestAnimationFrame(() => {
      if (frame.clientWidth === drawn) return;
      drawn = frame.clientWidth;
      draw();
    })).observe(frame);
    const empty = there.length ? [] : [h("p", { class: "note" }, "There are no numbers here.")];
    return h("div", {}, ...empty, frame, readout);
  };

  // What the lines mean; entries: [{ name, class }].
  gen.legend = (entries) =>
    h("ul", { class: "legend" }, ...entries.map((each) => h("li", {}, gen.label(each.name, each.class))));
}
