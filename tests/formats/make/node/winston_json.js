// winston, JSON to the console, with express-winston telling the requests.
const express = require('express');
const winston = require('winston');
const expressWinston = require('express-winston');
const { Rig, asked } = require('./rig');
const { serve, body } = require('./service');

const rig = new Rig('winston-json', 11, 26);
rig.stamp = (text) => Date.parse(JSON.parse(text).timestamp);
const log = winston.createLogger({
  level: 'debug',
  format: winston.format.combine(winston.format.timestamp(), winston.format.errors({ stack: true }), winston.format.json()),
  defaultMeta: { service: 'loan-api' },
  transports: [new winston.transports.Console()],
});
const two = (ms) => Math.round(ms * 100) / 100;
const say = {
  ok: (s, c, ms) => (log.debug(`${c.to} answered`, { traceId: s.w3c, target: c.to, elapsedMs: two(ms) }),
    rig.mark({ level: 'debug', message: `${c.to} answered`, trace_id: s.w3c, dependency: c.to, latency_ms: two(ms) })),
  slow: (s, c, ms) => (log.warn('dependency is slow', { traceId: s.w3c, target: c.to, elapsedMs: two(ms), budgetMs: 400 }),
    rig.mark({ level: 'warn', message: 'dependency is slow', trace_id: s.w3c, dependency: c.to, latency_ms: two(ms) })),
  retry: (s, c, ms) => (log.warn('upstream returned 503, retrying', { traceId: s.w3c, target: c.to, attempt: 1, elapsedMs: two(ms) }),
    rig.mark({ level: 'warn', message: 'upstream returned 503, retrying', trace_id: s.w3c, dependency: c.to, latency_ms: two(ms), alt: { status: [503] } })),
  failed: (s, c, err, ms) => (log.error('dependency call failed', { traceId: s.w3c, target: c.to, elapsedMs: two(ms), error: { name: err.name, code: err.code, message: err.message, stack: err.stack } }),
    rig.mark({ level: 'error', message: 'dependency call failed', trace_id: s.w3c, dependency: c.to, latency_ms: two(ms), error_type: err.name, alt: { error_type: [err.code] } })),
  crash: (s, err) => (log.error(err),
    rig.mark({ level: 'error', message: err.message, error_type: 'TypeError' })),
  created: (s) => (log.info('loan application created', { traceId: s.w3c, loanId: s.loan, amount: s.amount }),
    rig.mark({ level: 'info', message: 'loan application created', trace_id: s.w3c })),
  rejected: (s, why) => (log.warn(`request rejected: ${why}`, { traceId: s.w3c }),
    rig.mark({ level: 'warn', message: `request rejected: ${why}`, trace_id: s.w3c })),
};
const app = express().set('trust proxy', true);
app.use(expressWinston.logger({
  winstonInstance: log, statusLevels: true, requestWhitelist: ['url', 'method', 'httpVersion', 'originalUrl', 'query'],
  msg: 'HTTP {{req.method}} {{req.url}}', dynamicMeta: () => ({ traceId: rig.step.w3c }),
}));
app.use(async (req, res) => {
  await serve(rig.step, say);
  res.status(rig.step.status).json(body(rig.step));
});
const server = app.listen(0, async () => {
  log.info('listening', { port: 8080, env: 'production' });
  await rig.mark({ level: 'info', message: 'listening' });
  await rig.drive(server.address().port, (s) => rig.mark({
    ...asked(s), level: s.status >= 500 ? 'error' : s.status >= 400 ? 'warn' : 'info', message: `HTTP ${s.method} ${s.path}${s.query}`,
    latency_ms: (text) => JSON.parse(text).meta.responseTime, trace_id: (text) => (text.includes(s.w3c) ? s.w3c : null),
  }));
  rig.finish();
});
