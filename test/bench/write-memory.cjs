// Loaded by Node before a program: writes the greatest resident size, in KiB, when the process ends, also when it ends
// itself by a signal.
const { writeFileSync } = require('node:fs');

// The process of a seed is not given the environment.
const file = process.env.MEMORY_FILE ?? process.argv.at(-1);

function write() {
  writeFileSync(file, String(process.resourceUsage().maxRSS));
}

process.on('exit', write);
const { kill } = process;
process.kill = (pid, signal) => {
  if (pid === process.pid) {
    write();
  }
  return kill.call(process, pid, signal);
};
