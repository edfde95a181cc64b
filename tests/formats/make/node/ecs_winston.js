// Elastic's format for winston: ECS fields, nested; event.duration in ns.
const express = require('express');
const { createLogger, transports } = require('winston');
const { ecsFormat } = require('@elastic/ecs-winston-format');
const { Rig, asked } = require('./rig');
const { serve, body } = require('./service');

const rig = new Rig('ecs-winston', 27, 20);
rig.stamp = (text) => Date.parse(JSON.parse(text)['@timestamp']);
const log = createLogger({ level: 'debug', format: ecsFormat({ convertReqRes: true, convertErr: true, apmIntegration: false, serviceName: 'loan-api', serviceVersion: '2.4.1' }), transports: [new transports.Console()] });
const told = (s, level, message, fields, truth) => (log.log(level, message, { ...fields, trace: { id: s.w3c } }), rig.mark({ level, message, trace_id: s.w3c, ...truth }));
const ns = (ms) => Math.round(ms * 1e6);
const say = {
  slow: (s, c, ms) => told(s, 'warn', 'slow dependency', { service: { target: { name: c.to, type: 'http' } }, event: { duration: ns(ms) } }, { dependency: c.to, latency_ms: ns(ms) / 1e6 }),
  retry: (s, c, ms) => told(s, 'warn', 'dependency retried', { service: { target: { name: c.to, type: 'http' } }, event: { duration: ns(ms) } }, { dependency: c.to, latency_ms: ns(ms) / 1e6 }),
  failed: (s, c, err, ms) => told(s, 'error', 'dependency failed', { err, service: { target: { name: c.to, type: 'http' } }, event: { duration: ns(ms), outcome: 'failure' } },
    { dependency: c.to, latency_ms: ns(ms) / 1e6, error_type: err.name, alt: { error_type: ['ECONNREFUSED'] } }),
  crash: (s, err) => told(s, 'error', 'unhandled exception', { err }, { error_type: 'TypeError' }),
  created: (s) => told(s, 'info', 'loan created', { labels: { loan: s.loan } }),
};
const app = express().set('trust proxy', true);
app.use(async (req, res) => {
  const began = performance.now();
  const s = rig.step;
  res.on('finish', () => {
    rig.took = ns(performance.now() - began);
    log.info('handled request', { req, res, event: { duration: rig.took }, trace: { id: s.w3c } });
  });
  await serve(s, say);
  res.status(s.status).json(body(s));
});
const server = app.listen(0, async () => {
  log.info('listening');
  await rig.mark({ level: 'info', message: 'listening' });
  await rig.drive(server.address().port, (s) => rig.mark({ ...asked(s), level: 'info', message: 'handled request', latency_ms: rig.took / 1e6, trace_id: s.w3c, alt: { trace_id: [s.xray] } }));
  rig.finish();
});
