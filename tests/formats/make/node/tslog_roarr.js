// Two loggers of TypeScript projects: `node tslog_roarr.js tslog-pretty|tslog-json|roarr`.
process.env.ROARR_LOG = 'true';
const express = require('express');
const { Rig, asked } = require('./rig');
const { serve, body } = require('./service');

const face = process.argv[2];
const rig = new Rig(face, { 'tslog-pretty': 81, 'tslog-json': 82, roarr: 83 }[face], 22);
const pretty = face === 'tslog-pretty';
let told;
if (face === 'roarr') {
  const { Roarr } = require('roarr');
  const log = Roarr.child({ package: 'loan-api', namespace: 'http' });
  rig.stamp = (text) => JSON.parse(text).time;
  told = (level, message, fields, truth) => (log[level](fields, message), rig.mark({ level, message, ...truth }));
} else {
  const { Logger } = require('tslog');
  const log = new Logger({ name: 'loan-api', type: pretty ? 'pretty' : 'json' });
  rig.stamp = pretty ? (text) => Date.parse(`${text.slice(0, 23).replace(' ', 'T')}Z`) : (text) => Date.parse(JSON.parse(text)._logMeta.date);
  told = (level, message, { err, ...fields }, truth) => (log[level](message, ...(err ? [err] : pretty ? [] : [fields])), rig.mark({ level, message, ...truth }));
}
const ms0 = Math.round;
const say = {
  slow: (s, c, ms) => told('warn', pretty ? `${c.to} responded in ${ms0(ms)}ms` : 'slow response', { upstream: c.to, elapsed_ms: ms0(ms) }, { dependency: c.to, latency_ms: ms0(ms) }),
  retry: (s, c, ms) => told('warn', pretty ? `${c.to} returned 503, retrying` : 'retrying', { upstream: c.to, elapsed_ms: ms0(ms) }, { dependency: c.to, latency_ms: pretty ? null : ms0(ms), alt: { status: [503] } }),
  failed: (s, c, err, ms) => told('error', `call to ${c.to} failed`, face === 'roarr' ? { upstream: c.to, elapsed_ms: ms0(ms), error: { name: err.name, message: err.message, stack: err.stack } } : { err },
    { dependency: c.to, latency_ms: face === 'roarr' ? ms0(ms) : null, error_type: err.name, alt: { error_type: pretty ? [err.code, null] : [err.code], latency_ms: [c.ms] } }),
  crash: (s, err) => told('fatal', 'unhandled error', face === 'roarr' ? { error: { name: err.name, message: err.message, stack: err.stack } } : { err }, { error_type: 'TypeError', alt: pretty ? { error_type: [null] } : undefined }),
  created: (s) => told('debug', `loan ${s.loan} created`, { traceId: s.w3c }, { trace_id: pretty ? null : s.w3c }),
};
const app = express();
app.use(async (req, res) => {
  const began = Date.now();
  const s = rig.step;
  await serve(s, say);
  res.status(s.status).json(body(s));
  const took = Date.now() - began;
  rig.log = () => told('info', pretty ? `${s.method} ${s.path} ${s.status} ${took}ms` : 'request', { method: s.method, url: s.path + s.query, status: s.status, elapsed_ms: took }, { ...asked(s), latency_ms: took });
});
const server = app.listen(0, async () => {
  await told('info', 'listening on 8080', {});
  await rig.drive(server.address().port, () => rig.log());
  rig.finish();
});
