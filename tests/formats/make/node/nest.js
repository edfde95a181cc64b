// NestJS' own coloured ConsoleLogger: a real application's start, and a middleware with new Logger('HTTP').
require('reflect-metadata');
const { Logger, Module } = require('@nestjs/common');
const { NestFactory } = require('@nestjs/core');
const { Rig, asked } = require('./rig');
const { serve, body } = require('./service');

const rig = new Rig('nestjs', 22, 24);
rig.stamp = (text) => Date.parse(/- (\d+\/\d+\/\d+, [\d:]+ [AP]M)/.exec(text)[1]);
class AppModule {}
Module({})(AppModule);
const http = new Logger('HTTP');
const log = new Logger('LoanService', { timestamp: true });
const told = (level, message, truth) => (log[level](message), rig.mark({ level: level === 'log' ? 'info' : level, message, ...truth }));
const say = {
  slow: (s, c, ms) => told('warn', `Call to ${c.to} took ${Math.round(ms)}ms [trace=${s.xray}]`, { dependency: c.to, latency_ms: Math.round(ms), trace_id: s.xray }),
  retry: (s, c) => told('warn', `Retrying ${c.to}: Request failed with status code 503`, { dependency: c.to, alt: { status: [503] } }),
  failed: (s, c, err) => (log.error(`Call to ${c.to} failed: ${err.message}`, err.stack),
    rig.mark({ level: 'error', message: `Call to ${c.to} failed: ${err.message}`, dependency: c.to, error_type: err.name, alt: { error_type: [err.code], latency_ms: [c.ms] } })),
  crash: (s, err) => (new Logger('ExceptionsHandler').error(err), rig.mark({ level: 'error', message: err.message, error_type: 'TypeError' })),
  created: (s) => told('log', `Loan ${s.loan} created`),
  rejected: (s, why) => told('debug', `Rejected: ${why}`),
};
(async () => {
  const app = await NestFactory.create(AppModule);
  await rig.split((text) => text.indexOf('\n') + 1, [
    { level: 'info', message: 'Starting Nest application...' }, { level: 'info', message: 'AppModule dependencies initialized' }]);
  app.use(async (req, res) => {
    const began = Date.now();
    res.on('finish', () => http.log(`${req.method} ${req.originalUrl} ${res.statusCode} ${res.get('content-length')}b - ${Date.now() - began}ms`));
    await serve(rig.step, say);
    res.status(rig.step.status).json(body(rig.step));
  });
  await app.listen(8080);
  await rig.mark({ level: 'info', message: 'Nest application successfully started' });
  await rig.drive(8080, (s) => rig.mark({
    ...asked(s), level: 'info', message: (text) => /\[HTTP\] (.*?ms)/.exec(text)[1], latency_ms: (text) => Number(/b - (\d+)ms/.exec(text)[1]), alt: { message: [null] },
  }));
  rig.finish();
})();
