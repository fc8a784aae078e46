"use strict";
// What the map's places play: two of them, A and B, to go to and fro between, and the way from one to the other. Of drums
// each row can be muted, or locked: then it stays while the others move on.

{
  const TEMPO = 120; // quarter notes a minute, as the clips are written
  const MICROS = 500000; // a quarter note of theirs

  // data: `size` clips a side, of `clips` row by row, at so many ticks a quarter note; changed() is called when what is
  // heard has changed.
  gen.places = ({ size, clips, resolution }, changed) => {
    const length = clips.reduce((longest, clip) => Math.max(longest, clip.end), 1); // ticks
    const muted = new Set();
    const places = {
      A: { x: 0, y: 0, locks: new Map() }, B: { x: size - 1, y: size - 1, locks: new Map() }, way: { x: 0, y: 0, locks: new Map() },
    };
    const state = {
      here: "A", between: 0, muted, places, go, turn, take, morph, mute, lock, rows, notes, midi, wave, pace, timed,
      get at() { return places[state.here]; },
      get nearer() { return last; },
      get tempo() { return tempo; },
      get length() { return seconds(length, micros()); },
      get bars() { return length % (4 * resolution) ? 0 : length / (4 * resolution); },
    };
    let tempo = TEMPO, last = "A"; // of A and B the one that was heard last

    function micros() { return Math.round(6e7 / tempo); }
    function seconds(tick, each = MICROS) { return gen.secondsOf(tick, each, resolution); }
    function timed(rows, each = MICROS) { return rows.map(([a, b, ...rest]) => [seconds(a, each), seconds(b, each), ...rest]); }
    const index = ({ x, y } = state.at) => y * size + x;
    const inside = (at) => Math.max(0, Math.min(size - 1, Math.round(at)));

    // At ticks: a place's own rows, the locked ones from where they were locked, and none that is muted.
    function rows() {
      const { locks } = state.at, own = clips[index()].notes;
      if (!locks.size && !muted.size) return own;
      const locked = [...locks].flatMap(([pitch, from]) => clips[from].notes.filter((note) => note[2] === pitch));
      return gen.inFileOrder([...own.filter((note) => !locks.has(note[2])), ...locked].filter((note) => !muted.has(note[2])));
    }

    // As it is heard, in seconds at the page's tempo.
    function notes() { return timed(rows(), micros()); }

    // The file that gen wrote, or would write of these rows, at the page's tempo.
    function midi() {
      const { midi: text, end } = clips[index()];
      const own = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
      const whole = state.at.locks.size || muted.size ? gen.midiFile(own, rows(), end) : own;
      return tempo === TEMPO ? whole : gen.atTempo(whole, micros());
    }

    function wave() { return gen.wave(notes(), seconds(clips[index()].end, micros())); }

    // Moves the place that is heard, or on the way the one that was heard before it.
    function go(x, y) {
      const next = [inside(x), inside(y)];
      const away = state.here === "way", from = state.at;
      if (!away && next[0] === from.x && next[1] === from.y) return;
      if (away) Object.assign(places[last], { locks: new Map(from.locks) });
      state.here = last;
      [state.at.x, state.at.y] = next;
      changed();
    }

    function turn(name) {
      if (name === state.here) return;
      state.here = last = name;
      changed();
    }

    // Brings the place that is heard to the one that isn't.
    function take() {
      const other = last === "A" ? "B" : "A";
      places[other] = { ...state.at, locks: new Map(state.at.locks) };
      changed();
    }

    // So far on the way from A, at 0, to B, at 1; of locks there are those of the nearer one.
    function morph(share) {
      const { A, B, way } = places;
      const next = { x: inside(A.x + share * (B.x - A.x)), y: inside(A.y + share * (B.y - A.y)), locks: (share < 0.5 ? A : B).locks };
      const same = state.here === "way" && next.x === way.x && next.y === way.y && next.locks === way.locks;
      places.way = next;
      state.between = share;
      state.here = "way";
      last = share < 0.5 ? "A" : "B";
      if (!same) changed();
    }

    function mute(pitch) {
      if (!muted.delete(pitch)) muted.add(pitch);
      changed();
    }

    // On the way a row is locked for the whole of it.
    function lock(pitch) {
      const from = index(), locked = state.at.locks.has(pitch);
      for (const { locks } of state.here === "way" ? [places.A, places.B] : [state.at]) {
        if (locked) locks.delete(pitch);
        else locks.set(pitch, from);
      }
      changed();
    }

    function pace(quarters) {
      tempo = quarters;
      changed();
    }

    return state;
  };
}
