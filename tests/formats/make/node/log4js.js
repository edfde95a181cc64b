// log4js with its basic layout, requests by its own connectLogger.
const express = require('express');
const log4js = require('log4js');
const { Rig, asked } = require('./rig');
const { serve, body } = require('./service');

const rig = new Rig('log4js', 15, 24);
rig.stamp = (text) => Date.parse(text.slice(1, 24) + 'Z');
log4js.configure({ appenders: { out: { type: 'stdout', layout: { type: 'basic' } } }, categories: { default: { appenders: ['out'], level: 'debug' } } });
const log = log4js.getLogger('loans');
const http = log4js.getLogger('http');
const told = (level, message, truth) => {
  log[level](message);
  return rig.mark({ level, message, ...truth });
};
const say = {
  slow: (s, c, ms) => told('warn', `${c.to} answered slowly: ${Math.round(ms)} ms (limit 400 ms)`, { dependency: c.to, latency_ms: Math.round(ms) }),
  retry: (s, c, ms) => told('warn', `${c.to} returned 503 after ${Math.round(ms)} ms, retrying`, { dependency: c.to, latency_ms: Math.round(ms), alt: { status: [503] } }),
  failed: (s, c, err, ms) => (log.error(`request to ${c.to} failed after ${Math.round(ms)} ms:`, err),
    rig.mark({ level: 'error', message: `request to ${c.to} failed after ${Math.round(ms)} ms:`, dependency: c.to, latency_ms: Math.round(ms), error_type: err.name, alt: { error_type: [err.code] } })),
  crash: (s, err) => (log.fatal(err), rig.mark({ level: 'fatal', message: err.message, error_type: 'TypeError' })),
  created: (s) => told('info', `loan ${s.loan} created, trace ${s.xray}`, { trace_id: s.xray }),
  rejected: (s, why) => told('info', `rejected, ${why}`),
};
const app = express().set('trust proxy', true);
app.use(log4js.connectLogger(http, { level: 'auto', format: ':remote-addr - ":method :url HTTP/:http-version" :status :content-length ":user-agent" - :response-time ms' }));
app.use(async (req, res) => {
  await serve(rig.step, say);
  res.status(rig.step.status).json(body(rig.step));
});
const server = app.listen(0, async () => {
  await told('info', 'server listening on 8080');
  await rig.drive(server.address().port, (s) => rig.mark({
    ...asked(s), level: s.status >= 400 ? 'error' : 'info', message: (text) => text.trim().replace(/^.* http - /, ''), latency_ms: (text) => Number(/- (\d+) ms$/.exec(text.trim())[1]),
    alt: { message: [null] },
  }));
  rig.finish();
});
