"use strict";
// Runs and pages of the studio's folders: the curves of a training while it goes on, clips of it, its palette.

{
  const { h } = gen;
  const runs = document.getElementById("runs"), pages = document.getElementById("pages");
  const LIST_EVERY = 10000, WATCH_EVERY = 2000; // milliseconds
  const list = h("ul", { class: "runs" }), detail = h("div");
  const links = h("ul", { class: "runs" });
  const PREFERRED = ["loss", "reconstruction"];
  let open = null, shown = "", listed = "", quantity = null;
  let take = () => {}, play = () => {};

  const told = (found) => `${found.name}${found.training ? ", being trained" : found.model ? "" : ", no checkpoint yet"}`;

  function draw(found) {
    const focused = list.contains(document.activeElement) ? document.activeElement.value : null;
    list.replaceChildren(...found.map((run) => {
      const button = h("button", { type: "button", value: run.key, "aria-expanded": String(run.key === open) }, told(run));
      button.addEventListener("click", () => turn(run.key));
      return h("li", {}, button);
    }));
    if (!found.length) list.append(h("li", { class: "note" }, "There are no runs in the studio's folders."));
    if (focused) [...list.querySelectorAll("button")].find((button) => button.value === focused)?.focus();
  }

  function turn(key) {
    open = open === key ? null : key;
    for (const button of list.querySelectorAll("button")) button.setAttribute("aria-expanded", button.value === open);
    shown = "";
    detail.replaceChildren();
    if (open) watch();
  }

  // A chart of one quantity, which a list of them chooses.
  function curves(run) {
    const splits = Object.entries(run.curves);
    const names = gen.unique(splits.flatMap(([, columns]) => Object.keys(columns))).filter((name) => name !== "step");
    if (!names.length) return [h("p", { class: "note" }, run.said || "Nothing was logged yet.")];
    if (!names.includes(quantity)) quantity = PREFERRED.find((name) => names.includes(name)) ?? names[0];
    const place = h("div");
    const show = () => {
      const series = splits.filter(([, columns]) => columns[quantity]).map(([split, columns]) => ({
        name: split, class: split === "train" ? "arm-0" : "arm-1", dashed: split === "train",
        points: columns.step.map((step, at) => [step, columns[quantity][at]]),
      }));
      place.replaceChildren(gen.legend(series), gen.chart({ label: `${quantity} by step`, xLabel: "step", yLabel: quantity, series }));
    };
    const chooser = gen.chooser("Quantity", names.map((name) => [name, name]), () => { quantity = chooser.select.value; show(); });
    chooser.select.value = quantity;
    show();
    return [h("div", { class: "choices" }, chooser.element), place];
  }

  function drawRun(run) {
    const press = (text, does) => {
      const button = h("button", { type: "button" }, text);
      button.addEventListener("click", does);
      return button;
    };
    const samples = run.samples.map((name) => h("li", {}, press(`Hear ${gen.stem(name)}`, () => take(run.key, name))));
    const model = `run:${run.key}`;
    detail.replaceChildren(
      h("h3", {}, run.name),
      h("p", { role: "status" }, `${run.training ? "Being trained: step" : "Step"} ${run.step.toLocaleString("en")}.`),
      ...(run.model ? [h("div", { class: "choices" }, press("Sample from it", () => play("sample", model)),
        press("Make its palette", () => play("palette", model)))] : []),
      ...curves(run),
      ...(samples.length ? [h("h4", {}, "Clips it left"), h("ul", { class: "samples" }, ...samples)] : []),
    );
  }

  async function watch() {
    const key = open;
    const run = await gen.ask(`/api/runs/${key}`);
    if (!run || key !== open) return;
    const text = JSON.stringify(run);
    if (text === shown) return;
    const busy = detail.contains(document.activeElement); // nobody's focus is taken away
    if (!busy) drawRun(run);
    if (!busy) shown = text;
  }

  async function look() {
    const [found, known] = [await gen.ask("/api/runs"), await gen.ask("/api/pages")];
    if (!found || !known) return;
    const text = JSON.stringify([found, known]);
    if (text === listed) return;
    listed = text;
    draw(found.runs);
    links.replaceChildren(...known.pages.map(({ key, name }) =>
      h("li", {}, h("a", { href: `/pages/${key}`, target: "_blank", rel: "noopener" }, name))));
    if (!known.pages.length) links.append(h("li", { class: "note" }, "There are no pages: comparisons, evaluations, palettes."));
  }

  runs.append(list, detail);
  pages.append(links);

  gen.runs = {
    // `onTake` is told of a run and its sample, `onPlay` of a verb and a model.
    begin(onTake, onPlay) {
      take = onTake;
      play = onPlay;
      look();
      setInterval(() => { if (!document.hidden) look(); }, LIST_EVERY);
      setInterval(() => { if (!document.hidden && open) watch(); }, WATCH_EVERY);
    },
  };
}
