// fastify with its own pino logger and the framework's request lines.
const { Rig, asked } = require('./rig');
const { serve, body } = require('./service');

const rig = new Rig('fastify', 21, 16);
rig.stamp = (text) => JSON.parse(text).time;
const app = require('fastify')({ logger: { level: 'info', stream: process.stdout }, trustProxy: true });
const told = (s, level, message, fields, truth) => (rig.log[level](fields, message), rig.mark({ level, message, ...truth }));
const say = {
  slow: (s, c, ms) => told(s, 'warn', 'upstream slow', { upstream: c.to, ms: Math.round(ms) }, { dependency: c.to, latency_ms: Math.round(ms) }),
  retry: (s, c, ms) => told(s, 'warn', 'upstream error, retrying', { upstream: c.to, upstreamStatus: 503, ms: Math.round(ms) }, { dependency: c.to, latency_ms: Math.round(ms), alt: { status: [503] } }),
  failed: (s, c, err, ms) => told(s, 'error', `upstream ${c.to} failed`, { err, upstream: c.to, ms: Math.round(ms) }, { dependency: c.to, latency_ms: Math.round(ms), error_type: err.name, alt: { error_type: [err.code] } }),
  crash: (s, err) => (rig.log.error(err), rig.mark({ level: 'error', message: err.message, error_type: 'TypeError' })),
  created: (s) => told(s, 'info', 'application stored', { loanId: s.loan, traceparent: `00-${s.w3c}-${s.span}-01` }, { trace_id: s.w3c }),
};
const handle = async (req, reply) => {
  const s = rig.step;
  rig.log = req.log;
  await rig.mark({ level: 'info', message: 'incoming request', method: s.method, path: s.path });
  await serve(s, say);
  return reply.code(s.status).send(body(s));
};
app.all('/loan/:id/status', handle);
app.all('/loan/apply', handle);
app.all('/loan/quote', handle);
app.all('/auth/token', handle);
app.all('/health', handle);
app.setNotFoundHandler(handle);
app.listen({ port: 8080, host: '127.0.0.1' }).then(async () => {
  await rig.mark({ level: 'info', message: 'Server listening at http://127.0.0.1:8080' });
  await rig.drive(8080, (s) => rig.mark({
    kind: 'request', level: 'info', message: 'request completed', status: s.status, latency_ms: (text) => JSON.parse(text).responseTime,
  }));
  rig.finish();
});
