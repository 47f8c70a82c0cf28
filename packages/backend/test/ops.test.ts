import '@mnet/backend';
import { goldenSuite } from '../../ops/test/golden.suite.ts';

// The fused kernels against PyTorch: the same cases that the reference compositions pass on cpu and wasm.
goldenSuite('mnet');
