export { begin, drain, enqueue, fail, join, replay, run, serve, setup, workers } from './pool';
