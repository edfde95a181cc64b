// koa with koa-logger, and koa's own printing of thrown errors.
const Koa = require('koa');
const logger = require('koa-logger');
const { Rig, asked } = require('./rig');
const { serve, body } = require('./service');

const rig = new Rig('koa-logger', 23, 22);
const told = (out, message, truth) => (console[out](message), rig.mark({ message, ...truth }));
const say = {
  slow: (s, c, ms) => told('warn', `slow upstream: ${c.to} ${Math.round(ms)}ms`, { dependency: c.to, latency_ms: Math.round(ms) }),
  failed: (s, c, err) => told('error', `upstream ${c.to} failed: ${err.message}`, { dependency: c.to, alt: { error_type: ['ECONNREFUSED'], latency_ms: [c.ms] } }),
  crash: (s, err) => { rig.thrown = err; },
};
const app = new Koa();
app.use(logger());
app.use(async (ctx) => {
  const s = rig.step;
  await rig.mark({ method: s.method, path: s.path });
  rig.thrown = null;
  await serve(s, say);
  if (rig.thrown) throw rig.thrown;
  ctx.status = s.status;
  ctx.body = body(s);
});
const span = (text) => {
  const [, number, unit] = / ([\d.,]+)(ms|s)\b/.exec(text.split('\n').find((line) => /-->|xxx/.test(line)));
  return Number(number.replace(',', '')) * (unit === 's' ? 1000 : 1);
};
const server = app.listen(0, async () => {
  await told('log', 'server on 8080');
  await rig.drive(server.address().port, async (s) => {
    if (s.plot !== 'bug') return rig.mark({ ...asked(s), latency_ms: span });
    // koa-logger tells the failed request first ("xxx"), then koa prints the error; both are written at once.
    return rig.split((text) => text.search(/\n(?=\n *TypeError)/) + 1, [
      { ...asked(s), latency_ms: span },
      { message: "Cannot read properties of undefined (reading 'score')", error_type: 'TypeError', alt: { level: ['error', 'fatal'] } },
    ]);
  });
  rig.finish();
});
