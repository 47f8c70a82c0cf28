import '@tensorflow/tfjs-backend-cpu';
import { goldenSuite } from './golden.suite.ts';

goldenSuite('cpu');
