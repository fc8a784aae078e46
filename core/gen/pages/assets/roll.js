"use strict";
// Piano rolls: pitches above, a lane for every drum below; the same axes for every version of a clip.

{
  const { h, s } = gen;
  const NAMES = ["C", "C♯", "D", "D♯", "E", "F", "F♯", "G", "G♯", "A", "A♯", "B"];
  const LANE = 12; // pixels of a drum
  const MAGNIFIED = 5; // how much longer a stroke is than what it shows
  const drumName = (pitch) => gen.words.drums.get(pitch) || `drum ${pitch}`;
  const SHORT = [
    [/bass drum.*/i, "kick"], [/(acoustic|electric) snare/i, "snare"], [/ cymbal/i, ""], [/closed hi-hat/i, "closed hat"],
    [/open hi-hat/i, "open hat"], [/pedal hi-hat/i, "pedal hat"], [/ 1$/, ""],
  ];
  const shortName = (pitch) =>
    SHORT.reduce((name, [long, short]) => name.replace(long, short), drumName(pitch)).toLowerCase();
  gen.shortName = shortName;

  // Where every pitch and drum of a clip lies, in pixels from the top.
  gen.layout = (clip) => {
    const notes = clip.versions.flatMap((version) => version.notes);
    const pitches = notes.filter((note) => !note[5]).map((note) => note[2]);
    const drums = gen.unique(notes.filter((note) => note[5]).map((note) => note[2])).sort((a, b) => b - a);
    let high = -1, low = 0, row = 0;
    if (pitches.length) {
      high = pitches.reduce((a, b) => Math.max(a, b)) + 1;
      low = pitches.reduce((a, b) => Math.min(a, b)) - 1;
      row = Math.max(3, Math.min(9, 150 / (high - low + 1)));
    }
    const tones = pitches.length ? (high - low + 1) * row : 0;
    const gap = tones && drums.length ? 8 : 0;
    const labels = [];
    for (let pitch = low; pitch <= high; pitch++) {
      if (pitch % 12 === 0 || high - low < 9) {
        labels.push([(high - pitch + 0.5) * row, NAMES[pitch % 12] + (Math.floor(pitch / 12) - 1)]);
      }
    }
    drums.forEach((pitch, place) => labels.push([tones + gap + (place + 0.5) * LANE, shortName(pitch)]));
    return {
      height: Math.max(LANE, tones + gap + drums.length * LANE),
      seconds: Math.max(0.1, clip.seconds || 0, notes.reduce((latest, note) => Math.max(latest, note[1]), 0)),
      labels,
      box: (note) => note[5]
        ? [tones + gap + drums.indexOf(note[2]) * LANE + 2, LANE - 4]
        : [(high - note[2]) * row + 0.5, row - 1],
      octaves: pitches.length
        ? Array.from({ length: high - low }, (_, at) => low + 1 + at).filter((pitch) => pitch % 12 === 0)
          .map((pitch) => (high - pitch + 1) * row)
        : [],
    };
  };

  function rectangle(note, layout, attributes) {
    const [top, height] = layout.box(note);
    const width = note[5] ? Math.min(layout.seconds / 110, Math.max(note[1] - note[0], 0.03)) : note[1] - note[0];
    return s("rect", { x: note[0], y: top, width: Math.max(width, layout.seconds / 600), height, ...attributes });
  }

  // How early or late a note is, in milliseconds behind its other numbers: a stroke from its beginning, far longer than
  // what it stands for, which couldn't be seen; and words for whoever points at it.
  function feel(svg, box, note, layout) {
    const late = Math.round(note[6]);
    const name = note[5] ? shortName(note[2]) : NAMES[note[2] % 12] + (Math.floor(note[2] / 12) - 1);
    const timing = late === 0 ? "on the grid" : late > 0 ? `${late} ms late` : `${-late} ms early`;
    box.append(s("title", {}, `${name}, velocity ${note[3]}, ${timing}`));
    if (late === 0) return;
    const [top, height] = layout.box(note);
    const middle = top + height / 2, end = note[0] + (MAGNIFIED * note[6]) / 1000;
    svg.append(s("line", { class: late > 0 ? "late" : "early", x1: note[0], x2: end, y1: middle, y2: middle }));
  }

  // Lines at bars where their number is known, else at round seconds: [second, what it is called].
  gen.marks = (clip, layout) => {
    if (clip.bars > 0) {
      const every = clip.bars > 8 ? 4 : 1;
      return Array.from({ length: clip.bars }, (_, bar) => [(bar * clip.seconds) / clip.bars, bar % every ? "" : `bar ${bar + 1}`]);
    }
    const step = [0.5, 1, 2, 5, 10, 20, 30, 60, 120, 300, 600].find((size) => layout.seconds / size <= 9) ?? layout.seconds;
    return Array.from({ length: Math.ceil(layout.seconds / step - 1e-9) }, (_, at) => [at * step, `${at * step} s`]);
  };

  // The roll of one version; notes of the original stand behind as outlines, unless it is the original. show(notes)
  // draws others in their place.
  gen.roll = (version, original, layout, marks) => {
    const svg = s("svg", {
      viewBox: `0 0 ${layout.seconds} ${layout.height}`, preserveAspectRatio: "none", "aria-hidden": "true",
    });
    for (const [at] of marks) svg.append(s("line", { class: "second", x1: at, x2: at, y1: 0, y2: layout.height }));
    for (const at of layout.octaves) svg.append(s("line", { class: "octave", x1: 0, x2: layout.seconds, y1: at, y2: at }));
    if (original && original !== version) {
      for (const note of original.notes) svg.append(rectangle(note, layout, { class: "behind" }));
    }
    const own = s("g");
    const show = (notes) => {
      own.replaceChildren();
      for (const note of notes) {
        const box = rectangle(note, layout, { class: "note-on", "fill-opacity": (0.35 + 0.65 * (note[3] / 127)).toFixed(2) });
        own.append(box);
        if (note.length > 6) feel(own, box, note, layout);
      }
    };
    show(version.notes);
    svg.append(own);
    const playhead = h("div", { class: "playhead", hidden: true });
    const roll = h("div", { class: "roll" }, svg, playhead);
    roll.style.height = `${layout.height}px`;
    const pitches = h("div", { class: "pitches", "aria-hidden": "true" }, ...layout.labels.map(([top, name]) => {
      const label = h("span", { title: name }, name);
      label.style.top = `${top}px`;
      return label;
    }));
    return { pitches, roll, playhead, show };
  };
}
