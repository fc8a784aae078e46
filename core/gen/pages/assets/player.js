"use strict";
// Plays one clip at a time; the version can be changed while it plays. Notes are scheduled a little ahead, so that a
// change of version or place is heard at once.

{
  const AHEAD = 0.15, SOON = 0.03, EVERY = 40; // seconds, seconds, milliseconds
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

  // versions: lists of notes; changed(player) is called when it starts, stops, moves on or is at another version, and
  // player.turned() some times a second while it plays.
  gen.player = (versions, length, changed) => {
    const sorted = versions.map((notes) => [...notes].sort((a, b) => a[0] - b[0]));
    const player = {
      version: 0, inTurn: false, loop: false, playing: false, play, pause, seek, choose, swap, position, turned() {},
      get seconds() { return seconds; },
      clock: () => (context ? context.currentTime : 0),
    };
    let seconds = length;
    let at = 0; // the clip's time when not playing
    let zero = 0; // the context's time at which the clip's time is 0
    let next = 0; // of the notes, the first that is not scheduled
    let bus = null; // what tones go through; drums ring on when notes change, and have their own
    let drums = null;
    let ahead = []; // drums that may not have sounded yet: [when, sources]
    let timer = 0;

    function position() {
      if (!player.playing) return at;
      const now = context.currentTime - zero;
      return Math.max(0, Math.min(seconds, player.loop && now < -0.04 ? now + seconds : now));
    }

    // From `from` on, with notes that sound already taken up in the middle.
    function begin(from) {
      silence();
      connect();
      const now = context.currentTime + SOON;
      zero = now - from;
      resume(from, now);
    }

    function connect() {
      [bus, drums] = [context.createGain(), context.createGain()];
      for (const each of [bus, drums]) each.connect(out);
    }

    // Notes from `from` on, which is at the context's time `now`; tones that sound already from their middle.
    function resume(from, now) {
      const notes = sorted[player.version];
      next = notes.findIndex((note) => note[0] >= from - 1e-6);
      if (next < 0) next = notes.length;
      for (const note of notes.slice(0, next)) {
        if (!note[5] && note[1] > from + 0.05) gen.sound(context, bus, note, now, note[1] - from);
      }
      schedule();
    }

    function schedule() {
      ahead = ahead.filter(([when]) => when > context.currentTime);
      const notes = sorted[player.version];
      for (;;) {
        const until = Math.min(context.currentTime - zero + AHEAD, player.loop ? seconds : Infinity);
        for (; next < notes.length && notes[next][0] < until; next++) {
          const note = notes[next];
          const when = Math.max(zero + note[0], context.currentTime);
          const sources = gen.sound(context, note[5] ? drums : bus, note, when, note[1] - note[0]);
          if (note[5]) ahead.push([when, sources]);
        }
        if (!player.loop || until < seconds) return;
        zero += seconds; // the next round begins before this one has ended, so that there is no seam
        next = 0;
      }
    }

    function silence() {
      if (!bus) return;
      fade(bus, context.currentTime);
      fade(drums, context.currentTime);
      ahead = [];
      bus = null;
    }

    function fade(old, when) {
      old.gain.setTargetAtTime(0, when, 0.008);
      setTimeout(() => old.disconnect(), 1000 * (when - context.currentTime) + 120);
    }

    function turn() {
      player.turned();
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

    // Other notes for the version that is heard, from where it is on, and perhaps of another length: the beat goes on as
    // it was, drums that were struck ring on, and only what was still to come is other.
    function swap(notes, other = seconds) {
      const share = other / seconds;
      sorted[player.version] = [...notes].sort((a, b) => a[0] - b[0]);
      if (!player.playing) {
        [at, seconds] = [at * share, other];
        return;
      }
      const now = context.currentTime + SOON;
      let from = now - zero;
      if (player.loop) from = (from + seconds) % seconds; // the next round may have been begun ahead
      for (const [when, sources] of ahead) if (when >= now) sources.forEach((source) => source.stop());
      fade(bus, now);
      bus = context.createGain();
      bus.connect(out);
      ahead = ahead.filter(([when]) => when < now);
      [from, seconds] = [from * share, other];
      zero = now - from;
      resume(from, now);
    }

    return player;
  };
}
