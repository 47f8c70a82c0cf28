import { checkRate, scheduleFactory, type ScheduleFactory } from './schedule.ts';

/** The same learning rate at every step. */
export function constant(rate: number): ScheduleFactory {
  checkRate(rate, 'rate');
  return scheduleFactory({ name: 'constant', rate }, () => () => rate);
}
