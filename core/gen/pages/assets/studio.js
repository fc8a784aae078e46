"use strict";
// The studio: what was made, one clip of it that is looked at, and what is under way. Every tab looks at a clip of its
// own; what was made is the same for all, and comes from the server alone.

{
  const { h, press } = gen;
  const [SOON, LATER] = [300, 2000]; // milliseconds until the server is asked again
  const MOST = 12; // rolls of a card
  const titles = new Map(gen.data.verbs.map((verb) => [verb.name, verb.title]));
  const entries = new Map();
  const asked = new Set(); // jobs of this tab that aren't over
  const rows = new Map(); // of jobs, by number
  let here = null; // the place that is looked at: [number, file]
  let ahead = []; // where redo goes
  let seen = 0, drawings = 0, polling = 0;

  const kept = (() => {
    try {
      return JSON.parse(sessionStorage.getItem("studio") ?? "null") ?? {};
    } catch {
      return {};
    }
  })();
  const tab = typeof kept.tab === "string" ? kept.tab : String(crypto.getRandomValues(new Uint32Array(2)).join("-"));
  const remember = () => sessionStorage.setItem("studio", JSON.stringify({ tab, here, ahead }));

  const clipsOf = (entry) => entry.files.filter((name) => name.endsWith(".mid"));
  const isThere = (where) => Array.isArray(where) && clipsOf(entries.get(where[0]) ?? { files: [] }).includes(where[1]);
  const title = (verb) => titles.get(verb) ?? "Brought";
  const called = (entry) => `${entry.number} · ${title(entry.verb)}: ${gen.stem(entry.files[0])}`;

  // Bringing a clip.

  async function bring(file) {
    if (!file) return;
    gen.trouble("");
    if (file.size > gen.data.most) {
      gen.trouble(`${file.name} has ${(file.size / 1e6).toFixed(1)} MB; a clip has at most ${(gen.data.most / 1e6).toFixed(1)}.`);
      return;
    }
    const after = here ? `&after=${here[0]}&of=${encodeURIComponent(here[1])}` : "";
    const entry = await gen.ask(`/api/clips?name=${encodeURIComponent(file.name)}${after}`, {
      method: "POST", headers: { "content-type": "audio/midi" }, body: file,
    });
    if (entry) await arrive(entry);
  }

  const input = h("input", { type: "file", accept: ".mid,.midi,audio/midi", class: "unseen" });
  input.addEventListener("change", () => {
    bring(input.files[0]);
    input.value = "";
  });
  const zone = h("div", { class: "zone" }, press("Choose a MIDI file", () => input.click()), h("span", { class: "note" }, "or drop one here"));
  input.tabIndex = -1; // the button stands for it
  input.setAttribute("aria-label", "MIDI file");
  document.getElementById("bring").append(zone, input);
  for (const name of ["dragenter", "dragover"]) {
    addEventListener(name, (event) => {
      event.preventDefault();
      zone.classList.add("over");
    });
  }
  addEventListener("dragleave", (event) => { if (!event.relatedTarget) zone.classList.remove("over"); });
  addEventListener("drop", (event) => {
    event.preventDefault();
    zone.classList.remove("over");
    bring(event.dataTransfer?.files[0]);
  });

  // The clip that is looked at.

  const undo = press("Undo", () => step(entries.get(here[0]).after, true));
  const redo = press("Redo", () => step(ahead[ahead.length - 1], false));
  const files = gen.chooser("Clip", [], () => go([here[0], files.select.value]));
  const midi = h("a", { class: "button", download: "" }, "Download MIDI");
  const wav = h("a", { class: "button", download: "" }, "Download WAV");
  const volume = h("input", { type: "range", min: 0, max: 1, step: 0.01, value: gen.volume.level });
  volume.addEventListener("input", () => gen.volume.set(Number(volume.value)));
  const stage = h("div"), command = h("p", { class: "note" });
  const legend = h("p", { class: "note" }, "The fuller a note's colour, the louder it is; outlines are the notes before. A stroke to the "
    + "left of its beginning: it is early; to the right: late; five times as long as it is. A click into a roll plays from there.");
  const tools = h("div", { class: "choices" }, undo, redo, files.element, midi, wav, h("label", {}, "Volume ", volume));
  document.getElementById("clip").append(tools, stage, command, legend);

  function step(to, back) {
    const from = here;
    if (back) ahead.push(from);
    else ahead.pop();
    go(to, true);
    gen.say(back ? "Undone." : "Done again.");
  }

  // Look at another place; what redo would do is forgotten unless one moves along the history.
  async function go(to, along = false) {
    if (!along) ahead = [];
    here = isThere(to) ? to : null;
    remember();
    await draw();
  }

  async function draw() {
    const drawing = ++drawings;
    const entry = here && entries.get(here[0]);
    undo.disabled = !entry || entry.after === undefined;
    redo.disabled = !ahead.length;
    for (const button of document.querySelectorAll("#history button")) {
      button.setAttribute("aria-current", Boolean(entry) && Number(button.value) === entry.number);
    }
    for (const each of [files.element, midi, wav, legend]) each.hidden = !entry;
    if (!entry) {
      stage.firstChild?.player?.pause();
      stage.replaceChildren(h("p", { class: "note" }, "Bring a clip, or make one: Song and Sample need none."));
      command.textContent = "";
      return;
    }
    const clips = clipsOf(entry);
    files.select.replaceChildren(...clips.map((name) => h("option", { value: name }, name)));
    files.select.value = here[1];
    files.element.hidden = clips.length < 2;
    midi.href = gen.address("files", here);
    wav.href = gen.address("wav", here);
    const wanted = [here[1], ...clips.filter((name) => name !== here[1])].slice(0, MOST).map((name) => [entry.number, name]);
    const before = entry.of.length ? entry.of[0] : null;
    const [original, ...versions] = await Promise.all([before, ...wanted].map(
      (where) => where && gen.ask(gen.address("api/clips", where))));
    if (drawing !== drawings || versions.some((version) => !version)) return;
    const all = [...(original ? [{ ...original, name: "original", words: `before: ${original.words}` }] : []), ...versions];
    gen.data.arms = versions.map((version) => version.name);
    const card = gen.card({
      name: entry.verb === "clip" ? gen.stem(here[1]) : `${title(entry.verb)}: ${gen.stem(here[1])}`,
      seconds: Math.max(...all.map((version) => version.seconds)),
      versions: all.map(({ name, notes }) => ({ name, notes })),
      words: all.map(({ name, words, left }) => [name, left ? `${words}; ${left} more notes aren't drawn` : words]),
    }, drawing);
    stage.firstChild?.player?.pause();
    stage.replaceChildren(card);
    if (original) card.player.choose(1);
    command.replaceChildren(...(entry.command ? ["In a terminal, in the studio's folder: ", h("code", {}, entry.command)] : []),
      ...(entry.said.length ? [h("br"), entry.said.join(" · ")] : []));
    stage.dataset.shows = `${here[0]}/${here[1]}`;
  }

  // What was made.

  const history = h("ol", { class: "entries" });
  document.getElementById("history").append(history);

  function list(entry) {
    const made = entry.files[0].endsWith(".html")
      ? h("a", { href: gen.address("files", [entry.number, entry.files[0]]), target: "_blank", rel: "noopener" }, `${called(entry)} (opens a page)`)
      : press(called(entry), () => {
        gen.say(entry.said.join(" · "));
        go([entry.number, entry.files[0]]);
      }, { value: entry.number, "aria-current": false });
    history.prepend(h("li", {}, made));
  }

  // An entry that this tab asked for.
  async function arrive(entry) {
    for (let turn = 0; turn < 5 && !entries.has(entry.number); turn++) await poll(); // one may be on its way already
    const said = `${title(entry.verb)}: ${entry.said.join(" · ") || "done"}`;
    if (clipsOf(entry).length) {
      gen.say(said);
      await go([entry.number, entry.files[0]]);
    } else {
      const link = h("a", { href: gen.address("files", [entry.number, entry.files[0]]), target: "_blank", rel: "noopener" }, "open the page");
      gen.say(`${said}: `, link);
    }
  }

  // What is under way.

  const jobs = document.getElementById("jobs"), lines = h("ul", { class: "entries" });
  jobs.append(lines);

  function showJobs(found) {
    const going = found.filter((job) => job.state === "waiting" || job.state === "running");
    for (const [number, row] of rows) {
      if (going.some((job) => job.number === number)) continue;
      row.element.remove();
      rows.delete(number);
    }
    for (const job of going) {
      if (!rows.has(job.number)) {
        const text = h("span", {}), bar = h("progress", { "aria-label": `${title(job.verb)} is under way` });
        const cancel = press("Cancel", () => gen.send(`/api/jobs/${job.number}/cancel`, {}), { "aria-label": `Cancel ${title(job.verb)}` });
        const element = h("li", { class: "job" }, text, bar, cancel);
        rows.set(job.number, { element, text, bar });
        lines.append(element);
      }
      const { text, bar } = rows.get(job.number);
      text.textContent = `${title(job.verb)}: ${job.state === "running" ? `${Math.round(job.seconds)} s` : "waits"}`;
      bar.hidden = job.state !== "running";
    }
    jobs.hidden = !going.length;
  }

  async function start(verb, request, second) {
    gen.trouble("");
    if (verb.clips && !here) {
      gen.trouble(`${verb.title} takes a clip: bring one first, or make one with Song or Sample.`);
      return;
    }
    const clips = verb.clips === 2 ? [here, second] : verb.clips ? [here] : [];
    const job = await gen.send("/api/jobs", { ...request, clips, after: here, tab });
    if (!job) return;
    asked.add(job.number);
    gen.say(`${verb.title} is under way.`);
    poll();
  }

  // Ask what is new, and again soon where something is under way.
  let busy = null;
  function poll() {
    busy = busy ?? ask().finally(() => { busy = null; });
    return busy;
  }

  async function ask() {
    clearTimeout(polling);
    const state = await gen.ask(`/api/state?since=${seen}`);
    let going = false;
    if (state) {
      seen += state.entries.length;
      for (const entry of state.entries) {
        entries.set(entry.number, entry);
        list(entry);
      }
      if (state.entries.length) {
        gen.form.offerClips([...entries.values()].reverse().flatMap((entry) => clipsOf(entry).map(
          (name) => [[entry.number, name], `${entry.number} · ${gen.stem(name)}`])));
      }
      showJobs(state.jobs);
      going = state.jobs.some((job) => job.state === "waiting" || job.state === "running");
      for (const job of state.jobs) over(job);
    }
    polling = setTimeout(() => { if (!document.hidden) poll(); }, going ? SOON : LATER);
  }

  function over(job) {
    if (!asked.has(job.number) || job.state === "waiting" || job.state === "running") return;
    asked.delete(job.number);
    if (job.state === "done" && entries.has(job.entry)) setTimeout(() => arrive(entries.get(job.entry)));
    if (job.state === "failed") {
      gen.say("");
      gen.trouble(`${title(job.verb)}: ${job.said}`);
    }
    if (job.state === "cancelled") gen.say(`${title(job.verb)} was cancelled.`);
  }

  document.addEventListener("visibilitychange", () => { if (!document.hidden) poll(); });

  async function take(key, sample) {
    gen.trouble("");
    const entry = await gen.send(`/api/runs/${key}/take`, { sample, after: here });
    if (entry) await arrive(entry);
  }

  async function open() {
    gen.form.begin(start);
    const known = await gen.ask("/api/models");
    if (known) gen.form.offerModels(known.models);
    await poll();
    const last = [...entries.values()].reverse().find((entry) => clipsOf(entry).length);
    ahead = Array.isArray(kept.ahead) ? kept.ahead.filter(isThere) : [];
    await go("here" in kept && (kept.here === null || isThere(kept.here)) ? kept.here : last ? [last.number, last.files[0]] : null, true);
    gen.runs.begin(take, async (verb, model) => {
      const again = await gen.ask("/api/models");
      if (again) gen.form.offerModels(again.models);
      gen.form.prepare(verb, model);
    });
    if (location.search) window.history.replaceState(null, "", "/"); // the token is in a cookie now
    document.documentElement.dataset.ready = "yes";
  }
  open();
}
