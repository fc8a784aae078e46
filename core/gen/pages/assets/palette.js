"use strict";
// The map: a square to drag in, two sliders that say the same to keyboards and screen readers, the clip of the place
// as a roll, and the player, which changes clips without losing its place. There are two places, A and B, to go to and
// fro between; of drums each row can be muted, or locked: then it stays while the others move on.

{
  const { h } = gen;
  const { size, clips, corners, rows, resolution } = gen.data;
  const TEMPO = 120; // quarter notes a minute, as the clips are written
  const MICROS = 500000; // a quarter note of theirs
  const length = clips.reduce((longest, clip) => Math.max(longest, clip.end), 1); // ticks
  const place = document.getElementById("palette");
  const seconds = (tick, micros = MICROS) => gen.secondsOf(tick, micros, resolution);
  const timed = (notes, micros = MICROS) => notes.map(([a, b, ...rest]) => [seconds(a, micros), seconds(b, micros), ...rest]);
  const layout = gen.layout({ seconds: seconds(length), versions: clips.map((clip) => ({ notes: timed(clip.notes) })) });
  const marks = gen.marks({ seconds: seconds(length) }, layout);
  const muted = new Set();
  const places = { A: { x: 0, y: 0, locks: new Map() }, B: { x: size - 1, y: size - 1, locks: new Map() } };
  let here = "A", tempo = TEMPO, player = null;

  const micros = () => Math.round(6e7 / tempo);
  const index = ({ x, y } = places[here]) => y * size + x;

  // What a place plays, at ticks: its own rows, the locked ones from where they were locked, and none that is muted.
  function notesOf(at = places[here]) {
    const own = clips[index(at)].notes;
    if (!at.locks.size && !muted.size) return own;
    const locked = [...at.locks].flatMap(([pitch, from]) => clips[from].notes.filter((note) => note[2] === pitch));
    return gen.inFileOrder([...own.filter((note) => !at.locks.has(note[2])), ...locked].filter((note) => !muted.has(note[2])));
  }

  // As the page plays it: the file that gen wrote, or would write of these rows, at the page's tempo.
  function midi() {
    const { midi: text, end } = clips[index()];
    const own = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
    const whole = places[here].locks.size || muted.size ? gen.midiFile(own, notesOf(), end) : own;
    return tempo === TEMPO ? whole : gen.atTempo(whole, micros());
  }
  gen.midi = midi;
  gen.wav = () => gen.wave(timed(notesOf(), micros()), seconds(clips[index()].end, micros()));

  // A new player plays on where the one before it was.
  function renew() {
    const share = player ? player.position() / player.seconds : 0;
    const playing = player && player.playing;
    if (player) player.pause();
    const whole = seconds(length, micros());
    player = gen.player([timed(notesOf(), micros())], whole, show);
    Object.assign(player, { seconds: whole, loop: true });
    player.seek(share * whole);
    if (playing) player.play();
  }

  const slider = (label, max, attributes = {}) =>
    h("input", { type: "range", min: 0, max, step: 1, value: 0, "aria-label": label, ...attributes });
  const press = (text, label, attributes = {}) => h("button", { type: "button", "aria-label": label, ...attributes }, text);
  const across = slider("across, from the left corners to the right ones", size - 1);
  const down = slider("down, from the upper corners to the lower ones", size - 1);
  const point = h("div", { class: "point" }), other = h("div", { class: "point beside-it" });
  const names = corners.map((name, at) => h("span", { class: `corner corner-${at}` }, name));
  const square = h("div", {
    class: "square", tabindex: 0, role: "application", "aria-describedby": "palette-said",
    "aria-label": "map: arrow keys move, space plays, A and B change places",
  }, ...names, other, point);
  const button = h("button", { type: "button" }, "Play");
  const pace = slider("tempo in quarter notes a minute", 240, { min: 40, value: TEMPO });
  const paceText = h("span", { class: "time" }, `${TEMPO} a minute`);
  const save = press("Download MIDI", "download this place as a MIDI file", { class: "save" });
  const sound = press("Download WAV", "download this place as a sound file", { class: "save" });
  const held = h("div", { class: "version original heard" });
  const said = h("output", { class: "readout", "aria-live": "polite", id: "palette-said" });
  const turns = Object.keys(places).map((name) => {
    const one = press(name, `place ${name}`, { role: "radio", "aria-checked": name === here });
    one.addEventListener("click", () => turn(name));
    return one;
  });
  const copy = press("Other place here", "bring the other place here");
  copy.addEventListener("click", () => {
    const to = here === "A" ? "B" : "A";
    places[to] = { ...places[here], locks: new Map(places[here].locks) };
    draw();
  });

  const drumName = (pitch) => gen.words.drums.get(pitch) || `drum ${pitch}`;
  const switches = rows.map((pitch) => {
    const mute = press("M", `mute ${drumName(pitch)}`, { "aria-pressed": false });
    const lock = press("L", `lock ${drumName(pitch)}`, { "aria-pressed": false });
    mute.addEventListener("click", () => {
      if (!muted.delete(pitch)) muted.add(pitch);
      change();
    });
    lock.addEventListener("click", () => {
      const { locks } = places[here];
      if (!locks.delete(pitch)) locks.set(pitch, index());
      change();
    });
    return { pitch, mute, lock, element: h("div", { class: "row" }, h("span", {}, drumName(pitch)), mute, lock) };
  });

  function offer(content, type, name) {
    const link = h("a", { href: URL.createObjectURL(new Blob([content], { type })), download: name });
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 1000);
  }
  const called = (ending) => `map-${places[here].x + 1}-${places[here].y + 1}.${ending}`;
  save.addEventListener("click", () => offer(midi(), "audio/midi", called("mid")));
  sound.addEventListener("click", () => offer(gen.wav(), "audio/wav", called("wav")));

  function put(dot, { x, y }) {
    dot.style.left = `${(100 * x) / (size - 1)}%`;
    dot.style.top = `${(100 * y) / (size - 1)}%`;
  }

  function draw() {
    const { x, y, locks } = places[here];
    const notes = timed(notesOf());
    const drawn = gen.roll({ notes }, null, layout, marks);
    playhead = drawn.playhead;
    held.replaceChildren(drawn.pitches, drawn.roll);
    put(point, places[here]);
    put(other, places[here === "A" ? "B" : "A"]);
    across.value = x;
    down.value = y;
    const kept = locks.size ? `, ${locks.size} locked` : "", silent = muted.size ? `, ${muted.size} muted` : "";
    const text = `${here}: ${notes.length} notes; ${Math.round((100 * x) / (size - 1))} % across, `
      + `${Math.round((100 * y) / (size - 1))} % down${kept}${silent}`;
    across.setAttribute("aria-valuetext", text);
    down.setAttribute("aria-valuetext", text);
    said.textContent = text;
    turns.forEach((one) => one.setAttribute("aria-checked", one.textContent === here));
    for (const { pitch, mute, lock } of switches) {
      mute.setAttribute("aria-pressed", muted.has(pitch));
      lock.setAttribute("aria-pressed", locks.has(pitch));
    }
    move();
  }
  let playhead = null;

  function change() {
    player.swap(timed(notesOf(), micros()));
    draw();
  }

  function go(toX, toY) {
    const next = [toX, toY].map((at) => Math.max(0, Math.min(size - 1, Math.round(at))));
    const at = places[here];
    if (next[0] === at.x && next[1] === at.y) return;
    [at.x, at.y] = next;
    change();
  }
  gen.go = go;

  function turn(name) {
    if (name === here) return;
    here = name;
    change();
  }
  gen.turn = turn;

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

  const playOrPause = () => (player.playing ? player.pause() : player.play());

  function drag(event) {
    const box = square.getBoundingClientRect();
    go(((event.clientX - box.left) / box.width) * (size - 1), ((event.clientY - box.top) / box.height) * (size - 1));
  }
  square.addEventListener("pointerdown", (event) => { square.setPointerCapture(event.pointerId); drag(event); });
  square.addEventListener("pointermove", (event) => { if (square.hasPointerCapture(event.pointerId)) drag(event); });
  const KEYS = {
    ArrowLeft: () => go(places[here].x - 1, places[here].y), ArrowRight: () => go(places[here].x + 1, places[here].y),
    ArrowUp: () => go(places[here].x, places[here].y - 1), ArrowDown: () => go(places[here].x, places[here].y + 1),
    Home: () => go(0, places[here].y), End: () => go(size - 1, places[here].y),
    PageUp: () => go(places[here].x, 0), PageDown: () => go(places[here].x, size - 1),
    " ": playOrPause, a: () => turn("A"), b: () => turn("B"),
  };
  square.addEventListener("keydown", (event) => {
    const does = event.ctrlKey || event.altKey || event.metaKey ? null : KEYS[event.key.length === 1 ? event.key.toLowerCase() : event.key];
    if (!does) return;
    event.preventDefault();
    does();
  });
  button.addEventListener("click", playOrPause);
  across.addEventListener("input", () => go(Number(across.value), places[here].y));
  down.addEventListener("input", () => go(places[here].x, Number(down.value)));
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
    h("p", {}, "Drag in the square, or use the sliders or the arrow keys: every place is a clip between the corners, and what "
      + "plays goes on from where it is. The sound is made by your browser; the files are what gen writes of the same clip."),
    h("div", { class: "choices" }, button, h("label", {}, "Tempo ", pace), paceText, h("label", {}, "Volume ", volume)),
    h("div", { class: "map" }, square, h("div", { class: "sliders" },
      h("label", {}, "Across ", across), h("label", {}, "Down ", down), said,
      h("div", { class: "places" }, h("span", { role: "radiogroup", "aria-label": "which place is heard", class: "places" }, ...turns),
        copy),
      h("div", { class: "places" }, save, sound))),
    ...(switches.length ? [h("fieldset", { class: "rows" },
      h("legend", {}, "Rows: M mutes one, L locks it as it is here while the others move on"),
      ...switches.map(({ element }) => element))] : []),
    held,
  );
  draw();
  document.documentElement.dataset.drawn = "yes";
}
