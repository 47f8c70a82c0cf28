export { begin, drain, enqueue, replay, run, serve, setup } from './pool';
