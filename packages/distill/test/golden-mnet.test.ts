import '@mnet/backend';
import { goldenSuite } from './golden.suite.ts';

goldenSuite('mnet');
