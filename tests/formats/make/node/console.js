// console.* alone: util.inspect's objects over many lines, console.error of errors with causes, and an unhandled rejection at the end.
const { spawnSync } = require('child_process');
const http = require('http');
const util = require('util');
const { Rig, asked } = require('./rig');
const { serve, body } = require('./service');

const rig = new Rig('node-console', 26, 24);
const says = (out, parts, truth) => (console[out](...parts), rig.mark({ message: util.format(...parts), ...truth }));
const say = {
  slow: (s, c, ms) => says('warn', ['[warn]', `${c.to} responded after`, Math.round(ms), 'ms'], { level: 'warn', message: `${c.to} responded after ${Math.round(ms)} ms`, dependency: c.to, latency_ms: Math.round(ms) }),
  failed: (s, c, err) => (console.error(new Error(`cannot reach ${c.to}`, { cause: err })),
    rig.mark({ message: `cannot reach ${c.to}`, error_type: 'Error', alt: { error_type: [err.name, err.code], dependency: [c.to], level: ['error', 'fatal'], latency_ms: [c.ms] } })),
  crash: (s, err) => says('error', ['[error] Unhandled error while serving', s.path, err], { level: 'error', message: `Unhandled error while serving ${s.path}`, error_type: 'TypeError', path: s.path, alt: { path: [null] } }),
  created: (s) => says('log', ['[info] created', { loan: s.loan, user: s.user, amount: s.amount, decision: { outcome: 'approved', by: 'rules', score: 612, reasons: ['income', 'history'] } }],
    { level: 'info', message: 'created' }),
};
const server = http.createServer(async (req, res) => {
  const began = Date.now();
  const s = rig.step;
  res.on('close', () => {
    rig.took = Date.now() - began;
    console.log(`[info] ${new Date().toISOString()} ${req.method} ${req.url} -> ${res.statusCode} (${rig.took} ms)`);
  });
  await serve(s, say);
  res.writeHead(s.status).end(JSON.stringify(body(s)));
}).listen(0, async () => {
  await says('log', ['Loan API listening on', 8080]);
  await rig.drive(server.address().port, (s) => rig.mark({
    ...asked(s), level: 'info', latency_ms: rig.took, timestamp_ms: (text) => Date.parse(/\] (\S+Z) /.exec(text)[1]), message: (text) => text.trim().slice(32), alt: { message: [null] },
  }));
  const died = spawnSync('node', ['-e', `const { UpstreamTimeoutError } = require('${__dirname}/service'); setTimeout(async () => { throw new UpstreamTimeoutError('aurora', 1200); }, 1)`], { encoding: 'utf8' });
  process.stderr.write(died.stderr);
  await rig.mark({ message: 'aurora did not answer within 1200 ms', error_type: 'UpstreamTimeoutError', alt: { error_type: ['UPSTREAM_TIMEOUT'], dependency: ['aurora'], latency_ms: [1200], level: ['error', 'fatal'] } });
  rig.finish();
});
