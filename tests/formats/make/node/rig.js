// Takes everything a driver prints, and writes it down beside its truth: NAME.log and NAME.truth.jsonl.
const { execFileSync } = require('child_process');
const fs = require('fs');
const http = require('http');
const path = require('path');

const sleep = (ms) => new Promise((done) => setTimeout(done, ms));
const FIELDS = ['timestamp_ms', 'level', 'message', 'method', 'path', 'status', 'latency_ms', 'trace_id', 'error_type', 'dependency'];

class Rig {
  constructor(name, seed, count) {
    this.name = name;
    this.text = '';
    this.told = 0;
    this.truth = [];
    this.steps = JSON.parse(execFileSync('python3', [path.join(__dirname, '../scenario.py'), String(seed), String(count)]));
    this.stamp = () => null; // set by the driver: text -> epoch ms
    for (const out of [process.stdout, process.stderr]) {
      this.real ??= out.write.bind(out);
      out.write = (chunk, enc, then) => {
        this.text += chunk;
        const cb = typeof enc === 'function' ? enc : then;
        if (cb) setImmediate(cb);
        return true;
      };
    }
  }

  // Declares that all lines written since the last mark are one record with this truth.
  async mark(truth) {
    for (let tries = 0, before = -1; ; tries += 1) {
      await sleep(4);
      if (this.text.length > this.told && this.text.length === before && this.text.endsWith('\n')) break;
      if (tries > 800) throw new Error(`${this.name}: nothing was written for ${JSON.stringify(truth)}, but ${JSON.stringify(this.text.slice(this.told))}`);
      before = this.text.length;
    }
    const record = this.text.slice(this.told);
    const lines = record.split('\n');
    const base = this.text.slice(0, this.told).split('\n').length;
    const first = lines.findIndex((line) => line.trim() !== '');
    const last = lines.length - 1 - [...lines].reverse().findIndex((line) => line.trim() !== '');
    this.told = this.text.length;
    const out = { first_line: base + first, last_line: base + last };
    const plain = record.replace(/\x1b\[[0-9;]*m/g, '');
    for (const field of FIELDS) {
      let value = truth[field] ?? null;
      if (field === 'timestamp_ms' && truth[field] === undefined) value = this.stamp(plain);
      out[field] = typeof value === 'function' ? value(plain) : value;
    }
    const { timestamp_ms: at } = out;
    if (at !== null && Math.abs(at - Date.now()) > 3000) throw new Error(`${this.name}: ${at} is not now`);
    if (Number.isNaN(at) || Number.isNaN(out.latency_ms)) throw new Error(`${this.name}: no number in ${plain}`);
    if (out.latency_ms !== null) out.latency_ms = Number(out.latency_ms);
    out.kind = truth.kind ?? 'record';
    if (truth.alt) out.alt = truth.alt;
    this.truth.push(out);
  }

  // Like `mark`, for text written at once: `cut` gives where the second record begins.
  async split(cut, [first, second]) {
    await sleep(60);
    const all = this.text;
    this.text = all.slice(0, this.told + cut(all.slice(this.told)));
    await this.mark(first);
    this.text = all;
    await this.mark(second);
  }

  // Sends each scripted request; `after` marks what was written when it was served.
  async drive(port, after) {
    for (const step of this.steps) {
      this.step = step;
      await new Promise((done, fail) => {
        const body = step.method === 'POST' ? JSON.stringify({ user: step.user, amount: step.amount }) : '';
        const headers = { host: 'loans.example.com', 'user-agent': step.agent, 'x-amzn-trace-id': `Root=${step.xray}`, 'x-forwarded-for': step.ip, connection: 'close' };
        if (body) Object.assign(headers, { 'content-type': 'application/json', 'content-length': body.length });
        const call = http.request({ host: '127.0.0.1', port, method: step.method, path: step.path + step.query, headers }, (res) => {
          if (res.statusCode !== step.status) fail(new Error(`${this.name}: ${step.plot} gave ${res.statusCode}`));
          res.resume().on('end', done);
        });
        call.on('error', fail).end(body);
      });
      await after(step);
    }
  }

  finish() {
    const folder = process.env.OUT ?? path.join(__dirname, '../..');
    if (this.told !== this.text.length) throw new Error(`unmarked: ${this.text.slice(this.told)}`);
    const text = this.text.replaceAll(__dirname, '/app');
    fs.writeFileSync(path.join(folder, `${this.name}.log`), text);
    fs.writeFileSync(path.join(folder, `${this.name}.truth.jsonl`), this.truth.map((t) => JSON.stringify(t)).join('\n') + '\n');
    this.real(`${this.name}: ${text.split('\n').length - 1} lines, ${this.truth.length} records, ${text.length} bytes\n`);
    process.exit(0);
  }
}

const asked = (step) => ({ kind: 'request', method: step.method, path: step.path, status: step.status });
module.exports = { Rig, sleep, asked };
