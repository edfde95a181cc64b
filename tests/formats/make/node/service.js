// The made-up loan service: its calls really wait, are really refused, and its bug is a real TypeError.
const net = require('net');
const { sleep } = require('./rig');

class UpstreamTimeoutError extends Error {
  constructor(dependency, ms) {
    super(`${dependency} did not answer within ${ms} ms`);
    this.name = 'UpstreamTimeoutError';
    this.code = 'UPSTREAM_TIMEOUT';
  }
}

function decide(application) {
  return application.score >= 600 ? 'approved' : 'declined';
}

function loadStatus(row) {
  return { id: row.id, decision: decide(row.application) };
}

function connect(port) {
  return new Promise((done, fail) => {
    net.connect(port, '127.0.0.1', done).on('error', (e) => {
      const err = new Error(e.message); // the socket's own error has no frames of ours
      fail(Object.assign(err, { code: e.code, errno: e.errno, syscall: e.syscall, address: e.address, port: e.port }));
    });
  });
}

async function callOut(call) {
  if (call.end === 'refused') await connect(8443);
  await sleep(call.ms);
  if (call.end === 'timeout') throw new UpstreamTimeoutError(call.to, call.ms);
}

// Serves one scripted request; `say` has an async function for each thing worth telling.
async function serve(step, say) {
  const tell = async (what, ...args) => say[what] && (await say[what](step, ...args));
  for (const call of step.calls) {
    const began = performance.now();
    try {
      await callOut(call);
    } catch (err) {
      await tell('failed', call, err, performance.now() - began);
      return;
    }
    const took = performance.now() - began;
    await tell({ ok: 'ok', slow: 'slow', retry: 'retry' }[call.end], call, took);
  }
  if (step.plot === 'bug') {
    try {
      loadStatus({ id: step.loan });
    } catch (err) {
      await tell('crash', err);
    }
  } else if (step.status === 201) await tell('created');
  else if (['missing', 'invalid', 'expired'].includes(step.plot)) await tell('rejected', { missing: `loan ${step.loan} not found`, invalid: 'amount must be a number between 1000 and 100000', expired: 'jwt expired' }[step.plot]);
}

const body = (step) => ({ id: step.loan, ok: step.status < 400, pad: 'x'.repeat(step.size % 40) });
module.exports = { serve, body, UpstreamTimeoutError, decide };
