"use strict";
// Plays one clip at a time; the version can be changed while it plays. Notes are scheduled a little ahead, so that a
// change of version or place is heard at once.

{
  const AHEAD = 0.15, EVERY = 40; // seconds, milliseconds
  let context = null;
  let out = null;
  let playing = null; // the player that is heard

  function start() {
    if (!context) {
      context = new AudioContext();
      out = gen.output(context);
    }
    context.resume();
  }

  gen.volume = { level: 0.8, set(level) { this.level = level; if (out) out.gain.value = level; } };

  // versions: lists of notes; changed(player) is called when it starts, stops, moves on or is at another version.
  gen.player = (versions, seconds, changed) => {
    const sorted = versions.map((notes) => [...notes].sort((a, b) => a[0] - b[0]));
    const player = { version: 0, inTurn: false, loop: false, playing: false, play, pause, seek, choose, swap, position };
    let at = 0; // the clip's time when not playing
    let zero = 0; // the context's time at which the clip's time is 0
    let next = 0; // of the notes, the first that is not scheduled
    let bus = null;
    let timer = 0;

    function position() {
      if (!player.playing) return at;
      const now = context.currentTime - zero;
      return Math.max(0, Math.min(seconds, player.loop && now < -0.04 ? now + seconds : now));
    }

    // From `from` on, with notes that sound already taken up in the middle.
    function begin(from) {
      silence();
      bus = context.createGain();
      bus.connect(out);
      const now = context.currentTime + 0.03;
      zero = now - from;
      const notes = sorted[player.version];
      next = notes.findIndex((note) => note[0] >= from - 1e-6);
      if (next < 0) next = notes.length;
      for (const note of notes.slice(0, next)) {
        if (!note[5] && note[1] > from + 0.05) gen.sound(context, bus, note, now, note[1] - from);
      }
      schedule();
    }

    function schedule() {
      const notes = sorted[player.version];
      for (;;) {
        const until = Math.min(context.currentTime - zero + AHEAD, player.loop ? seconds : Infinity);
        for (; next < notes.length && notes[next][0] < until; next++) {
          const note = notes[next];
          gen.sound(context, bus, note, Math.max(zero + note[0], context.currentTime), note[1] - note[0]);
        }
        if (!player.loop || until < seconds) return;
        zero += seconds; // the next round begins before this one has ended, so that there is no seam
        next = 0;
      }
    }

    function silence() {
      if (!bus) return;
      const old = bus;
      old.gain.setTargetAtTime(0, context.currentTime, 0.008);
      setTimeout(() => old.disconnect(), 120);
      bus = null;
    }

    function turn() {
      if (player.loop || context.currentTime - zero < seconds + 0.1) {
        schedule();
      } else if (player.inTurn && player.version + 1 < versions.length) {
        player.version += 1;
        begin(0);
        changed(player);
      } else {
        if (player.inTurn) player.version = 0;
        pause();
        at = 0;
        changed(player);
      }
    }

    function play() {
      if (playing && playing !== player) playing.pause();
      start();
      if (at >= seconds - 0.01) at = 0;
      out.gain.value = gen.volume.level;
      playing = player;
      player.playing = true;
      begin(at);
      timer = setInterval(turn, EVERY);
      changed(player);
    }

    function pause() {
      if (!player.playing) return;
      at = position();
      player.playing = false;
      playing = null;
      clearInterval(timer);
      silence();
      changed(player);
    }

    function seek(to) {
      at = Math.max(0, Math.min(seconds, to));
      if (player.playing) begin(at);
      changed(player);
    }

    function choose(version) {
      if (version === player.version) return;
      const from = position();
      player.version = version;
      if (player.playing) begin(from);
      changed(player);
    }

    // Other notes for the version that is heard, from where it is on.
    function swap(notes) {
      const from = position();
      sorted[player.version] = [...notes].sort((a, b) => a[0] - b[0]);
      if (player.playing) begin(from);
    }

    return player;
  };
}
