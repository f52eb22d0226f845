#!/usr/bin/env node
// right: Node with spawn
const { spawn } = require('child_process');

if (process.argv[2] === 'child') process.exit(Number(process.argv[3]));
for (const code of process.argv.slice(2)) {
  const child = spawn(process.execPath, [__filename, 'child', code]);
  child.on('close', (status) => console.log(child.pid, status));
}
