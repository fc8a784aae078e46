"use strict";
// A clip as the WAV file that `gen render --synth plain` writes of it: gen/music/sound/synthesis.py, step by step, so
// that sums and roundings are the same.

{
  const RATE = 44100, TAIL = 1.2, OUTPUT = 0.8, CYCLE = 2048, RELEASE = 0.015, SILENT = 0.06;
  const hits = new Map(), cycles = new Map(), hisses = new Map();

  const kept = (store, key, make) => {
    if (!store.has(key)) store.set(key, make());
    return store.get(key);
  };

  // Python's: a half goes to the even neighbour.
  const round = (value) => {
    const below = Math.floor(value), rest = value - below;
    return rest < 0.5 || (rest === 0.5 && below % 2 === 0) ? below : below + 1;
  };

  function biquad(kind, hertz, q) {
    const centre = (2 * Math.PI * Math.min(hertz, RATE / 2)) / RATE;
    const cos = Math.cos(centre), alpha = Math.sin(centre) / (2 * (kind === "bandpass" ? q : 10 ** (q / 20)));
    const above = {
      lowpass: [(1 - cos) / 2, 1 - cos, (1 - cos) / 2],
      highpass: [(1 + cos) / 2, -(1 + cos), (1 + cos) / 2],
      bandpass: [alpha, 0, -alpha],
    }[kind];
    return { above, below: [1 + alpha, -2 * cos, 1 - alpha] };
  }

  // How much of a frequency a low-pass leaves.
  function left(hertz, low) {
    const { above, below } = biquad("lowpass", low, 1);
    const turn = (-2 * Math.PI * hertz) / RATE;
    const size = (c) => Math.hypot(
      c[0] + c[1] * Math.cos(turn) + c[2] * Math.cos(2 * turn), c[1] * Math.sin(turn) + c[2] * Math.sin(2 * turn));
    return size(above) / size(below);
  }

  // One cycle of a wave and its first sample again, from its Fourier series.
  const cycle = (wave, hertz, low) => kept(cycles, `${wave} ${hertz} ${low}`, () => {
    const top = wave === "sine" ? 1 : Math.max(1, Math.min(Math.floor(RATE / 2 / hertz), CYCLE / 2 - 1));
    const out = new Float64Array(CYCLE + 1);
    for (let k = 1; k <= top; k++) {
      const odd = k % 2;
      const height = {
        sine: odd,
        triangle: (8 / Math.PI ** 2) * odd * (-1) ** Math.floor((k - 1) / 2) / k ** 2,
        square: (4 / Math.PI) * odd / k,
        sawtooth: (2 / Math.PI) * (-1) ** (k + 1) / k,
      }[wave] * left(k * hertz, low);
      if (height === 0) continue;
      for (let at = 0; at < CYCLE; at++) out[at] += height * Math.sin((2 * Math.PI * ((k * at) % CYCLE)) / CYCLE);
    }
    out[CYCLE] = out[0];
    return out;
  });

  function played(wave, hertz, low, samples) {
    const one = cycle(wave, hertz, low), step = (hertz * CYCLE) / RATE, out = new Float64Array(samples);
    for (let at = 0; at < samples; at++) {
      const place = (at * step) % CYCLE, before = Math.floor(place), share = place - before;
      out[at] = (1 - share) * one[before] + share * one[before + 1];
    }
    return out;
  }

  // A second of noise that goes round through a filter: what comes out the second time is what goes round.
  const hiss = (kind, hertz, q) => kept(hisses, `${kind} ${hertz} ${q}`, () => {
    const noise = new Float64Array(RATE), out = new Float64Array(RATE);
    let state = 1;
    for (let at = 0; at < RATE; at++) {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
      noise[at] = state / 2147483648 - 1;
    }
    const { above: [b0, b1, b2], below: [a0, a1, a2] } = biquad(kind, hertz, q);
    let x1 = 0, x2 = 0, y1 = 0, y2 = 0;
    for (let turn = 0; turn < 2; turn++) {
      for (let at = 0; at < RATE; at++) {
        const y = (b0 * noise[at] + b1 * x1 + b2 * x2 - a1 * y1 - a2 * y2) / a0;
        [x2, x1, y2, y1] = [x1, noise[at], y1, y];
        out[at] = y;
      }
    }
    return out;
  });

  // A drum struck as hard as can be.
  const hit = (kind) => kept(hits, kind, () => {
    const samples = round(kind.length * RATE), out = new Float64Array(samples);
    const fading = (at) => kind.level * 1000 ** (-(at / RATE) / kind.length);
    if (kind.sine) {
      const [top, bottom] = kind.sine, glide = kind.length * 0.4;
      let turned = 0, first = 0;
      for (let at = 0; at < samples; at++) {
        const hertz = top * (bottom / top) ** Math.min(at / RATE / glide, 1);
        if (at === 0) first = hertz;
        turned += hertz;
        out[at] += fading(at) * Math.sin((2 * Math.PI * (turned - first)) / RATE);
      }
    }
    if (kind.square) {
      const ring = played("square", kind.square, RATE / 2, samples);
      for (let at = 0; at < samples; at++) out[at] += 0.25 * fading(at) * ring[at];
    }
    if (kind.noise) {
      const through = hiss(...kind.noise);
      for (let at = 0; at < samples; at++) out[at] += fading(at) * through[at % RATE];
    }
    return Float32Array.from(out);
  });

  function drum(pitch, velocity) {
    const level = Math.fround((velocity / 127) ** 1.5);
    return hit(gen.voices.drums.get(pitch) ?? gen.voices.other).map((sample) => sample * level);
  }

  function tone(pitch, velocity, program, length) {
    const { wave, attack, decay, held, low } = gen.voices.families[program >> 3] ?? gen.voices.plucked;
    const level = 0.32 * (velocity / 127) ** 1.2, end = Math.max(length, 0.03);
    const samples = round((end + SILENT) * RATE), out = new Float32Array(samples);
    const sounding = played(wave, 440 * 2 ** ((pitch - 69) / 12), low, samples);
    for (let at = 0; at < samples; at++) {
      const time = at / RATE;
      const hold = held + (1 - held) * Math.exp(-Math.max(time - attack, 0) / (decay / 2));
      const released = Math.exp(-Math.max(time - end, 0) / RELEASE);
      out[at] = level * Math.min(time / attack, 1) * hold * released * sounding[at];
    }
    return out;
  }

  // Notes `[start, end, pitch, velocity, program, is drum]` in the file's order, and the file's length in seconds.
  gen.wave = (notes, seconds) => {
    const length = notes.reduce((latest, note) => Math.max(latest, note[1]), seconds) + TAIL;
    const out = new Float32Array(round(length * RATE));
    for (const [start, end, pitch, velocity, program, isDrum] of notes) {
      const sound = isDrum ? drum(pitch, velocity) : tone(pitch, velocity, program, end - start);
      const at = round(Math.max(start, 0) * RATE), count = Math.min(sound.length, out.length - at);
      for (let each = 0; each < count; each++) out[at + each] += sound[each];
    }
    const peak = out.reduce((most, sample) => Math.max(most, Math.abs(sample)), 0) * OUTPUT;
    const quieter = Math.fround(OUTPUT / Math.max(peak, 1));
    const bytes = new Uint8Array(44 + 2 * out.length), view = new DataView(bytes.buffer);
    const word = (place, text) => [...text].forEach((letter, at) => { bytes[place + at] = letter.charCodeAt(0); });
    word(0, "RIFF");
    view.setUint32(4, 36 + 2 * out.length, true);
    word(8, "WAVEfmt ");
    [[16, 16], [24, RATE], [28, 2 * RATE], [40, 2 * out.length]].forEach(([at, value]) => view.setUint32(at, value, true));
    [[20, 1], [22, 1], [32, 2], [34, 16]].forEach(([at, value]) => view.setUint16(at, value, true));
    word(36, "data");
    out.forEach((sample, at) => {
      view.setInt16(44 + 2 * at, round(Math.fround(Math.fround(sample * quieter) * 32767)), true);
    });
    return bytes;
  };
}
