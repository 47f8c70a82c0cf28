import '@mnet/backend';
import { emptySuite } from '../../ops/test/empty.suite.ts';
import { goldenSuite } from '../../ops/test/golden.suite.ts';

// The fused kernels against PyTorch, and what comes of nothing: the same that the reference compositions give on cpu.
goldenSuite('mnet');
emptySuite('mnet');
