"use strict";
// A card for every clip: its versions as piano rolls under each other, and the player that lets them be heard.

{
  const { h } = gen;
  const place = document.getElementById("clips");

  function card(clip, number) {
    const layout = gen.layout(clip);
    const marks = gen.marks(clip, layout);
    const original = clip.versions.find((version) => version.name === "original");
    const words = new Map(clip.words ?? []);
    const rows = clip.versions.map((version) => {
      const { pitches, roll, playhead } = gen.roll(version, original, layout, marks);
      const own = version === original ? "original" : gen.armClass(version.name);
      const said = version.notes.length ? version.name : `${version.name}: plays no note`;
      const element = h("div", { class: `version ${own}` }, gen.label(said, own), pitches, roll,
        ...(words.has(version.name) ? [h("p", { class: "note feel" }, words.get(version.name))] : []));
      return { element, roll, playhead };
    });
    const ruler = h("div", { class: "version" }, h("div", { class: "seconds", "aria-hidden": "true" },
      ...marks.map(([at, name]) => {
        const label = h("span", {}, name);
        label.style.left = `${(100 * at) / layout.seconds}%`;
        return label;
      })));

    const player = gen.player(clip.versions.map((version) => version.notes), layout.seconds, show);
    const button = h("button", { type: "button" }, "Play");
    const stop = h("button", { type: "button" }, "Stop");
    const slider = h("input", {
      type: "range", class: "seek", min: 0, max: layout.seconds, step: 0.01, value: 0, "aria-label": "place in the clip",
    });
    const time = h("span", { class: "time" });
    const inTurn = h("input", { type: "checkbox" });
    const radios = clip.versions.map((version, at) => {
      const radio = h("input", { type: "radio", name: `version-${number}`, checked: at === 0 });
      radio.addEventListener("change", () => player.choose(at));
      return radio;
    });

    function move() {
      const at = player.position();
      slider.value = at;
      slider.setAttribute("aria-valuetext", `${at.toFixed(1)} of ${layout.seconds.toFixed(1)} seconds`);
      time.textContent = `${at.toFixed(1)} of ${layout.seconds.toFixed(1)} s`;
      for (const { playhead } of rows) {
        playhead.hidden = !player.playing && at === 0;
        playhead.style.left = `${(100 * at) / layout.seconds}%`;
      }
      if (player.playing) requestAnimationFrame(move);
    }

    function show() {
      button.textContent = player.playing ? "Pause" : "Play";
      radios[player.version].checked = true;
      rows.forEach(({ element }, at) => element.classList.toggle("heard", at === player.version));
      move();
    }

    button.addEventListener("click", () => (player.playing ? player.pause() : player.play()));
    stop.addEventListener("click", () => { player.pause(); player.seek(0); });
    slider.addEventListener("input", () => player.seek(Number(slider.value)));
    inTurn.addEventListener("change", () => { player.inTurn = inTurn.checked; });
    rows.forEach(({ roll }, at) => roll.addEventListener("click", (event) => {
      const box = roll.getBoundingClientRect();
      player.choose(at);
      player.seek(((event.clientX - box.left) / box.width) * layout.seconds);
      if (!player.playing) player.play();
    }));
    const title = `clip-${number}`;
    const element = h("article", { class: "clip", "aria-labelledby": title },
      h("h3", { id: title }, clip.name || `clip ${number + 1}`),
      h("div", { class: "choices" }, button, stop, slider, time),
      h("fieldset", {}, h("legend", {}, "heard"),
        ...clip.versions.map((version, at) => h("label", {}, radios[at], version.name)),
        h("label", {}, inTurn, "one after the other")),
      ...rows.map((row) => row.element), ruler);
    show();
    element.player = player;
    return element;
  }
  gen.card = card;

  if (place) {
    const volume = h("input", { type: "range", min: 0, max: 1, step: 0.01, value: gen.volume.level });
    volume.addEventListener("input", () => gen.volume.set(Number(volume.value)));
    const behind = h("input", { type: "checkbox", checked: true });
    behind.addEventListener("change", () => place.classList.toggle("without-original", !behind.checked));
    place.append(
      h("p", {}, "Choose who is heard, before or while it plays; a click into a roll plays from there. Outlines are the "
        + "original's notes; the fuller a note's colour, the louder it is. "
        + (gen.data.clips.some((clip) => (clip.words ?? []).length)
          ? "A stroke to the left of a note's beginning: it is early; to the right: late; five times as long as it is. " : "")
        + "The sound is made by your browser, and is plainer than any instrument."),
      h("div", { class: "choices" },
        h("label", {}, "Volume ", volume), h("label", {}, behind, " the original behind")),
      ...gen.data.clips.filter((clip) => clip.versions.length).map(card),
    );
  }
  document.documentElement.dataset.drawn = "yes";
}
