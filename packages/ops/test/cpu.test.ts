import { emptySuite } from './empty.suite.ts';
import { goldenSuite } from './golden.suite.ts';
import { leaksSuite } from './leaks.suite.ts';

goldenSuite('cpu');
emptySuite('cpu');
leaksSuite('cpu');
