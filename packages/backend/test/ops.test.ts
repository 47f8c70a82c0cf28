import '@mnet/backend';
import { emptySuite } from '../../ops/test/empty.suite.ts';
import { goldenSuite } from '../../ops/test/golden.suite.ts';
import { leaksSuite } from '../../ops/test/leaks.suite.ts';

// The fused kernels against PyTorch, what comes of nothing, and what is left: as of the reference compositions on cpu.
goldenSuite('mnet');
emptySuite('mnet');
leaksSuite('mnet');
