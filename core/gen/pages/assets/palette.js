"use strict";
// The map: a square to drag in, two sliders that say the same to keyboards and screen readers, the clip of the place
// as a roll, and the player, which changes clips without losing its place. What is heard where is in places.js.

{
  const { h, s } = gen;
  const { size, clips, corners, rows } = gen.data;
  const map = gen.places(gen.data, changed);
  const place = document.getElementById("palette");
  const { length: whole, bars, timed } = map; // seconds at the tempo in which clips are written: that of the roll
  const layout = gen.layout({ seconds: whole, versions: clips.map((clip) => ({ notes: timed(clip.notes) })) });
  const marks = gen.marks({ seconds: whole, bars }, layout);
  const player = gen.player([map.notes()], map.length, show);
  Object.assign(player, { loop: true, turned: journey });
  gen.midi = map.midi;
  gen.notes = map.notes;
  gen.wav = map.wave;
  gen.go = map.go;
  gen.turn = map.turn;
  gen.morph = map.morph;
  gen.heard = player;

  const slider = (label, max, attributes = {}) =>
    h("input", { type: "range", min: 0, max, step: 1, value: 0, "aria-label": label, ...attributes });
  const press = (text, label, does, attributes = {}) => {
    const button = h("button", { type: "button", "aria-label": label, ...attributes }, text);
    button.addEventListener("click", does);
    return button;
  };
  const on = (input, does) => { input.addEventListener("input", () => does(Number(input.value))); return input; };

  // The square: a dot a clip, the larger the more notes it has, and the places.
  const most = clips.reduce((greatest, clip) => Math.max(greatest, clip.notes.length), 1);
  const dots = s("svg", { viewBox: `-0.5 -0.5 ${size} ${size}`, "aria-hidden": "true" }, ...clips.map(({ notes }, at) =>
    s("circle", { cx: at % size, cy: Math.floor(at / size), r: (0.06 + 0.2 * Math.sqrt(notes.length / most)).toFixed(3) })));
  const points = Object.fromEntries([["way", ""], ["B", "B"], ["A", "A"]].map(([name, text]) =>
    [name, h("div", { class: "point" }, text)]));
  const square = h("div", {
    class: "square", tabindex: 0, role: "application", "aria-describedby": "palette-said",
    "aria-label": "map: arrow keys move, space plays, A and B change places, M morphs from A to B",
  }, dots, ...Object.values(points));
  const names = (from) => h("div", { class: "corners" }, ...corners.slice(from, from + 2).map((name) => h("span", {}, name)));
  const across = on(slider("across, from the left corners to the right ones", size - 1), (x) => { stay(); map.go(x, map.at.y); });
  const down = on(slider("down, from the upper corners to the lower ones", size - 1), (y) => { stay(); map.go(map.at.x, y); });
  const said = h("output", { class: "readout", "aria-live": "polite", id: "palette-said" });

  const button = press("Play", null, playOrPause);
  const paceText = h("span", { class: "time" }, `${map.tempo} a minute`);
  const pace = on(slider("tempo in quarter notes a minute", 240, { min: 40, value: map.tempo }), (tempo) => {
    paceText.textContent = `${tempo} a minute`;
    map.pace(tempo);
  });
  const volume = on(h("input", { type: "range", min: 0, max: 1, step: 0.01, value: gen.volume.level }),
    (level) => gen.volume.set(level));

  const turns = ["A", "B"].map((name) => press(name, `place ${name}`, () => { stay(); map.turn(name); }, { "aria-pressed": false }));
  const copy = press("Copy to B", null, () => { stay(); map.take(); });
  const between = on(slider("morph from place A to place B", 100), (percent) => { stay(); map.morph(percent / 100); });
  const rounds = h("select", { "aria-label": "rounds that a morph takes" },
    ...[1, 2, 4, 8, 16].map((count) => h("option", { value: count, selected: count === 4 }, `over ${count} ${count > 1 ? "rounds" : "round"}`)));
  const morph = press("Morph", "Morph from A to B while it plays", () => (travelling ? stay() : leave()), { "aria-pressed": false });

  const switches = rows.map((pitch) => {
    const short = gen.shortName(pitch), alike = rows.filter((each) => gen.shortName(each) === short).length > 1;
    const name = alike ? gen.words.drums.get(pitch).toLowerCase() : short; // of two kicks, say, which one it is
    const mute = press("M", `mute ${name}`, () => map.mute(pitch), { "aria-pressed": false });
    const lock = press("L", `lock ${name}`, () => map.lock(pitch), { "aria-pressed": false });
    return { pitch, mute, lock, element: h("div", { class: "row", role: "group", "aria-label": name }, h("span", {}, name), mute, lock) };
  });

  function offer(content, type, ending) {
    const name = `map-${map.at.x + 1}-${map.at.y + 1}.${ending}`;
    const link = h("a", { href: URL.createObjectURL(new Blob([content], { type })), download: name });
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 1000);
  }
  const save = press("Download MIDI", "Download MIDI: this place as a file", () => offer(map.midi(), "audio/midi", "mid"));
  const sound = press("Download WAV", "Download WAV: this place as a sound file", () => offer(map.wave(), "audio/wav", "wav"));

  // On the way from A to B while it plays: how far is told by how much was heard.
  let travelling = false, heard = 0;
  function leave() {
    travelling = true;
    heard = player.position() / player.seconds;
    map.morph(0);
    if (!player.playing) player.play();
    draw();
  }
  function stay() {
    if (!travelling) return;
    travelling = false;
    draw();
  }
  function journey() {
    if (!travelling) return;
    const now = player.position() / player.seconds;
    const more = now - heard + (now - heard < -0.5 ? 1 : 0);
    heard = now;
    const share = Math.min(1, map.between + Math.max(0, more) / Number(rounds.value));
    if (share < 1) map.morph(share);
    else { travelling = false; map.turn("B"); }
    between.value = 100 * share;
  }

  const drawn = gen.roll({ notes: [] }, null, layout, marks);
  const held = h("div", { class: "version original heard" }, drawn.pitches, drawn.roll);
  const ruler = h("div", { class: "version" }, h("div", { class: "seconds", "aria-hidden": "true" }, ...marks.map(([at, name]) => {
    const label = h("span", {}, name);
    label.style.left = `${(100 * at) / layout.seconds}%`;
    return label;
  })));
  function changed() {
    player.swap(map.notes(), map.length);
    draw();
  }

  function draw() {
    const { x, y, locks } = map.at;
    const percent = (at) => `${Math.round((100 * at) / (size - 1))} %`;
    const notes = timed(map.rows());
    drawn.show(notes);
    for (const [name, point] of Object.entries(points)) {
      point.hidden = name === "way" && map.here !== "way";
      point.classList.toggle("beside-it", name !== map.here);
      point.style.left = `${(100 * (map.places[name].x + 0.5)) / size}%`;
      point.style.top = `${(100 * (map.places[name].y + 0.5)) / size}%`;
    }
    across.value = x;
    down.value = y;
    const kept = locks.size ? `, ${locks.size} locked` : "", silent = map.muted.size ? `, ${map.muted.size} muted` : "";
    const text = `${map.here === "way" ? "between A and B" : map.here}: ${notes.length} notes; ${percent(x)} across, ${percent(y)} down${kept}${silent}`;
    across.setAttribute("aria-valuetext", text);
    down.setAttribute("aria-valuetext", text);
    said.setAttribute("aria-live", travelling ? "off" : "polite"); // who asked for a way needn't hear of each step
    said.textContent = text;
    turns.forEach((one) => one.setAttribute("aria-pressed", one.textContent === map.here));
    copy.textContent = map.nearer === "A" ? "Copy to B" : "Copy to A";
    if (map.here !== "way") between.value = map.here === "A" ? 0 : 100;
    between.setAttribute("aria-valuetext", `${Math.round(between.value)} % of the way from A to B`);
    morph.setAttribute("aria-pressed", travelling);
    for (const { pitch, mute, lock } of switches) {
      mute.setAttribute("aria-pressed", map.muted.has(pitch));
      lock.setAttribute("aria-pressed", locks.has(pitch));
    }
    move();
  }

  function move() {
    drawn.playhead.hidden = !player.playing;
    drawn.playhead.style.left = `${(100 * player.position()) / player.seconds}%`;
  }

  let moving = false;
  function frame() {
    move();
    moving = player.playing;
    if (moving) requestAnimationFrame(frame);
  }

  function show() {
    button.textContent = player.playing ? "Pause" : "Play";
    if (!player.playing) stay();
    if (!moving) frame();
  }

  function playOrPause() { if (player.playing) player.pause(); else player.play(); }

  function drag(event) {
    const box = square.getBoundingClientRect();
    const at = (part) => part * size - 0.5;
    stay();
    map.go(at((event.clientX - box.left) / box.width), at((event.clientY - box.top) / box.height));
  }
  square.addEventListener("pointerdown", (event) => {
    if (event.isPrimary === false) return; // a second finger
    square.setPointerCapture(event.pointerId);
    drag(event);
  });
  square.addEventListener("pointermove", (event) => { if (square.hasPointerCapture(event.pointerId)) drag(event); });
  const step = (x, y) => () => { stay(); map.go(map.at.x + x * size, map.at.y + y * size); };
  const one = 1 / size;
  const KEYS = {
    ArrowLeft: step(-one, 0), ArrowRight: step(one, 0), ArrowUp: step(0, -one), ArrowDown: step(0, one),
    Home: step(-1, 0), End: step(1, 0), PageUp: step(0, -1), PageDown: step(0, 1),
    " ": playOrPause, a: () => { stay(); map.turn("A"); }, b: () => { stay(); map.turn("B"); }, m: () => morph.click(),
  };
  square.addEventListener("keydown", (event) => {
    const does = event.ctrlKey || event.altKey || event.metaKey ? null : KEYS[event.key.length === 1 ? event.key.toLowerCase() : event.key];
    if (!does) return;
    event.preventDefault();
    does();
  });

  const group = (name, ...children) => h("div", { class: "places", role: "group", "aria-label": name }, ...children);
  place.append(
    h("p", {}, "Drag in the square, or use the sliders or the arrow keys: every dot is a clip between the corners, the larger "
      + "the more notes it has, and what plays goes on from where it is. The sound is made by your browser; the files are "
      + "what gen writes of the same clip."),
    h("div", { class: "choices" }, button, h("label", {}, "Tempo ", pace), paceText, h("label", {}, "Volume ", volume)),
    h("div", { class: "map" }, h("div", { class: "field" }, names(0), square, names(2)), h("div", { class: "sliders" },
      h("label", {}, "Across ", across), h("label", {}, "Down ", down), said,
      group("places", ...turns, copy),
      h("label", {}, "A to B ", between), group("morph", morph, rounds),
      group("files", save, sound))),
    held, ruler,
    ...(switches.length ? [h("fieldset", { class: "rows" },
      h("legend", {}, "Rows: M mutes one, L locks it as it is here while the others move on"),
      ...switches.map(({ element }) => element))] : []),
  );
  draw();
  document.documentElement.dataset.drawn = "yes";
}
