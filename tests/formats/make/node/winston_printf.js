// winston with the printf line most projects write by hand, stacks under the line.
// The trace id stands in brackets without a name: not taking it for one is no fault.
const express = require('express');
const { createLogger, format, transports } = require('winston');
const { Rig, asked } = require('./rig');
const { serve, body } = require('./service');

const rig = new Rig('winston-printf', 13, 26);
rig.stamp = (text) => Date.parse(text.slice(0, 23).replace(' ', 'T') + 'Z');
const line = format.printf(({ timestamp, label, level, message, stack, traceId }) => `${timestamp} [${label}] ${level}: ${traceId ? `[${traceId}] ` : ''}${message}${stack ? `\n${stack}` : ''}`);
const log = createLogger({
  format: format.combine(format.label({ label: 'loan-api' }), format.timestamp({ format: 'YYYY-MM-DD HH:mm:ss.SSS' }), format.errors({ stack: true }), line),
  transports: [new transports.Console()],
});
const told = (s, level, message, more) => {
  log.log({ level, message, traceId: s.w3c });
  return rig.mark({ level, message, trace_id: s.w3c, ...more, alt: { trace_id: [null], ...more?.alt } });
};
const say = {
  slow: (s, c, ms) => told(s, 'warn', `${c.to} took ${Math.round(ms)}ms`, { dependency: c.to, latency_ms: Math.round(ms) }),
  retry: (s, c) => told(s, 'warn', `${c.to} responded with 503, retrying (1/3)`, { dependency: c.to, alt: { status: [503] } }),
  failed: async (s, c, err) => {
    await told(s, 'error', `call to ${c.to} failed: ${err.message}`, { dependency: c.to, error_type: null, alt: { error_type: ['ECONNREFUSED'], latency_ms: [c.ms] } });
    log.error(err);
    return rig.mark({ level: 'error', message: err.message, error_type: err.name, alt: { error_type: ['ECONNREFUSED'], dependency: [c.to], latency_ms: [c.ms] } });
  },
  crash: (s, err) => (log.error(err), rig.mark({ level: 'error', message: err.message, error_type: 'TypeError' })),
  created: (s) => told(s, 'info', `loan ${s.loan} created for ${s.user}`),
  rejected: (s, why) => told(s, 'warn', `rejected: ${why}`),
};
const app = express();
app.use(async (req, res) => {
  const began = Date.now();
  res.on('finish', () => {
    const s = rig.step;
    rig.took = Date.now() - began;
    rig.said = `${req.method} ${req.originalUrl} ${res.statusCode} - ${rig.took}ms`;
    log.info({ message: rig.said, traceId: s.w3c });
  });
  await serve(rig.step, say);
  res.status(rig.step.status).json(body(rig.step));
});
const server = app.listen(0, async () => {
  log.info('server started on port 8080');
  await rig.mark({ level: 'info', message: 'server started on port 8080' });
  await rig.drive(server.address().port, (s) => rig.mark({ ...asked(s), level: 'info', message: rig.said, latency_ms: rig.took, trace_id: s.w3c, alt: { trace_id: [null] } }));
  rig.finish();
});
