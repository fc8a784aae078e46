"use strict";
// Runs and pages of the studio's folders: the curves of a training while it goes on, clips of it, its palette.

{
  const { h, press } = gen;
  const runs = document.getElementById("runs"), pages = document.getElementById("pages");
  const LIST_EVERY = 10000, WATCH_EVERY = 2000; // milliseconds
  const list = h("ul", { class: "runs" }), none = h("p", { class: "note" }, "There are no runs in the studio's folders.");
  const links = h("ul", { class: "runs" }), empty = h("p", { class: "note" }, "There are no pages: comparisons, evaluations, palettes.");
  const detail = h("div");
  const PREFERRED = ["loss", "reconstruction"];
  let open = null, update = null, shown = "", listed = "", quantity = null;
  let take = () => {}, play = () => {};

  const told = (found) => `${found.name}${found.training ? ", being trained" : found.model ? "" : ", no checkpoint yet"}`;

  const rows = gen.keyed(list, (key) => h("li", {}, press("", () => turn(key), { value: key, "aria-expanded": "false" })));
  const pageLinks = gen.keyed(links, (key) => h("li", {}, h("a", { href: `/pages/${key}`, target: "_blank", rel: "noopener" })));

  function turn(key) {
    open = open === key ? null : key;
    for (const button of list.querySelectorAll("button")) button.setAttribute("aria-expanded", button.value === open);
    shown = "";
    update = null;
    detail.replaceChildren();
    if (open) watch();
  }

  // A chart of one quantity, which a list of them chooses: what of it there is, and what to do with a run's curves.
  function charts() {
    const choices = h("div", { class: "choices" }), place = h("div");
    let names = [], run = null, chooser = null;
    const show = () => {
      const series = Object.entries(run.curves).filter(([, columns]) => columns[quantity]).map(([split, columns]) => ({
        name: split, class: split === "train" ? "arm-0" : "arm-1", dashed: split === "train",
        points: columns.step.map((step, at) => [step, columns[quantity][at]]),
      }));
      place.replaceChildren(gen.legend(series), gen.chart({ label: `${quantity} by step`, xLabel: "step", yLabel: quantity, series }));
    };
    const change = (found) => {
      run = found;
      const known = gen.unique(Object.values(run.curves).flatMap((columns) => Object.keys(columns))).filter((name) => name !== "step");
      if (!known.length) {
        place.replaceChildren(h("p", { class: "note" }, run.said || "Nothing was logged yet."));
        return;
      }
      if (known.join() !== names.join()) {
        names = known;
        if (!names.includes(quantity)) quantity = PREFERRED.find((name) => names.includes(name)) ?? names[0];
        chooser = gen.chooser("Quantity", names.map((name) => [name, name]), () => { quantity = chooser.select.value; show(); });
        chooser.select.value = quantity;
        choices.replaceChildren(chooser.element);
      }
      show();
    };
    return [[choices, place], change];
  }

  // A run's part of the page, which stays while the run goes on: only what it says changes, so that neither the focus
  // nor a press that has begun is taken from anybody.
  function begun(run) {
    const model = `run:${run.key}`, status = h("p", { role: "status" });
    const uses = h("div", { class: "choices" }, press("Sample from it", () => play("sample", model)),
      press("Make its palette", () => play("palette", model)));
    const [chart, change] = charts();
    const title = h("h4", {}, "Clips it left"), samples = h("ul", { class: "samples" });
    const clips = gen.keyed(samples, (name) => h("li", {}, press(`Hear ${gen.stem(name)}`, () => take(run.key, name))));
    detail.replaceChildren(h("h3", {}, run.name), status, uses, ...chart, title, samples);
    return (found) => {
      status.textContent = `${found.training ? "Being trained: step" : "Step"} ${found.step.toLocaleString("en")}.`;
      uses.hidden = !found.model;
      change(found);
      clips(found.samples);
      title.hidden = samples.hidden = !found.samples.length;
    };
  }

  async function watch() {
    const key = open;
    const run = await gen.ask(`/api/runs/${key}`);
    if (!run || key !== open) return;
    const text = JSON.stringify(run);
    if (text === shown) return;
    shown = text;
    update = update ?? begun(run);
    update(run);
  }

  async function look() {
    const [found, known] = [await gen.ask("/api/runs"), await gen.ask("/api/pages")];
    if (!found || !known) return;
    const text = JSON.stringify([found, known]);
    if (text === listed) return;
    listed = text;
    rows(found.runs.map((run) => run.key)).forEach((row, at) => { row.firstChild.textContent = told(found.runs[at]); });
    pageLinks(known.pages.map((page) => page.key)).forEach((row, at) => { row.firstChild.textContent = known.pages[at].name; });
    none.hidden = found.runs.length > 0;
    empty.hidden = known.pages.length > 0;
  }

  none.hidden = empty.hidden = true; // until it is known
  runs.append(list, none, detail);
  pages.append(links, empty);

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
