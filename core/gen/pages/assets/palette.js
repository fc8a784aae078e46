"use strict";
// The map: a square to drag in, two sliders that say the same to keyboards and screen readers, the clip of the place
// as a roll, and the player, which changes clips without losing its place.

{
  const { h } = gen;
  const { size, seconds, clips, corners } = gen.data;
  const TEMPO = 120; // quarter notes a minute, as the clips are written
  const place = document.getElementById("palette");
  const layout = gen.layout({ seconds, versions: clips });
  const marks = gen.marks({ seconds }, layout);
  let tempo = TEMPO, x = 0, y = 0, player = null;

  const index = () => y * size + x;
  const slower = (notes) => notes.map(([start, end, ...rest]) => [start * TEMPO / tempo, end * TEMPO / tempo, ...rest]);

  // A new player plays on where the one before it was.
  function renew() {
    const share = player ? player.position() / player.seconds : 0;
    const playing = player && player.playing;
    if (player) player.pause();
    const length = seconds * TEMPO / tempo;
    player = gen.player(clips.map((clip) => slower(clip.notes)), length, show);
    Object.assign(player, { seconds: length, loop: true, version: index() });
    player.seek(share * length);
    if (playing) player.play();
  }

  const slider = (label, max, attributes = {}) =>
    h("input", { type: "range", min: 0, max, step: 1, value: 0, "aria-label": label, ...attributes });
  const across = slider("across, from the left corners to the right ones", size - 1);
  const down = slider("down, from the upper corners to the lower ones", size - 1);
  const point = h("div", { class: "point" });
  const names = corners.map((name, at) => h("span", { class: `corner corner-${at}` }, name));
  const square = h("div", { class: "square", "aria-hidden": "true" }, ...names, point);
  const button = h("button", { type: "button" }, "Play");
  const pace = slider("tempo in quarter notes a minute", 240, { min: 40, value: TEMPO });
  const paceText = h("span", { class: "time" }, `${TEMPO} a minute`);
  const save = h("a", { download: "clip.mid", class: "save" }, "Download MIDI");
  const held = h("div", { class: "version original heard" });
  const said = h("output", { class: "readout", "aria-live": "polite" });
  let playhead = null;

  // The file that gen wrote, at the page's tempo: its first tempo event is FF 51 03 and three bytes of microseconds.
  function file() {
    const bytes = Uint8Array.from(atob(clips[index()].midi), (letter) => letter.charCodeAt(0));
    if (tempo !== TEMPO) {
      const at = bytes.findIndex((byte, i) => byte === 0xff && bytes[i + 1] === 0x51 && bytes[i + 2] === 3);
      const micros = Math.round(6e7 / tempo);
      if (at >= 0) bytes.set([micros >> 16, (micros >> 8) & 255, micros & 255], at + 3);
    }
    return bytes;
  }
  gen.midi = file;

  function draw() {
    const drawn = gen.roll({ notes: clips[index()].notes }, null, layout, marks);
    playhead = drawn.playhead;
    held.replaceChildren(drawn.pitches, drawn.roll);
    point.style.left = `${(100 * x) / (size - 1)}%`;
    point.style.top = `${(100 * y) / (size - 1)}%`;
    across.value = x;
    down.value = y;
    const text = `${clips[index()].notes.length} notes; ${Math.round((100 * x) / (size - 1))} % across, `
      + `${Math.round((100 * y) / (size - 1))} % down`;
    across.setAttribute("aria-valuetext", text);
    down.setAttribute("aria-valuetext", text);
    said.textContent = text;
    if (save.href) URL.revokeObjectURL(save.href);
    save.href = URL.createObjectURL(new Blob([file()], { type: "audio/midi" }));
    save.download = `map-${x + 1}-${y + 1}.mid`;
    move();
  }

  function go(toX, toY) {
    const next = [toX, toY].map((at) => Math.max(0, Math.min(size - 1, Math.round(at))));
    if (next[0] === x && next[1] === y) return;
    [x, y] = next;
    player.choose(index());
    draw();
  }
  gen.go = go;

  function move() {
    if (!playhead) return;
    playhead.hidden = !player.playing;
    playhead.style.left = `${(100 * player.position()) / player.seconds}%`;
  }

  function frame() {
    move();
    if (player.playing) requestAnimationFrame(frame);
  }

  function show() {
    button.textContent = player.playing ? "Pause" : "Play";
    frame();
  }

  function drag(event) {
    const box = square.getBoundingClientRect();
    go(((event.clientX - box.left) / box.width) * (size - 1), ((event.clientY - box.top) / box.height) * (size - 1));
  }
  square.addEventListener("pointerdown", (event) => { square.setPointerCapture(event.pointerId); drag(event); });
  square.addEventListener("pointermove", (event) => { if (square.hasPointerCapture(event.pointerId)) drag(event); });
  button.addEventListener("click", () => (player.playing ? player.pause() : player.play()));
  across.addEventListener("input", () => go(Number(across.value), y));
  down.addEventListener("input", () => go(x, Number(down.value)));
  pace.addEventListener("input", () => {
    tempo = Number(pace.value);
    paceText.textContent = `${tempo} a minute`;
    renew();
    draw();
  });

  const volume = h("input", { type: "range", min: 0, max: 1, step: 0.01, value: gen.volume.level });
  volume.addEventListener("input", () => gen.volume.set(Number(volume.value)));
  renew();
  place.append(
    h("p", {}, "Drag in the square, or use the sliders: every place is a clip between the four corners, and what plays goes "
      + "on from where it is. The sound is made by your browser, and is plainer than any instrument."),
    h("div", { class: "choices" }, button, h("label", {}, "Tempo ", pace), paceText, h("label", {}, "Volume ", volume), save),
    h("div", { class: "map" }, square, h("div", { class: "sliders" },
      h("label", {}, "Across ", across), h("label", {}, "Down ", down), said)),
    held,
  );
  draw();
  document.documentElement.dataset.drawn = "yes";
}
