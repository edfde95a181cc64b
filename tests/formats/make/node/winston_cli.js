// winston's cli() colours and its simple() line, with the rest of the fields as JSON after the message.
const express = require('express');
const { createLogger, format, transports } = require('winston');
const { Rig, asked } = require('./rig');
const { serve, body } = require('./service');

const rig = new Rig('winston-simple', 14, 24);
const log = createLogger({ level: 'debug', format: format.combine(format.colorize(), format.simple()), transports: [new transports.Console()] });
const told = (level, message, fields, truth) => {
  log.log(level, message, fields);
  return rig.mark({ level, message, ...truth });
};
const say = {
  ok: (s, c, ms) => told('debug', 'upstream ok', { upstream: c.to, durationMs: Math.round(ms) }, { dependency: c.to, latency_ms: Math.round(ms) }),
  slow: (s, c, ms) => told('warn', 'upstream slow', { upstream: c.to, durationMs: Math.round(ms) }, { dependency: c.to, latency_ms: Math.round(ms) }),
  retry: (s, c, ms) => told('warn', 'upstream unavailable, retrying', { upstream: c.to, durationMs: Math.round(ms), attempt: 1 }, { dependency: c.to, latency_ms: Math.round(ms) }),
  failed: (s, c, err, ms) => told('error', 'upstream failed', { upstream: c.to, durationMs: Math.round(ms), code: err.code ?? err.name, traceId: s.xray },
    { dependency: c.to, latency_ms: Math.round(ms), error_type: err.code, trace_id: s.xray }),
  crash: (s, err) => told('error', 'unhandled exception', { name: err.name, detail: err.message, traceId: s.xray }, { error_type: 'TypeError', trace_id: s.xray, alt: { error_type: [null] } }),
  created: (s) => told('info', `created loan ${s.loan}`, { user: s.user, amount: s.amount }),
  rejected: (s, why) => told('warn', 'rejected', { why }),
};
const app = express();
app.use(async (req, res) => {
  const began = Date.now();
  res.on('finish', () => {
    rig.took = Date.now() - began;
    log.log('info', 'request', { method: req.method, url: req.originalUrl, status: res.statusCode, durationMs: rig.took });
  });
  await serve(rig.step, say);
  res.status(rig.step.status).json(body(rig.step));
});
const server = app.listen(0, async () => {
  await told('info', 'listening on :8080');
  await rig.drive(server.address().port, (s) => rig.mark({ ...asked(s), level: 'info', message: 'request', latency_ms: rig.took }));
  rig.finish();
});
