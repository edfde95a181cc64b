// pino with level labels, ISO time, messageKey, serializers off and the trace fields OpenTelemetry's instrumentation injects.
const express = require('express');
const pino = require('pino');
const { Rig, asked } = require('./rig');
const { serve, body } = require('./service');

const rig = new Rig('pino-otel-labels', 25, 24);
rig.stamp = (text) => Date.parse(JSON.parse(text).timestamp);
const log = pino({
  level: 'debug', base: { service: 'loan-api', env: 'prod' }, messageKey: 'message', timestamp: () => `,"timestamp":"${new Date().toISOString()}"`,
  formatters: { level: (label) => ({ severity: label.toUpperCase() }) },
  mixin: () => (rig.step ? { trace_id: rig.step.w3c, span_id: rig.step.span, trace_flags: '01' } : {}),
}, process.stdout);
const told = (s, level, message, fields, truth) => (log[level](fields, message), rig.mark({ level, message, trace_id: s.w3c, ...truth }));
const secs = (ms) => Number((ms / 1000).toFixed(4));
const say = {
  ok: (s, c, ms) => told(s, 'debug', 'peer call', { peer: { service: c.to }, duration_s: secs(ms) }, { dependency: c.to, latency_ms: secs(ms) * 1000 }),
  slow: (s, c, ms) => told(s, 'warn', 'peer call is slow', { peer: { service: c.to }, duration_s: secs(ms) }, { dependency: c.to, latency_ms: secs(ms) * 1000 }),
  retry: (s, c, ms) => told(s, 'warn', 'peer call is retried', { peer: { service: c.to }, duration_s: secs(ms) }, { dependency: c.to, latency_ms: secs(ms) * 1000 }),
  failed: (s, c, err, ms) => told(s, 'error', 'peer call failed', { peer: { service: c.to }, duration_s: secs(ms), 'exception.type': err.name, 'exception.message': err.message, 'exception.stacktrace': err.stack },
    { dependency: c.to, latency_ms: secs(ms) * 1000, error_type: err.name, alt: { error_type: ['ECONNREFUSED'] } }),
  crash: (s, err) => told(s, 'fatal', 'unhandled', { 'exception.type': err.name, 'exception.message': err.message, 'exception.stacktrace': err.stack }, { error_type: 'TypeError' }),
  created: (s) => told(s, 'info', 'loan created', { loan_id: s.loan }),
};
const app = express();
app.use(async (req, res) => {
  const began = performance.now();
  const s = rig.step;
  res.on('finish', () => {
    rig.took = secs(performance.now() - began);
    log.info({ 'http.request.method': req.method, 'url.path': req.path, 'http.route': s.path.replace(s.loan, ':id'), 'http.response.status_code': res.statusCode, 'http.server.request.duration': rig.took }, 'request served');
  });
  await serve(s, say);
  res.status(s.status).json(body(s));
});
const server = app.listen(0, async () => {
  log.info({ port: 8080 }, 'started');
  await rig.mark({ level: 'info', message: 'started' });
  await rig.drive(server.address().port, (s) => rig.mark({ ...asked(s), level: 'info', message: 'request served', latency_ms: rig.took * 1000, trace_id: s.w3c }));
  rig.finish();
});
