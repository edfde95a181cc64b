// morgan's tiny, short and common lines from three apps of one container, and the debug package's lines.
process.env.DEBUG = 'loans:*';
const express = require('express');
const morgan = require('morgan');
const debug = require('debug');
const { Rig, asked } = require('./rig');
const { serve, body } = require('./service');

const rig = new Rig('morgan-short-debug', 17, 30);
const say = {};
const db = debug('loans:db');
const http = debug('loans:http');
const stamped = (text) => Date.parse(text.slice(0, 24));
const speak = (log, line, truth, ...more) => (log(line, ...more), rig.mark({ timestamp_ms: stamped, message: line, ...truth }));
Object.assign(say, {
  slow: (s, c, ms) => speak(http, `${c.to} responded in ${Math.round(ms)}ms`, { dependency: c.to, latency_ms: Math.round(ms) }),
  retry: (s, c) => speak(http, `${c.to} answered 503, trying again`, { dependency: c.to, alt: { status: [503] } }),
  failed: (s, c, err) => speak(c.to === 'aurora' ? db : http, `${c.to} call failed: ${err.message}`, { dependency: c.to, alt: { latency_ms: [c.ms], error_type: ['ECONNREFUSED'] } }),
  crash: (s, err) => speak(http, '%O', { message: err.message, error_type: 'TypeError' }, err),
  created: (s) => speak(db, `insert loan ${s.loan}`, {}),
});
const app = express().set('trust proxy', true);
const lines = { tiny: morgan('tiny'), short: morgan('short'), common: morgan('common') };
app.use((req, res, next) => lines[rig.kind](req, res, next));
app.use(async (req, res) => {
  await serve(rig.step, say);
  res.status(rig.step.status).json(body(rig.step));
});
const server = app.listen(0, async () => {
  let turn = 0;
  const kinds = ['tiny', 'short', 'common'];
  rig.kind = kinds[0];
  await speak(http, 'listening on 8080', {});
  await rig.drive(server.address().port, async (s) => {
    const latency_ms = rig.kind === 'common' ? null : (text) => Number(/ - ([\d.]+) ms/.exec(text)[1]);
    const timestamp_ms = rig.kind === 'common' ? (text) => Date.parse(/\[(.*?)\]/.exec(text)[1].replace(':', ' ')) : null;
    await rig.mark({ ...asked(s), latency_ms, timestamp_ms });
    rig.kind = kinds[(turn += 1) % 3];
  });
  rig.finish();
});
