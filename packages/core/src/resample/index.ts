export { type Box, coverBox, resample, type Span } from './resample.ts';
