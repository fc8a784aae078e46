"use strict";
// Notes of one instrument as the MIDI file that gen writes of them (gen/midi/writing.py), and what a file's first tempo is.

{
  const NOTE_OFF = 0, STATE = 1, NOTE_ON = 2; // of what falls together, in this order

  function variableLength(value) {
    const bytes = [value & 127];
    for (let rest = value >>> 7; rest; rest >>>= 7) bytes.unshift((rest & 127) | 128);
    return bytes;
  }

  const number = (bytes, at) => ((bytes[at] << 24) | (bytes[at + 1] << 16) | (bytes[at + 2] << 8) | bytes[at + 3]) >>> 0;

  // Ends such that a reader who ends all notes of a pitch at a note-off finds every note; rows in order of pitch, onset, end.
  function separate(rows) {
    for (let row = rows.length - 2; row >= 0; row--) {
      const [start, end, pitch] = rows[row], [nextStart, nextEnd, nextPitch] = rows[row + 1];
      if (pitch === nextPitch && end > nextStart && end !== nextEnd) rows[row][1] = start === nextStart ? nextEnd : nextStart;
    }
  }

  // In the order in which a reader of the file has them: as they end.
  gen.inFileOrder = (rows) => [...rows].sort((a, b) => a[1] - b[1] || a[2] - b[2] || a[0] - b[0]);

  // Rows `[start tick, end tick, pitch, velocity, program, is drum]` of one instrument; all else is as in a file of gen's
  // that is as long, whose tracks end at tick `end`.
  gen.midiFile = (like, rows, end) => {
    const conductor = like.slice(14, 22 + number(like, 18));
    const notes = rows.map((row) => [row[0], Math.max(row[1], row[0] + 1), ...row.slice(2)])
      .sort((a, b) => a[2] - b[2] || a[0] - b[0] || a[1] - b[1]);
    const tracks = [[...conductor]];
    if (notes.length) {
      separate(notes);
      const channel = notes[0][5] ? 9 : 0;
      const events = [[0, STATE, [0xc0 | channel, notes[0][4]]]];
      for (const [start, stop, pitch, velocity] of notes) {
        events.push([start, NOTE_ON, [0x90 | channel, pitch, Math.max(velocity, 1)]], [stop, NOTE_OFF, [0x80 | channel, pitch, 0]]);
      }
      const content = [];
      let now = 0;
      for (const [tick, , message] of events.sort((a, b) => a[0] - b[0] || a[1] - b[1])) { // sorting is stable
        content.push(...variableLength(tick - now), ...message);
        now = tick;
      }
      content.push(...variableLength(Math.max(0, end - now)), 0xff, 0x2f, 0);
      const size = content.length;
      tracks.push([0x4d, 0x54, 0x72, 0x6b, size >>> 24, (size >>> 16) & 255, (size >>> 8) & 255, size & 255, ...content]);
    }
    const head = [...like.slice(0, 10), 0, tracks.length, ...like.slice(12, 14)];
    return Uint8Array.from([head, ...tracks].flat());
  };

  // A file at another tempo: its first tempo event is FF 51 03 and three bytes of microseconds.
  gen.atTempo = (bytes, micros) => {
    const at = bytes.findIndex((byte, i) => byte === 0xff && bytes[i + 1] === 0x51 && bytes[i + 2] === 3);
    const out = bytes.slice();
    if (at >= 0) out.set([micros >> 16, (micros >> 8) & 255, micros & 255], at + 3);
    return out;
  };

  // Seconds of a tick, by way of a tempo, as gen has it, so that the last bits agree.
  gen.secondsOf = (tick, micros, resolution) => (60 / ((6e7 / micros) * resolution)) * tick;
}
