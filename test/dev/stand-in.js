// Stands in for bin/understudy.js in tests of the stack: it only says that it is ready, and waits for its end.
const name = process.argv[2] === 'gateway' ? 'gateway' : `${process.argv[3]} worker`;
process.stdout.write(name === 'gateway' ? 'listens on nothing\n' : `${name} is ready\n`);
process.on('SIGTERM', () => process.exit(0));
setInterval(() => undefined, 60_000);
