// morgan('dev') with colours, console.* beside it, and the process dying of an uncaught exception at the end.
const { spawnSync } = require('child_process');
const express = require('express');
const morgan = require('morgan');
const { Rig, asked } = require('./rig');
const { serve, body } = require('./service');

const rig = new Rig('morgan-dev', 16, 26);
const says = (out, text, truth) => {
  console[out](text);
  return rig.mark({ message: text, ...truth });
};
const say = {
  slow: (s, c, ms) => says('warn', `WARN: ${c.to} took ${Math.round(ms)} ms`, { level: 'warn', message: `${c.to} took ${Math.round(ms)} ms`, dependency: c.to, latency_ms: Math.round(ms) }),
  retry: (s, c) => says('warn', `WARN: retrying ${c.to} after 503`, { level: 'warn', message: `retrying ${c.to} after 503`, dependency: c.to, alt: { status: [503] } }),
  failed: (s, c, err) => says('error', `ERROR: ${c.to} failed: ${err.code}`, { level: 'error', message: `${c.to} failed: ${err.code}`, dependency: c.to, error_type: err.code, alt: { error_type: [null] } }),
  crash: (s, err) => (console.error(err), rig.mark({ message: err.message, error_type: 'TypeError', alt: { level: ['error', 'fatal'] } })),
  created: (s) => (console.log('created', { loan: s.loan, user: s.user }), rig.mark({ message: `created { loan: '${s.loan}', user: '${s.user}' }`, alt: { level: ['info'] } })),
};
const app = express();
app.use(morgan('dev'));
app.use(async (req, res) => {
  await serve(rig.step, say);
  res.status(rig.step.status).json(body(rig.step));
});
const server = app.listen(0, async () => {
  await says('log', 'API ready on http://localhost:8080');
  await rig.drive(server.address().port, (s) => rig.mark({ ...asked(s), latency_ms: (text) => Number(/ ([\d.]+) ms - /.exec(text)[1]) }));
  // The death is a real one, of a child with the same code.
  const died = spawnSync('node', ['-e', `setTimeout(() => require('${__dirname}/service').decide(undefined), 1)`], { encoding: 'utf8' });
  process.stderr.write(died.stderr);
  await rig.mark({ message: "Cannot read properties of undefined (reading 'score')", error_type: 'TypeError', alt: { level: ['error', 'fatal'] } });
  rig.finish();
});
