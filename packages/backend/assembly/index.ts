export { begin, launch, replay, serve, setup } from './pool';
