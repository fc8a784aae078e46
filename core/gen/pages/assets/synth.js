"use strict";
// Notes to sound by the browser alone: oscillators for pitches, noise and sine bursts for drums. Made to tell versions
// apart, not to please. `context` may be live or offline; nothing is drawn at random, so a clip always sounds the same.

{
  // By family of eight General MIDI programs: wave, attack and decay in seconds, level that is held, low-pass in Hz.
  const PLUCKED = { wave: "triangle", attack: 0.004, decay: 0.5, held: 0.25, low: 5200 };
  const HELD = { wave: "sawtooth", attack: 0.04, decay: 0.1, held: 0.8, low: 2200 };
  const FAMILIES = [
    PLUCKED, // pianos
    { wave: "sine", attack: 0.002, decay: 0.4, held: 0.1, low: 8000 }, // bells and mallets
    { wave: "square", attack: 0.01, decay: 0.05, held: 0.9, low: 2600 }, // organs
    { wave: "sawtooth", attack: 0.004, decay: 0.35, held: 0.3, low: 2600 }, // guitars
    { wave: "sawtooth", attack: 0.006, decay: 0.25, held: 0.5, low: 900 }, // basses
    HELD, HELD, HELD, // strings, ensembles, brass
    { wave: "square", attack: 0.02, decay: 0.1, held: 0.8, low: 2000 }, // reeds
    { wave: "sine", attack: 0.03, decay: 0.1, held: 0.9, low: 6000 }, // pipes
  ];

  // kind: how it is made; the numbers are seconds and Hz.
  const KICK = { sine: [150, 48], length: 0.32, level: 1.0 };
  const SNARE = { sine: [220, 160], noise: ["bandpass", 2400, 0.6], length: 0.18, level: 0.75 };
  const CLOSED = { noise: ["highpass", 8000, 0.7], length: 0.06, level: 0.4 };
  const OPEN = { noise: ["highpass", 7000, 0.7], length: 0.38, level: 0.36 };
  const CRASH = { noise: ["highpass", 4500, 0.5], length: 1.1, level: 0.42 };
  const RIDE = { square: 2900, noise: ["highpass", 9000, 0.7], length: 0.45, level: 0.28 };
  const CLICK = { sine: [1600, 1200], length: 0.05, level: 0.5 };
  const CLAP = { noise: ["bandpass", 1300, 1.2], length: 0.14, level: 0.8 };
  const tom = (top) => ({ sine: [top, top * 0.55], length: 0.3, level: 0.8 });
  const DRUMS = new Map([
    [35, KICK], [36, KICK], [37, CLICK], [38, SNARE], [39, CLAP], [40, SNARE], [41, tom(100)], [43, tom(115)],
    [45, tom(135)], [47, tom(160)], [48, tom(190)], [50, tom(225)], [22, CLOSED], [42, CLOSED], [44, CLOSED],
    [26, OPEN], [46, OPEN], [49, CRASH], [52, CRASH], [55, CRASH], [57, CRASH], [51, RIDE], [53, RIDE], [59, RIDE],
    [54, CLOSED], [69, CLOSED], [70, CLOSED], [82, CLOSED],
  ]);
  const OTHER = { sine: [900, 700], length: 0.1, level: 0.5 };
  gen.voices = { families: FAMILIES, plucked: PLUCKED, drums: DRUMS, other: OTHER }; // for the file of wave.js

  const noises = new WeakMap();

  // A second of white noise, the same every time (a linear congruential generator).
  function noise(context) {
    if (!noises.has(context)) {
      const buffer = context.createBuffer(1, context.sampleRate, context.sampleRate);
      const samples = buffer.getChannelData(0);
      let state = 1;
      for (let at = 0; at < samples.length; at++) {
        state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
        samples[at] = state / 2147483648 - 1;
      }
      noises.set(context, buffer);
    }
    return noises.get(context);
  }

  function fading(context, out, level, when, length) {
    const gain = context.createGain();
    gain.gain.setValueAtTime(level, when);
    gain.gain.exponentialRampToValueAtTime(Math.max(level / 1000, 1e-6), when + length);
    gain.connect(out);
    return gain;
  }

  function run(source, out, when, end) {
    source.connect(out);
    source.start(when);
    source.stop(end);
    return source;
  }

  function drum(context, out, pitch, velocity, when) {
    const kind = DRUMS.get(pitch) ?? OTHER;
    const level = kind.level * (velocity / 127) ** 1.5;
    const sources = [];
    if (kind.sine) {
      const body = context.createOscillator();
      body.frequency.setValueAtTime(kind.sine[0], when);
      body.frequency.exponentialRampToValueAtTime(kind.sine[1], when + kind.length * 0.4);
      sources.push(run(body, fading(context, out, level, when, kind.length), when, when + kind.length));
    }
    if (kind.square) {
      const ring = context.createOscillator();
      ring.type = "square";
      ring.frequency.value = kind.square;
      sources.push(run(ring, fading(context, out, level * 0.25, when, kind.length), when, when + kind.length));
    }
    if (kind.noise) {
      const filter = context.createBiquadFilter();
      [filter.type, filter.frequency.value, filter.Q.value] = kind.noise;
      filter.connect(fading(context, out, level, when, kind.length));
      const hiss = context.createBufferSource();
      hiss.buffer = noise(context);
      hiss.loop = true;
      sources.push(run(hiss, filter, when, when + kind.length));
    }
    return sources;
  }

  function tone(context, out, pitch, velocity, program, when, length) {
    const { wave, attack, decay, held, low } = FAMILIES[program >> 3] ?? PLUCKED;
    const level = 0.32 * (velocity / 127) ** 1.2;
    const end = when + Math.max(length, 0.03), silent = end + 0.06;
    const filter = context.createBiquadFilter();
    filter.type = "lowpass";
    filter.frequency.value = low;
    const gain = context.createGain();
    gain.gain.setValueAtTime(0, when);
    gain.gain.linearRampToValueAtTime(level, when + attack);
    gain.gain.setTargetAtTime(level * held, when + attack, decay / 2);
    gain.gain.setTargetAtTime(0, end, 0.015);
    filter.connect(gain).connect(out);
    const oscillator = context.createOscillator();
    oscillator.type = wave;
    oscillator.frequency.value = 440 * 2 ** ((pitch - 69) / 12);
    return [run(oscillator, filter, when, silent)];
  }

  // One note `[start, end, pitch, velocity, program, is drum]` into `out` at the context's time `when`, for `length`
  // seconds; gives the sources, so that they can be stopped.
  gen.sound = (context, out, note, when, length) =>
    note[5] ? drum(context, out, note[2], note[3], when)
      : tone(context, out, note[2], note[3], note[4], when, length);

  // What everything goes through: quieter, and never clipping.
  gen.output = (context, level = 0.8) => {
    const gain = context.createGain();
    gain.gain.value = level;
    const limiter = context.createDynamicsCompressor();
    gain.connect(limiter).connect(context.destination);
    return gain;
  };

  // The first seconds of a version without playing it: promises the samples, mono.
  gen.render = async (notes, seconds, rate = 22050) => {
    const context = new OfflineAudioContext(1, Math.max(1, Math.ceil(seconds * rate)), rate);
    const out = gen.output(context);
    for (const note of notes) {
      if (note[0] < seconds) gen.sound(context, out, note, Math.max(0, note[0]), note[1] - note[0]);
    }
    return (await context.startRendering()).getChannelData(0);
  };
}
