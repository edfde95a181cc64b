// bunyan with its standard serializers, a child logger per request.
const express = require('express');
const bunyan = require('bunyan');
const { Rig, asked } = require('./rig');
const { serve, body } = require('./service');

const rig = new Rig('bunyan', 12, 24);
rig.stamp = (text) => Date.parse(JSON.parse(text).time);
const log = bunyan.createLogger({ name: 'loan-api', level: 'debug', serializers: bunyan.stdSerializers, stream: process.stdout });
const two = (ms) => Math.round(ms * 100) / 100;
const of = (s) => ({ trace_id: s.xray });
const child = (s) => log.child({ req_id: s.request_id, trace_id: s.xray });
const say = {
  slow: (s, c, ms) => (child(s).warn({ peer: c.to, took_ms: Math.round(ms) }, 'slow call to %s', c.to),
    rig.mark({ ...of(s), level: 'warn', message: `slow call to ${c.to}`, dependency: c.to, latency_ms: Math.round(ms) })),
  retry: (s, c, ms) => (child(s).warn({ peer: c.to, peer_status: 503, took_ms: Math.round(ms) }, 'retrying call'),
    rig.mark({ ...of(s), level: 'warn', message: 'retrying call', dependency: c.to, latency_ms: Math.round(ms), alt: { status: [503] } })),
  failed: (s, c, err, ms) => (child(s).error({ err, peer: c.to, took_ms: Math.round(ms) }, 'call failed'),
    rig.mark({ ...of(s), level: 'error', message: 'call failed', dependency: c.to, latency_ms: Math.round(ms), error_type: err.name === 'Error' ? err.code : err.name, alt: { error_type: [err.code, err.name] } })),
  crash: (s, err) => (child(s).fatal(err, 'unexpected error'),
    rig.mark({ ...of(s), level: 'fatal', message: 'unexpected error', error_type: 'TypeError' })),
  created: (s) => (child(s).info({ loan: { id: s.loan, amount: s.amount } }, 'loan created'), rig.mark({ ...of(s), level: 'info', message: 'loan created' })),
  rejected: (s, why) => (child(s).info({ reason: why }, 'rejected'), rig.mark({ ...of(s), level: 'info', message: 'rejected' })),
};
const app = express().set('trust proxy', true);
app.use(async (req, res) => {
  const began = process.hrtime.bigint();
  res.on('finish', () => {
    const latency = two(Number(process.hrtime.bigint() - began) / 1e6);
    rig.took = latency;
    child(rig.step)[res.statusCode >= 500 ? 'error' : 'info']({ req, res, latency }, 'handled');
  });
  await serve(rig.step, say);
  res.status(rig.step.status).json(body(rig.step));
});
const server = app.listen(0, async () => {
  log.info({ port: 8080 }, 'loan-api is up');
  await rig.mark({ level: 'info', message: 'loan-api is up' });
  await rig.drive(server.address().port, (s) => rig.mark({
    ...asked(s), ...of(s), level: s.status >= 500 ? 'error' : 'info', message: 'handled', latency_ms: rig.took,
  }));
  rig.finish();
});
