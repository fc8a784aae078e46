// Decodes, encodes and reads back what tests hand over, with @magenta/music itself.
//
// node magenta_js_runner.cjs FOLDER: FOLDER has checkpoint/ (the export) and task.json: {"z": [[…]], "inputs": [[[…]]],
// "chords": […], "extra": {NAME: [[…]]}, "stepsPerQuarter": …}, the last three where the model needs them. Writes
// answer.json: {"samples": [[[…]]], "mean": [[…]], "pitches": [[…]]}.
const fs = require('fs');
const http = require('http');
const path = require('path');

const folder = process.argv[2];
const tf = require('@tensorflow/tfjs');
const { MusicVAE } = require('@magenta/music/node/music_vae');

async function answer(model, task) {
  const extra = {};
  for (const [name, rows] of Object.entries(task.extra || {})) extra[name] = tf.tensor2d(rows);
  const controls = {};
  if (task.chords) controls.chordProgression = task.chords;
  if (task.extra) controls.extraControls = extra;
  const z = tf.tensor2d(task.z);
  const temperature = task.temperature || 0;
  const samples = await model.decodeTensors(z, temperature, controls);
  const mean = await model.encodeTensors(tf.tensor3d(task.inputs), controls);
  const clips = await model.decode(z, temperature, controls, task.stepsPerQuarter || undefined);
  return {
    samples: samples.arraySync(),
    mean: mean.arraySync(),
    pitches: clips.map((clip) => clip.notes.map((note) => note.pitch)),
  };
}

const server = http.createServer((request, response) => {
  fs.readFile(path.join(folder, 'checkpoint', path.basename(request.url)), (error, content) => {
    response.writeHead(error ? 404 : 200);
    response.end(content);
  });
});

server.listen(0, '127.0.0.1', async () => {
  try {
    await tf.setBackend('cpu');
    const model = new MusicVAE(`http://127.0.0.1:${server.address().port}`);
    await model.initialize();
    const task = JSON.parse(fs.readFileSync(path.join(folder, 'task.json')));
    fs.writeFileSync(path.join(folder, 'answer.json'), JSON.stringify(await answer(model, task)));
    process.exit(0);
  } catch (error) {
    console.error(error);
    process.exit(1);
  }
});
