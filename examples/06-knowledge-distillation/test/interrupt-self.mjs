// Loaded before the example: gives it a SIGINT of its own as soon as what it has written matches INTERRUPT_AT, so that
// where it stops depends neither on the machine nor on when another process reads.
let said = '';
const pattern = new RegExp(process.env.INTERRUPT_AT);
const write = process.stdout.write.bind(process.stdout);
let interrupted = false;

process.stdout.write = (text) => {
  said += text;
  const written = write(text);
  if (!interrupted && pattern.test(said)) {
    interrupted = true;
    process.emit('SIGINT', 'SIGINT');
  }
  return written;
};
