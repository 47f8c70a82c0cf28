// Loaded before the example: gives it a SIGINT of its own as soon as what it has written matches INTERRUPT_AT, so that
// where it stops depends neither on the machine nor on when another process reads.
import { onceWritten } from '../../../tools/processes/written.mjs';

onceWritten(process.env.INTERRUPT_AT, () => process.emit('SIGINT', 'SIGINT'));
