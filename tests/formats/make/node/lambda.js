// A Node function on Lambda, text log format: `node lambda.js console` (the runtime's own prefix) or `powertools`.
// Platform lines and the prefix are written in AWS's documented format; Powertools' lines are the library's.
const { inspect, format } = require('util');
const { Rig } = require('./rig');
const { serve } = require('./service');

const face = process.argv[2];
const rig = new Rig({ console: 'lambda-node-console', powertools: 'lambda-powertools-ts' }[face], face === 'console' ? 28 : 29, 16);
const out = (text) => process.stdout.write(`${text}\n`);
const platform = (line, truth) => (out(line), rig.mark({ kind: 'platform', timestamp_ms: null, message: line.trim().split('\n')[0], ...truth, alt: { message: [null], level: ['info'] } }));
let log;
if (face === 'console') {
  rig.stamp = (text) => Date.parse(text.split('\t')[0]);
  const line = (level) => (...parts) => out(`${new Date().toISOString()}\t${rig.step ? rig.step.request_id : 'undefined'}\t${level}\t${format(...parts)}`);
  log = { info: line('INFO'), warn: line('WARN'), error: line('ERROR') };
} else {
  const { Logger } = require('@aws-lambda-powertools/logger');
  rig.stamp = (text) => Date.parse(JSON.parse(text).timestamp);
  process.env.POWERTOOLS_DEV = '';
  log = new Logger({ serviceName: 'loan-api', persistentKeys: { environment: 'production' } });
  console.log = out;
  for (const name of ['info', 'warn', 'error', 'debug']) log.console[name] = out;
}
const text = face === 'console';
const said = (s, level, message, fields, truth) => {
  const trace = text ? {} : { xray_trace_id: s.xray };
  log[level](message, ...(text && Object.keys(fields).length === 0 ? [] : [{ ...fields, ...trace }]));
  return rig.mark({ level, message, trace_id: text ? null : s.xray, ...truth });
};
const say = text ? {
  slow: (s, c, ms) => said(s, 'warn', `${c.to} took ${Math.round(ms)} ms`, {}, { dependency: c.to, latency_ms: Math.round(ms) }),
  retry: (s, c) => said(s, 'warn', `retrying ${c.to} after 503`, {}, { dependency: c.to, alt: { status: [503] } }),
  failed: (s, c, err) => (log.error(`call to ${c.to} failed`, err), rig.mark({ level: 'error', message: `call to ${c.to} failed`, dependency: c.to, error_type: err.name, alt: { error_type: [err.code], latency_ms: [c.ms] } })),
  crash: (s, err) => (out(`${new Date().toISOString()}\t${s.request_id}\tERROR\tInvoke Error \t${JSON.stringify({ errorType: err.name, errorMessage: err.message, stack: err.stack.split('\n') })}`),
    rig.mark({ level: 'error', message: err.message, error_type: err.name, alt: { message: ['Invoke Error'] } })),
  created: (s) => said(s, 'info', 'created', { loan: s.loan }),
} : {
  slow: (s, c, ms) => said(s, 'warn', 'dependency slow', { dependency: c.to, duration: Math.round(ms), unit: 'ms' }, { dependency: c.to, latency_ms: Math.round(ms) }),
  retry: (s, c, ms) => said(s, 'warn', 'dependency retried', { dependency: c.to, durationMs: Math.round(ms) }, { dependency: c.to, latency_ms: Math.round(ms) }),
  failed: (s, c, err, ms) => said(s, 'error', 'dependency failed', { dependency: c.to, durationMs: Math.round(ms), error: err }, { dependency: c.to, latency_ms: Math.round(ms), error_type: err.name, alt: { error_type: [err.code] } }),
  crash: (s, err) => said(s, 'error', 'unhandled exception', { error: err }, { error_type: 'TypeError' }),
  created: (s) => said(s, 'info', 'loan created', { loan: { id: s.loan, amount: s.amount } }),
};
(async () => {
  await platform('INIT_START Runtime Version: nodejs:20.v47\tRuntime Version ARN: arn:aws:lambda:us-east-1::runtime:9e4b7f21c0d35a68fe1b2c3d4e5f60718293a4b5c6d7e8f90123456789abcdef');
  for (const s of rig.steps) {
    rig.step = s;
    await platform(`START RequestId: ${s.request_id} Version: $LATEST`);
    const began = performance.now();
    await serve(s, say);
    const asked = { kind: 'request', method: s.method, path: s.path, status: s.status };
    if (text) await said(s, 'info', `${s.method} ${s.path} ${s.status}`, {}, asked);
    else await said(s, 'info', 'request completed', { httpMethod: s.method, path: s.path, statusCode: s.status }, asked);
    const ms = (performance.now() - began).toFixed(2);
    await platform(`END RequestId: ${s.request_id}`);
    const report = `REPORT RequestId: ${s.request_id}\tDuration: ${ms} ms\tBilled Duration: ${Math.ceil(ms)} ms\tMemory Size: 512 MB\tMax Memory Used: 94 MB\t`;
    if (text) await platform(report, { latency_ms: Number(ms) });
    else await platform(`${report}\nXRAY TraceId: ${s.xray}\tSegmentId: ${s.span}\tSampled: true\t`, { latency_ms: Number(ms), trace_id: s.xray });
  }
  rig.finish();
})();
