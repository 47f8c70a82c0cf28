import { endWithParent } from '../../src/run/with-parent.ts';

// A run that hears that its parent is gone, and does nothing about it.
endWithParent(() => {}, 20);
setInterval(() => {}, 1000);
process.send?.('ready');
