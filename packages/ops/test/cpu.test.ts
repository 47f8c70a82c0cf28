import { emptySuite } from './empty.suite.ts';
import { goldenSuite } from './golden.suite.ts';

goldenSuite('cpu');
emptySuite('cpu');
