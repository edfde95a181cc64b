// pino through pino-pretty, as many people leave it on in containers: the fields under the line.
const express = require('express');
const pino = require('pino');
const pretty = require('pino-pretty');
const { Rig, asked } = require('./rig');
const { serve, body } = require('./service');

const rig = new Rig('pino-pretty', 24, 24);
rig.stamp = (text) => Date.parse(text.slice(1, 30).replace(' ', 'T').replace(' ', ''));
const log = pino({ level: 'debug' }, pretty({ translateTime: 'SYS:standard', sync: true, colorize: true, destination: process.stdout }));
const told = (s, level, message, fields, truth) => (log[level]({ ...fields, traceId: s.w3c }, message), rig.mark({ level, message, trace_id: s.w3c, ...truth }));
const say = {
  slow: (s, c, ms) => told(s, 'warn', 'slow call', { dependency: c.to, durationMs: Math.round(ms) }, { dependency: c.to, latency_ms: Math.round(ms) }),
  retry: (s, c, ms) => told(s, 'warn', 'call failed with 503, retrying', { dependency: c.to, durationMs: Math.round(ms) }, { dependency: c.to, latency_ms: Math.round(ms), alt: { status: [503] } }),
  failed: (s, c, err, ms) => told(s, 'error', 'call failed', { err, dependency: c.to, durationMs: Math.round(ms) }, { dependency: c.to, latency_ms: Math.round(ms), error_type: err.name, alt: { error_type: [err.code] } }),
  crash: (s, err) => told(s, 'fatal', 'request crashed', { err }, { error_type: 'TypeError' }),
  created: (s) => told(s, 'debug', 'loan saved', { loanId: s.loan }),
};
const app = express();
app.use(async (req, res) => {
  const began = Date.now();
  res.on('finish', () => {
    rig.took = Date.now() - began;
    log.info({ method: req.method, path: req.path, statusCode: res.statusCode, responseTime: rig.took }, 'request handled');
  });
  await serve(rig.step, say);
  res.status(rig.step.status).json(body(rig.step));
});
const server = app.listen(0, async () => {
  log.info('listening');
  await rig.mark({ level: 'info', message: 'listening' });
  await rig.drive(server.address().port, (s) => rig.mark({ ...asked(s), level: 'info', message: 'request handled', latency_ms: rig.took }));
  rig.finish();
});
